//! How a job is stopped: by whoever asks for it, or for its time.

use std::time::Duration;

use super::{Action, Failure, FailureKind, Fence, Job, Phase, State, StopReason, Transition, moved};

/// How long an attempt may take to be gone once it is told to stop: to stop by itself, and to be killed.
pub(super) fn stop_within(job: &Job) -> Duration {
    job.policy.cancel_grace + Duration::from_secs(2)
}

/// The failure of a job that has used up all its time.
pub(super) fn total_timeout(job: &Job) -> Failure {
    let taken = job.policy.total_timeout;
    let message = format!("the job did not end within its total_timeout of {taken:?}");
    Failure::new(FailureKind::TimedOut, "TOTAL_TIMEOUT", message)
}

/// The way from RUNNING to CANCELLING: the trainer that holds the lease is told.
pub(super) fn stopping(job: &Job, next: Job, reason: &str) -> Transition {
    let hint = job.lease.as_ref().map(|lease| {
        Action::HintCancel(Fence {
            attempt: job.attempt,
            lease: lease.id,
        })
    });
    let actions = hint.into_iter().collect();
    moved(job, next, State::Cancelling, job.phase, reason, None, actions)
}

/// What a job that is stopped for its time fails of: all of it, or that of one attempt.
fn timeout(job: &Job) -> Failure {
    let total = job.total_deadline.map(|total| total + stop_within(job));
    if total.is_some() && total <= job.deadline {
        return total_timeout(job);
    }
    let run = job.policy.run_timeout;
    let message = format!("the attempt did not end within its run_timeout of {run:?}");
    Failure::new(FailureKind::TimedOut, "RUN_TIMEOUT", message)
}

/// The end of a CANCELLING job: where its stop reason leads.
pub(super) fn stop(job: &Job, fence: Fence, outcome: &'static str) -> Transition {
    let close = vec![Action::CloseAttempt { fence, outcome }];
    match job.stop_reason {
        Some(StopReason::Timeout) => moved(
            job,
            job.clone(),
            State::Failed,
            Phase::Done,
            "timed out",
            Some(timeout(job)),
            close,
        ),
        Some(StopReason::Cancel) | None => cancelled(job, close),
    }
}

/// The end of a job that somebody asked to stop.
pub(super) fn cancelled(job: &Job, actions: Vec<Action>) -> Transition {
    let (to, phase) = (State::Cancelled, Phase::Done);
    moved(job, job.clone(), to, phase, "cancelled", None, actions)
}
