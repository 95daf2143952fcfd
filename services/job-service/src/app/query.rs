//! Reading jobs and their histories.

use domain::{id::JobId, job::State};
use messages::v1;

use super::{App, AttemptRow, EventRow, Filter, JobRow, Page, PageRequest, Tenant};
use crate::error::Result;

/// A job with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobDetails {
    /// The job.
    pub row: JobRow,
    /// What it trains.
    pub spec: v1::TrainingSpec,
    /// Its claimed attempts, oldest first.
    pub attempts: Vec<AttemptRow>,
}

/// A part of a job's history.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The events, in order.
    pub events: Vec<EventRow>,
    /// The number of the job's newest event when it was looked at; the last of `events` may be newer.
    pub event_no: i64,
    /// The job's state with that event. A terminal one tells that nothing comes after `event_no`.
    pub state: State,
}

impl App {
    /// A job; its event number belongs to exactly what is returned.
    ///
    /// # Errors
    ///
    /// `JobNotFound`, `Unavailable`.
    pub async fn get(&self, tenant: &Tenant, id: JobId) -> Result<JobRow> {
        todo!()
    }

    /// A job with its spec and its attempts.
    ///
    /// # Errors
    ///
    /// `JobNotFound`, `Unavailable`.
    pub async fn details(&self, tenant: &Tenant, id: JobId) -> Result<JobDetails> {
        todo!()
    }

    /// A page of jobs, newest first.
    ///
    /// # Errors
    ///
    /// `Invalid` for the page's size or token, `Unavailable`.
    pub async fn list(&self, tenant: &Tenant, filter: &Filter, page: &PageRequest) -> Result<Page<JobRow>> {
        todo!()
    }

    /// At most `limit` events after number `after`.
    ///
    /// # Errors
    ///
    /// `JobNotFound`; `Invalid` when `after` is negative or beyond the newest event; `Unavailable`.
    pub async fn events(&self, tenant: &Tenant, id: JobId, after: i64, limit: u64) -> Result<History> {
        todo!()
    }
}
