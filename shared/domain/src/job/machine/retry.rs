//! What follows the failure of an attempt.

use std::time::Duration;

use super::{Action, Context, Failure, FailureKind, Fence, Job, Phase, Retried, State, Transition, moved};

/// The next attempt, or the end of the job.
pub(super) fn retry_or_fail(job: &Job, fence: Fence, failure: &Failure, context: Context) -> Transition {
    let mut next = job.clone();
    let counts = failure.kind.retried() != Retried::Always;
    next.failures += i32::from(counts);
    next.oom_failures += i32::from(failure.kind == FailureKind::OutOfMemory);
    let close = Action::CloseAttempt {
        fence,
        outcome: outcome(failure.kind),
    };
    let spent = next.failures >= job.policy.retry.max_attempts;
    let again = match failure.kind.retried() {
        Retried::Never => false,
        Retried::Once => next.oom_failures <= 1 && !spent,
        Retried::UpToMaxAttempts => !spent,
        Retried::Always => true,
    };
    if !again {
        let reason = if spent && failure.kind.retried() != Retried::Never {
            format!("failed {} times", next.failures)
        } else {
            "failed".to_owned()
        };
        return moved(
            job,
            next,
            State::Failed,
            Phase::Done,
            &reason,
            Some(failure.clone()),
            vec![close],
        );
    }
    let wait = if counts {
        job.policy.retry.backoff(next.failures, context.jitter)
    } else {
        Duration::ZERO
    };
    next.attempt += 1;
    next.lease = None;
    next.not_before = context.now + wait;
    // The queue's own limit is for the first claim.
    next.deadline = job.total_deadline;
    let phase = if counts {
        Phase::RetryBackoff
    } else {
        Phase::Waiting
    };
    let reason = format!("attempt {} follows", next.attempt);
    moved(
        job,
        next,
        State::Queued,
        phase,
        &reason,
        Some(failure.clone()),
        vec![close, Action::Announce],
    )
}

fn outcome(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Released => "released",
        FailureKind::LeaseExpired => "lease_expired",
        FailureKind::InvalidSpec
        | FailureKind::InvalidData
        | FailureKind::Unsupported
        | FailureKind::TimedOut
        | FailureKind::OutOfMemory
        | FailureKind::Crashed
        | FailureKind::Stuck
        | FailureKind::StorageUnavailable => "failed",
    }
}
