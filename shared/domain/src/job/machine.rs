//! The state machine of a job: given the job and what happened, what becomes of it.
//!
//! It is pure, so that the database code can decide, try to commit by compare-and-set on everything the
//! decision read, and decide again when another replica was faster.

mod event;
mod retry;
mod stop;

pub use event::{Action, BeatAnswer, Change, Context, Event, Fence, Rejected, Transition};
use retry::retry_or_fail;
use stop::{cancelled, stop, stop_within, stopping, total_timeout};

use super::{Failure, FailureKind, Job, Lease, Phase, Retried, State, StopReason};
use crate::time::Time;

/// Decides what becomes of `job`.
///
/// # Errors
///
/// [`Rejected`] tells why the event changes nothing.
pub fn apply(job: &Job, event: &Event, context: Context) -> Result<Transition, Rejected> {
    match event {
        Event::Start => start(job, context),
        Event::Claim {
            attempt,
            lease,
            trainer,
            ttl,
        } => claim(
            job,
            *attempt,
            &Lease {
                id: *lease,
                trainer: trainer.clone(),
                expires_at: context.now + *ttl,
            },
            context,
        ),
        Event::Beat { fence, ttl } => beat(job, *fence, context.now + *ttl),
        Event::Succeeded(fence) => succeeded(job, *fence),
        Event::AttemptFailed(fence, failure) => failed(job, *fence, failure, context),
        Event::Stopped(fence) => stopped(job, *fence, context),
        Event::LeaseExpired(fence) => lease_expired(job, *fence, context),
        Event::Cancel => cancel(job),
        Event::DeadlinePassed => deadline_passed(job, context),
    }
}

/// Tells a trainer that beats where it stands.
pub fn beat_answer(job: &Job, fence: Fence) -> BeatAnswer {
    if !holds(job, fence) {
        return BeatAnswer::Fenced;
    }
    match job.state {
        State::Running => BeatAnswer::Ok,
        State::Cancelling => BeatAnswer::CancelRequested,
        State::Succeeded | State::Failed | State::Cancelled => BeatAnswer::Done,
        State::Created | State::Queued => BeatAnswer::Fenced,
    }
}

/// Whether `fence` names the attempt and the lease that the job has.
pub fn holds(job: &Job, fence: Fence) -> bool {
    job.attempt == fence.attempt && job.lease.as_ref().is_some_and(|lease| lease.id == fence.lease)
}

fn start(job: &Job, context: Context) -> Result<Transition, Rejected> {
    match job.state {
        State::Created => {
            let mut next = job.clone();
            next.enter_queue(context.now);
            Ok(moved(
                job,
                next,
                State::Queued,
                Phase::Waiting,
                "started",
                None,
                vec![Action::Announce],
            ))
        }
        State::Queued
        | State::Running
        | State::Cancelling
        | State::Succeeded
        | State::Failed
        | State::Cancelled => Err(Rejected::AlreadyDone),
    }
}

fn claim(job: &Job, attempt: i32, lease: &Lease, context: Context) -> Result<Transition, Rejected> {
    if attempt != job.attempt {
        return Err(Rejected::Stale);
    }
    let mut next = job.clone();
    match job.state {
        State::Queued if context.now < job.not_before => Err(Rejected::TooEarly),
        State::Queued => {
            next.lease = Some(lease.clone());
            next.deadline = Some(earliest(context.now + job.policy.run_timeout, job.total_deadline));
            let reason = format!("claimed by {}", lease.trainer);
            Ok(moved(
                job,
                next,
                State::Running,
                Phase::Starting,
                &reason,
                None,
                vec![Action::OpenAttempt],
            ))
        }
        // The reply to an earlier claim was lost: the same lease asks again.
        State::Running
            if job
                .lease
                .as_ref()
                .is_some_and(|held| held.id == lease.id && held.trainer == lease.trainer) =>
        {
            next.lease = Some(lease.clone());
            Ok(Transition {
                job: next,
                change: None,
                actions: Vec::new(),
            })
        }
        State::Created
        | State::Running
        | State::Cancelling
        | State::Succeeded
        | State::Failed
        | State::Cancelled => Err(Rejected::Stale),
    }
}

fn beat(job: &Job, fence: Fence, expires_at: Time) -> Result<Transition, Rejected> {
    match beat_answer(job, fence) {
        BeatAnswer::Ok | BeatAnswer::CancelRequested => {
            let mut next = job.clone();
            if let Some(lease) = &mut next.lease {
                lease.expires_at = expires_at;
            }
            Ok(Transition {
                job: next,
                change: None,
                actions: Vec::new(),
            })
        }
        BeatAnswer::Done | BeatAnswer::Fenced => Err(Rejected::Stale),
    }
}

fn succeeded(job: &Job, fence: Fence) -> Result<Transition, Rejected> {
    if !holds(job, fence) {
        return Err(Rejected::Stale);
    }
    match job.state {
        State::Running => {
            let close = Action::CloseAttempt {
                fence,
                outcome: "succeeded",
            };
            Ok(moved(
                job,
                job.clone(),
                State::Succeeded,
                Phase::Done,
                "succeeded",
                None,
                vec![close],
            ))
        }
        // The cancellation committed first and wins: the model is dropped.
        State::Cancelling => Ok(stop(job, fence, "stopped")),
        State::Created | State::Queued | State::Succeeded | State::Failed | State::Cancelled => {
            Err(Rejected::Stale)
        }
    }
}

fn failed(job: &Job, fence: Fence, failure: &Failure, context: Context) -> Result<Transition, Rejected> {
    if !holds(job, fence) {
        return Err(Rejected::Stale);
    }
    match job.state {
        State::Running => Ok(retry_or_fail(job, fence, failure, context)),
        State::Cancelling => Ok(stop(job, fence, "stopped")),
        State::Created | State::Queued | State::Succeeded | State::Failed | State::Cancelled => {
            Err(Rejected::Stale)
        }
    }
}

fn stopped(job: &Job, fence: Fence, context: Context) -> Result<Transition, Rejected> {
    // A running attempt that stops unasked was given back by its trainer.
    let released = Failure::new(
        FailureKind::Released,
        "RELEASED",
        "the trainer stopped the attempt",
    );
    failed(job, fence, &released, context)
}

fn lease_expired(job: &Job, fence: Fence, context: Context) -> Result<Transition, Rejected> {
    let Some(lease) = job.lease.as_ref().filter(|lease| lease.expires_at <= context.now) else {
        return Err(Rejected::Stale);
    };
    let message = format!(
        "trainer {} was not heard of for the length of its lease",
        lease.trainer
    );
    failed(
        job,
        fence,
        &Failure::new(FailureKind::LeaseExpired, "LEASE_EXPIRED", message),
        context,
    )
}

fn cancel(job: &Job) -> Result<Transition, Rejected> {
    match job.state {
        State::Created | State::Queued => Ok(cancelled(job, Vec::new())),
        State::Running => {
            let mut next = job.clone();
            next.stop_reason = Some(StopReason::Cancel);
            // Its trainer says when it has stopped, or its lease runs out. Whatever comes, its whole time is limited.
            next.deadline = job.total_deadline;
            Ok(stopping(job, next, "cancel requested"))
        }
        State::Cancelling | State::Succeeded | State::Failed | State::Cancelled => Err(Rejected::AlreadyDone),
    }
}

fn deadline_passed(job: &Job, context: Context) -> Result<Transition, Rejected> {
    let Some(deadline) = job.deadline.filter(|deadline| *deadline <= context.now) else {
        return Err(Rejected::Stale);
    };
    match job.state {
        State::Queued => {
            let failure = if job.total_deadline == Some(deadline) {
                total_timeout(job)
            } else {
                let waited = job.policy.queue_timeout;
                let message = format!("no trainer claimed the job within its queue_timeout of {waited:?}");
                Failure::new(FailureKind::TimedOut, "QUEUE_TIMEOUT", message)
            };
            let next = job.clone();
            let (to, phase) = (State::Failed, Phase::Done);
            Ok(moved(
                job,
                next,
                to,
                phase,
                "timed out",
                Some(failure),
                Vec::new(),
            ))
        }
        State::Running => {
            let mut next = job.clone();
            next.stop_reason = Some(StopReason::Timeout);
            next.deadline = Some(deadline.max(context.now) + stop_within(job));
            Ok(stopping(job, next, "its time is over"))
        }
        // The trainer did not say that it has stopped: whatever it says now is too late.
        State::Cancelling => match &job.lease {
            Some(lease) => {
                let fence = Fence {
                    attempt: job.attempt,
                    lease: lease.id,
                };
                Ok(stop(job, fence, "not_stopped"))
            }
            None => Err(Rejected::Stale),
        },
        State::Created | State::Succeeded | State::Failed | State::Cancelled => Err(Rejected::Stale),
    }
}

fn earliest(one: Time, other: Option<Time>) -> Time {
    other.map_or(one, |other| one.min(other))
}

fn moved(
    before: &Job,
    mut job: Job,
    to: State,
    phase: Phase,
    reason: &str,
    failure: Option<Failure>,
    actions: Vec<Action>,
) -> Transition {
    job.state = to;
    job.phase = phase;
    if to.is_terminal() {
        job.deadline = None;
    }
    let change = Change {
        from: before.state,
        to,
        reason: reason.to_owned(),
        failure,
    };
    Transition {
        job,
        change: Some(change),
        actions,
    }
}

#[cfg(test)]
mod tests;
