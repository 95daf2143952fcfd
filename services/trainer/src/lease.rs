//! A lease: the right, and the duty, to run one attempt of a job. Every word about the attempt carries it, so that
//! a trainer that has lost it is no longer believed.

use std::time::Duration;

use domain::{
    id::{JobId, LeaseId},
    job::Failure,
};
use messages::{
    bus::v1::{BeatRequest, Grant, ReleaseRequest, TerminalReport, TrainerEvent, trainer_event::Body},
    v1::TrainingSpec,
};
use storage::{ArtifactPath, ArtifactRoot};

/// Which attempt of which job, and under which lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) job: JobId,
    pub(crate) attempt: i32,
    pub(crate) id: LeaseId,
}

impl Lease {
    /// The beat that extends it.
    pub(crate) fn beat(&self) -> BeatRequest {
        BeatRequest {
            job_id: self.job.to_string(),
            attempt: self.attempt,
            lease_id: self.id.to_string(),
        }
    }

    /// The request to take it back, with the facts of the process's exit where there was one.
    pub(crate) fn release(&self, facts: Option<TerminalReport>) -> ReleaseRequest {
        ReleaseRequest {
            job_id: self.job.to_string(),
            attempt: self.attempt,
            lease_id: self.id.to_string(),
            report: facts,
        }
    }

    /// Something told under it.
    pub(crate) fn event(&self, seq: i64, body: Body) -> TrainerEvent {
        TrainerEvent {
            job_id: self.job.to_string(),
            attempt: self.attempt,
            lease_id: self.id.to_string(),
            seq,
            body: Some(body),
        }
    }
}

/// A lease that was granted, and everything that came with it.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) lease: Lease,
    pub(crate) terms: Terms,
    /// What to do, or why it cannot be done: a lease is a duty to report either way.
    pub(crate) work: Result<Work, Failure>,
}

/// What to train, and where its files go.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) spec: TrainingSpec,
    pub(crate) root: ArtifactRoot,
    pub(crate) path: ArtifactPath,
}

/// The terms of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    /// How long it lasts without a beat.
    pub(crate) ttl: Duration,
    /// How often to beat.
    pub(crate) beat_interval: Duration,
    /// How long the attempt may take to stop when it is cancelled.
    pub(crate) cancel_grace: Duration,
    /// The most memory its process may hold, if there is a limit.
    pub(crate) memory_limit: Option<u64>,
    /// The most threads it may use, if that is not left to the trainer.
    pub(crate) threads: Option<usize>,
}

impl Terms {
    /// What a grant says, or the protocol's default where it says nothing.
    pub(crate) fn of(grant: &Grant) -> Self {
        let duration = |given: Option<prost_types::Duration>, default: Duration| {
            given
                .and_then(|given| Duration::try_from(given).ok())
                .filter(|given| !given.is_zero())
                .unwrap_or(default)
        };
        let ttl = duration(grant.lease_ttl, Duration::from_secs(30));
        let grace = grant
            .cancel_grace
            .and_then(|given| Duration::try_from(given).ok());
        Self {
            ttl,
            beat_interval: duration(grant.beat_interval, ttl / 6),
            cancel_grace: grace.unwrap_or(Duration::from_secs(5)),
            memory_limit: u64::try_from(grant.memory_limit_bytes)
                .ok()
                .filter(|limit| *limit > 0),
            threads: usize::try_from(grant.threads).ok().filter(|threads| *threads > 0),
        }
    }

    /// How old a child's last sign of life may be for its lease to be extended.
    pub(crate) fn fresh(&self) -> Duration {
        (self.ttl / 2).max(Duration::from_secs(3))
    }

    /// How long a child may give no sign of life before it counts as stuck.
    pub(crate) fn silent_after(&self) -> Duration {
        self.ttl.max(Duration::from_secs(6))
    }
}
