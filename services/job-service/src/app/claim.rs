//! What trainers ask for: the lease of an attempt, and more time for it.

use domain::{
    id::{JobId, LeaseId, Token},
    job::machine::{BeatAnswer, Fence},
};
use messages::bus;

use super::App;
use crate::error::Result;

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

impl App {
    /// T3. Grants the lease of a queued attempt, or once more to whom it was granted before.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`: the service could not tell for now.
    pub async fn claim(&self, request: &ClaimRequest) -> Result<ClaimOutcome> {
        todo!()
    }

    /// T4. Extends a lease and tells its trainer where it stands.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`: the service could not tell for now.
    pub async fn beat(&self, trainer: &Token, job: JobId, fence: Fence) -> Result<BeatAnswer> {
        todo!()
    }

    /// T7. Takes a lease back from a trainer that gives the attempt up; returns whether it was the trainer's.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`: the service could not tell for now.
    pub async fn release(&self, trainer: &Token, job: JobId, fence: Fence) -> Result<bool> {
        todo!()
    }
}
