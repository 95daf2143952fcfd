//! What trainers ask for: the lease of an attempt, more time for it, and to be rid of it.

use std::time::Duration;

use domain::{
    id::{JobId, LeaseId, Token},
    job::machine::{self, BeatAnswer, Event, Fence, Rejected},
};
use messages::{bus, convert, v1};

use super::{
    App, JobRow,
    record::storable,
    transition::{Happening, Outcome},
};
use crate::{error::Result, store::jobs};

/// Asks for the lease of an attempt.
#[derive(Debug, Clone)]
pub struct ClaimRequest {
    /// The trainer, as its subject names it.
    pub trainer: Token,
    /// The job.
    pub job: JobId,
    /// The attempt.
    pub attempt: i32,
    /// The lease the trainer chose.
    pub lease: LeaseId,
    /// The id in the artifact root's marker, as the trainer sees it.
    pub artifact_root_id: String,
}

/// Answers a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimOutcome {
    /// The lease is the trainer's.
    Granted(Box<bus::v1::Grant>),
    /// It is not, and why, for the log.
    Denied(String),
}

/// Says that an attempt lives.
#[derive(Debug, Clone)]
pub struct Beat {
    /// The trainer, as its subject names it.
    pub trainer: Token,
    /// The job.
    pub job: JobId,
    /// The attempt and the lease.
    pub fence: Fence,
}

/// What became of a lease that its trainer gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// It is taken back.
    Taken,
    /// It was not the trainer's any more.
    Stale,
}

impl App {
    /// T3. Grants the lease of a queued attempt, or once more to whom it was granted before.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`: the service could not tell for now.
    pub async fn claim(&self, request: &ClaimRequest) -> Result<ClaimOutcome> {
        let root = self.settings.artifact_root.id().to_string();
        if request.artifact_root_id != root {
            let reason = format!(
                "the trainer's artifact root has the id {:?}, the service's {root:?}: they are not the same directory",
                request.artifact_root_id
            );
            return Ok(ClaimOutcome::Denied(reason));
        }
        let event = Event::Claim {
            attempt: request.attempt,
            lease: request.lease,
            trainer: request.trainer.clone(),
            ttl: self.settings.lease_ttl,
        };
        match self.happen(Happening::new(request.job, event)).await? {
            Outcome::Done(row) => {
                let spec = self.store.read(jobs::spec(self.store.reader(), &row)).await?;
                Ok(ClaimOutcome::Granted(Box::new(self.grant(&row, spec))))
            }
            Outcome::Rejected(row, rejected) => Ok(ClaimOutcome::Denied(denial(&row, rejected))),
            Outcome::NotFound => Ok(ClaimOutcome::Denied("there is no such job".to_owned())),
        }
    }

    fn grant(&self, row: &JobRow, spec: v1::TrainingSpec) -> bus::v1::Grant {
        let policy = convert::policy_to_pb(&row.job.policy);
        bus::v1::Grant {
            spec: Some(spec),
            pipeline_id: row.pipeline_id.clone(),
            version: row.version,
            lease_ttl: Some(convert::duration_to_pb(self.settings.lease_ttl)),
            beat_interval: Some(convert::duration_to_pb(self.settings.beat_interval)),
            run_timeout: policy.run_timeout,
            cancel_grace: policy.cancel_grace,
            memory_limit_bytes: policy.memory_limit_bytes,
            threads: policy.threads,
        }
    }

    /// T4. Extends leases and tells their trainers where they stand, all in one commit: a service that is late gets
    /// the more done at a time the more wait for it. The answers come in the order of the beats.
    ///
    /// # Errors
    ///
    /// For each of them `Unavailable`, `Contended`: the service could not tell for now.
    pub async fn beats(&self, beats: &[Beat]) -> Vec<Result<BeatAnswer>> {
        let mut order: Vec<usize> = (0..beats.len()).collect();
        order.sort_by_key(|at| beats[*at].job);
        let happening = |at: &usize| beats[*at].happening(self.settings.lease_ttl);
        let happenings: Vec<Happening> = order.iter().map(happening).collect();
        let outcomes = self.happen_together(&happenings).await;
        let mut answers: Vec<(usize, Result<BeatAnswer>)> = order
            .into_iter()
            .zip(outcomes)
            .map(|(at, outcome)| (at, outcome.map(|outcome| beats[at].answer(&outcome))))
            .collect();
        answers.sort_by_key(|(at, _)| *at);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }
}

impl Beat {
    fn happening(&self, ttl: Duration) -> Happening {
        let fence = self.fence;
        let mut happening = Happening::new(self.job, Event::Beat { fence, ttl });
        happening.told.trainer = Some(self.trainer.clone());
        happening
    }

    fn answer(&self, outcome: &Outcome) -> BeatAnswer {
        match outcome {
            Outcome::Done(row) | Outcome::Rejected(row, _) if is_of(row, &self.trainer) => {
                machine::beat_answer(&row.job, self.fence)
            }
            Outcome::Done(_) | Outcome::Rejected(..) | Outcome::NotFound => BeatAnswer::Fenced,
        }
    }
}

impl App {
    /// T7. Takes a lease back from a trainer that has stopped the attempt: a running job is queued again at once. The
    /// report tells how the attempt's process ended, where it had one.
    /// Whatever it returns, the lease is the trainer's no more.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`: the service could not tell for now.
    pub async fn release(
        &self,
        trainer: &Token,
        job: JobId,
        fence: Fence,
        report: Option<bus::v1::TerminalReport>,
    ) -> Result<Released> {
        let mut happening = Happening::new(job, Event::Stopped(fence));
        happening.told.trainer = Some(trainer.clone());
        happening.told.report = report.map(|report| bus::v1::TerminalReport {
            log_tail: storable(&report.log_tail),
            ..report
        });
        match self.happen(happening).await? {
            Outcome::Done(_) => Ok(Released::Taken),
            Outcome::Rejected(..) | Outcome::NotFound => Ok(Released::Stale),
        }
    }
}

fn is_of(row: &JobRow, trainer: &Token) -> bool {
    row.job
        .lease
        .as_ref()
        .is_some_and(|lease| lease.trainer == *trainer)
}

fn denial(row: &JobRow, rejected: Rejected) -> String {
    let state = row.job.state.as_str();
    match rejected {
        Rejected::Stale | Rejected::AlreadyDone => {
            format!("the job is {state} in attempt {}", row.job.attempt)
        }
        Rejected::TooEarly => "the attempt's time has not come".to_owned(),
    }
}
