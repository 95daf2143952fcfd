//! Many jobs to be cancelled, and what became of them.

use domain::{id::JobId, violation::Violation};
use messages::{convert::state_to_pb, v1};

use crate::{
    app::{CancelOutcome, CancelResult, CancelledMany, Chosen},
    error::{Error, Result},
};

/// Which jobs a request names.
pub(in crate::grpc) fn chosen(job_ids: &[String], filter: Option<v1::JobFilter>) -> Result<Chosen> {
    match (job_ids, filter) {
        ([], None) => Err(Error::invalid("job_ids", "must be given, or filter")),
        ([], filter @ Some(_)) => Ok(Chosen::Matching(super::filter(filter)?)),
        (_, Some(_)) => Err(Error::invalid("filter", "must be left out where jobs are named")),
        (job_ids, None) => jobs(job_ids).map(Chosen::Jobs),
    }
}

fn jobs(job_ids: &[String]) -> Result<Vec<JobId>> {
    let mut violations = Vec::new();
    let mut jobs = Vec::with_capacity(job_ids.len());
    for (i, text) in job_ids.iter().enumerate() {
        match text.parse() {
            Ok(job) => jobs.push(job),
            Err(error) => violations.push(Violation::new(
                format!("job_ids[{i}]"),
                domain::id::InvalidId::to_string(&error),
            )),
        }
    }
    if violations.is_empty() {
        Ok(jobs)
    } else {
        Err(Error::Invalid(violations))
    }
}

/// What became of them.
pub(in crate::grpc) fn cancelled_many(cancelled: &CancelledMany) -> v1::BatchCancelTrainingJobsResponse {
    v1::BatchCancelTrainingJobsResponse {
        outcomes: cancelled.outcomes.iter().map(outcome).collect(),
        more: cancelled.more,
    }
}

fn outcome(outcome: &CancelOutcome) -> v1::CancelOutcome {
    let (result, state) = match outcome.result {
        CancelResult::Cancelled(state) => (v1::CancelResult::Cancelled, state_to_pb(state)),
        CancelResult::Unchanged(state) => (v1::CancelResult::Unchanged, state_to_pb(state)),
        CancelResult::NotFound => (v1::CancelResult::NotFound, v1::JobState::Unspecified),
    };
    v1::CancelOutcome {
        job_id: outcome.job.to_string(),
        result: result.into(),
        state: state.into(),
    }
}
