//! A sound job, for the tests of rules to break.

use messages::v1::{self, JobState, job_event::Payload};

use super::Violation;
use crate::chaos::facts::Job;

/// The rules that a check finds broken, each once.
pub(super) fn rules(check: impl FnOnce(&mut Vec<Violation>)) -> Vec<String> {
    let mut found = Vec::new();
    check(&mut found);
    let mut rules: Vec<String> = found.into_iter().map(|violation| violation.rule).collect();
    rules.dedup();
    rules
}

/// Progress of this fraction.
pub(super) fn progressed(fraction: f64) -> Payload {
    Payload::Progress(v1::ProgressUpdate {
        progress: Some(v1::Progress {
            fraction,
            ..Default::default()
        }),
        ..Default::default()
    })
}

fn moved(from: JobState, to: JobState) -> Payload {
    Payload::State(v1::StateChange {
        from: from.into(),
        to: to.into(),
        ..Default::default()
    })
}

/// A job that succeeded with its second attempt.
pub(crate) fn succeeded() -> Job {
    use JobState::{Queued, Running, Succeeded, Unspecified};
    let payloads = [
        (0, moved(Unspecified, Queued)),
        (1, moved(Queued, Running)),
        (1, progressed(0.3)),
        (1, progressed(0.5)),
        (1, moved(Running, Queued)),
        (2, moved(Queued, Running)),
        (2, progressed(0.2)),
        (2, moved(Running, Succeeded)),
    ];
    let events: Vec<v1::JobEvent> = payloads
        .into_iter()
        .zip(1..)
        .map(|((attempt, payload), event_no)| v1::JobEvent {
            event_no,
            attempt,
            payload: Some(payload),
            ..Default::default()
        })
        .collect();
    let attempt = |attempt, lease: &str, outcome: &str| v1::JobAttempt {
        attempt,
        lease_id: lease.into(),
        outcome: outcome.into(),
        ..Default::default()
    };
    let job = v1::TrainingJob {
        job_id: "job".into(),
        model_type: "forest".into(),
        version: 1,
        state: Succeeded.into(),
        attempt: 2,
        attempts: vec![attempt(1, "one", "failed"), attempt(2, "two", "succeeded")],
        event_no: events.len() as i64,
        progress: Some(v1::Progress {
            fraction: 1.0,
            ..Default::default()
        }),
        ..Default::default()
    };
    Job { job, events }
}
