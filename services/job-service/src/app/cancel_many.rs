//! Many jobs cancelled with one request, each for itself: what became of one says nothing about another.

use domain::{id::JobId, job::State};
use futures::{StreamExt, stream};

use super::{App, Filter, Tenant, steer};
use crate::{
    error::{Error, Result},
    store::search,
};

/// The most jobs of one request.
const MOST: usize = 500;
/// Cancelled at once; the database has work for others as well.
const CONCURRENT: usize = 8;

/// Which jobs to cancel.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// These, at most 500.
    Jobs(Vec<JobId>),
    /// Up to 500 of those that match, have not ended and were not told to stop before.
    Matching(Filter),
}

/// What became of the request.
#[derive(Debug)]
pub struct CancelledMany {
    /// What became of each job, in the order they were named or found in.
    pub outcomes: Vec<CancelOutcome>,
    /// Whether more jobs match.
    pub more: bool,
}

/// What became of one job.
#[derive(Debug)]
pub struct CancelOutcome {
    /// The job.
    pub job: JobId,
    /// What became of it; after an error that is not known, also because the answer to a commit may have got lost.
    pub result: Result<CancelResult>,
}

/// What became of a job that was to be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelResult {
    /// It is in this state by this call.
    Cancelled(State),
    /// It was in this state before.
    Unchanged(State),
    /// There is no such job.
    NotFound,
}

impl App {
    /// T10, for many jobs. What is in the way of one is its outcome and keeps none of the others; asking again is safe.
    ///
    /// # Errors
    ///
    /// `Invalid` for too many jobs or a reason over 500 characters; `Unavailable`, `Contended` where no job could be
    /// looked for, and what was in the way of the first where something was in the way of each.
    pub async fn cancel_many(&self, tenant: &Tenant, chosen: &Chosen, reason: &str) -> Result<CancelledMany> {
        steer::check_reason(reason)?;
        let (jobs, more) = match chosen {
            Chosen::Jobs(jobs) if jobs.len() > MOST => {
                let message = format!("holds {} jobs; at most {MOST} are accepted", jobs.len());
                return Err(Error::invalid("job_ids", message));
            }
            Chosen::Jobs(jobs) => (jobs.clone(), false),
            Chosen::Matching(filter) => self.cancellable(tenant, filter).await?,
        };
        let cancelled = jobs.into_iter().map(|job| self.cancel_one(tenant, job, reason));
        let mut outcomes: Vec<CancelOutcome> = stream::iter(cancelled).buffered(CONCURRENT).collect().await;
        if outcomes.iter().all(|outcome| outcome.result.is_err())
            && let Some(first) = outcomes.drain(..).next()
        {
            first.result?;
        }
        Ok(CancelledMany { outcomes, more })
    }

    /// Up to 500 jobs that match and can be cancelled, and whether there are more.
    async fn cancellable(&self, tenant: &Tenant, filter: &Filter) -> Result<(Vec<JobId>, bool)> {
        // A job that is being stopped already would be found again by every further request.
        let open = [State::Created, State::Queued, State::Running];
        let wanted = |state: &State| filter.states.is_empty() || filter.states.contains(state);
        let states: Vec<State> = open.into_iter().filter(wanted).collect();
        if states.is_empty() {
            return Ok((Vec::new(), false));
        }
        let filter = Filter {
            states,
            ..filter.clone()
        };
        let found = search::ids(self.store.reader(), tenant, &filter, MOST as u64 + 1);
        let mut jobs = self.store.read(found).await?;
        let more = jobs.len() > MOST;
        jobs.truncate(MOST);
        Ok((jobs, more))
    }

    async fn cancel_one(&self, tenant: &Tenant, job: JobId, reason: &str) -> CancelOutcome {
        let result = match self.try_cancel(tenant, job, reason).await {
            Ok((row, true)) => Ok(CancelResult::Cancelled(row.job.state)),
            Ok((row, false)) => Ok(CancelResult::Unchanged(row.job.state)),
            Err(Error::JobNotFound(_)) => Ok(CancelResult::NotFound),
            Err(error) => Err(error),
        };
        CancelOutcome { job, result }
    }
}
