//! States, phases, failures, metrics and times.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    job::{Failure, FailureKind, Phase, Retried, State},
    time::Time,
};

use crate::v1;

/// Metrics by split, then by name.
pub type Metrics = BTreeMap<String, BTreeMap<String, f64>>;

/// Metrics as a message.
pub fn metrics_to_pb(metrics: &Metrics) -> BTreeMap<String, v1::SplitMetrics> {
    metrics
        .iter()
        .map(|(split, values)| {
            (
                split.clone(),
                v1::SplitMetrics {
                    values: values.clone(),
                },
            )
        })
        .collect()
}

/// The metrics a message holds.
pub fn metrics_from_pb(metrics: BTreeMap<String, v1::SplitMetrics>) -> Metrics {
    metrics
        .into_iter()
        .map(|(split, values)| (split, values.values))
        .collect()
}

/// A state as a message.
pub fn state_to_pb(state: State) -> v1::JobState {
    match state {
        State::Created => v1::JobState::Created,
        State::Queued => v1::JobState::Queued,
        State::Running => v1::JobState::Running,
        State::Cancelling => v1::JobState::Cancelling,
        State::Succeeded => v1::JobState::Succeeded,
        State::Failed => v1::JobState::Failed,
        State::Cancelled => v1::JobState::Cancelled,
    }
}

/// The state a message names, unless it names none.
pub fn state_from_pb(state: v1::JobState) -> Option<State> {
    match state {
        v1::JobState::Unspecified => None,
        v1::JobState::Created => Some(State::Created),
        v1::JobState::Queued => Some(State::Queued),
        v1::JobState::Running => Some(State::Running),
        v1::JobState::Cancelling => Some(State::Cancelling),
        v1::JobState::Succeeded => Some(State::Succeeded),
        v1::JobState::Failed => Some(State::Failed),
        v1::JobState::Cancelled => Some(State::Cancelled),
    }
}

/// A phase as a message.
pub fn phase_to_pb(phase: Phase) -> v1::JobPhase {
    match phase {
        Phase::Waiting => v1::JobPhase::Waiting,
        Phase::RetryBackoff => v1::JobPhase::RetryBackoff,
        Phase::Starting => v1::JobPhase::Starting,
        Phase::LoadingData => v1::JobPhase::LoadingData,
        Phase::Preparing => v1::JobPhase::Preparing,
        Phase::Fitting => v1::JobPhase::Fitting,
        Phase::Evaluating => v1::JobPhase::Evaluating,
        Phase::Saving => v1::JobPhase::Saving,
        Phase::Done => v1::JobPhase::Done,
    }
}

/// The phase a message names, unless it names none.
pub fn phase_from_pb(phase: v1::JobPhase) -> Option<Phase> {
    Phase::ALL.into_iter().find(|known| phase_to_pb(*known) == phase)
}

/// A failure as a message.
pub fn failure_to_pb(failure: &Failure) -> v1::Failure {
    v1::Failure {
        kind: kind_to_pb(failure.kind).into(),
        code: failure.code.clone(),
        message: failure.message.clone(),
        node_id: failure.node_id.clone().unwrap_or_default(),
        retryable: failure.kind.retried() != Retried::Never,
    }
}

/// The failure a message holds; one without a kind counts as a crash.
pub fn failure_from_pb(failure: v1::Failure) -> Failure {
    let kind = FailureKind::ALL
        .into_iter()
        .find(|kind| kind_to_pb(*kind) == failure.kind());
    Failure {
        kind: kind.unwrap_or(FailureKind::Crashed),
        code: failure.code,
        message: failure.message,
        node_id: (!failure.node_id.is_empty()).then_some(failure.node_id),
    }
}

fn kind_to_pb(kind: FailureKind) -> v1::FailureKind {
    match kind {
        FailureKind::InvalidSpec => v1::FailureKind::InvalidSpec,
        FailureKind::InvalidData => v1::FailureKind::InvalidData,
        FailureKind::Unsupported => v1::FailureKind::Unsupported,
        FailureKind::TimedOut => v1::FailureKind::TimedOut,
        FailureKind::OutOfMemory => v1::FailureKind::OutOfMemory,
        FailureKind::Crashed => v1::FailureKind::Crashed,
        FailureKind::Stuck => v1::FailureKind::Stuck,
        FailureKind::LeaseExpired => v1::FailureKind::LeaseExpired,
        FailureKind::StorageUnavailable => v1::FailureKind::StorageUnavailable,
        FailureKind::Released => v1::FailureKind::Released,
    }
}

/// A time as a message.
pub fn time_to_pb(time: Time) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: time.0.div_euclid(1_000_000),
        // Less than 10^9, so it fits.
        nanos: (time.0.rem_euclid(1_000_000) * 1000) as i32,
    }
}

/// The time a message holds, to the microsecond.
pub fn time_from_pb(time: prost_types::Timestamp) -> Time {
    Time(
        time.seconds
            .saturating_mul(1_000_000)
            .saturating_add(i64::from(time.nanos) / 1000),
    )
}

/// A span as a message.
pub fn duration_to_pb(span: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
        // Less than 10^9, so it fits.
        nanos: span.subsec_nanos() as i32,
    }
}

/// The span a message holds, unless it is negative.
pub fn duration_from_pb(span: prost_types::Duration) -> Option<Duration> {
    Some(Duration::new(
        u64::try_from(span.seconds).ok()?,
        u32::try_from(span.nanos).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_phases_and_kinds_come_back_as_they_went() {
        for state in State::ALL {
            assert_eq!(state_from_pb(state_to_pb(state)), Some(state));
        }
        for phase in Phase::ALL {
            assert_eq!(phase_from_pb(phase_to_pb(phase)), Some(phase));
        }
        for kind in FailureKind::ALL {
            let failure = Failure::new(kind, "CODE", "text").at("node");
            assert_eq!(failure_from_pb(failure_to_pb(&failure)), failure);
        }
    }

    #[test]
    fn times_keep_their_microseconds_before_and_after_the_epoch() {
        for micros in [-1, 0, 1, 1_700_000_000_123_456] {
            assert_eq!(time_from_pb(time_to_pb(Time(micros))), Time(micros));
        }
    }
}
