//! Many jobs to be cancelled, and what became of them.

use domain::{id::JobId, violation::Violation};
use messages::{convert::state_to_pb, v1};

use crate::{
    app::{CancelOutcome, CancelResult, CancelledMany, Chosen, Filter},
    error::{Error, Result},
    grpc::status,
};

/// Which jobs a request names.
pub(in crate::grpc) fn chosen(request: v1::BatchCancelTrainingJobsRequest) -> Result<Chosen> {
    match (&*request.job_ids, request.filter, request.all) {
        ([], None, false) => Err(Error::invalid("job_ids", "must be given, or filter, or all")),
        ([], None, true) => Ok(Chosen::Matching(Filter::default())),
        ([], Some(filter), false) if filter == v1::JobFilter::default() => {
            let message = "must say which jobs; to cancel every job, set all instead";
            Err(Error::invalid("filter", message))
        }
        ([], filter @ Some(_), false) => Ok(Chosen::Matching(super::filter(filter)?)),
        ([], Some(_), true) => Err(Error::invalid("filter", "must be left out where all is set")),
        (_, Some(_), _) => Err(Error::invalid("filter", "must be left out where jobs are named")),
        (_, None, true) => Err(Error::invalid("all", "must be left out where jobs are named")),
        (job_ids, None, false) => jobs(job_ids).map(Chosen::Jobs),
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
pub(in crate::grpc) fn cancelled_many(cancelled: CancelledMany) -> v1::BatchCancelTrainingJobsResponse {
    v1::BatchCancelTrainingJobsResponse {
        outcomes: cancelled.outcomes.into_iter().map(outcome).collect(),
        more: cancelled.more,
    }
}

fn outcome(CancelOutcome { job, result }: CancelOutcome) -> v1::CancelOutcome {
    let nowhere = v1::JobState::Unspecified;
    let (result, state, reason) = match result {
        Ok(CancelResult::Cancelled(state)) => {
            (v1::CancelResult::Cancelled, state_to_pb(state), String::new())
        }
        Ok(CancelResult::Unchanged(state)) => {
            (v1::CancelResult::Unchanged, state_to_pb(state), String::new())
        }
        Ok(CancelResult::NotFound) => (v1::CancelResult::NotFound, nowhere, String::new()),
        Err(error) => (v1::CancelResult::Unknown, nowhere, status::reason(error, job)),
    };
    v1::CancelOutcome {
        job_id: job.to_string(),
        result: result.into(),
        state: state.into(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_in_the_way_is_told_by_its_reason() {
        let job = JobId(uuid::Uuid::now_v7());
        let result = Err(Error::Contended(None));
        let told = outcome(CancelOutcome { job, result });
        let expected = v1::CancelOutcome {
            job_id: job.to_string(),
            result: v1::CancelResult::Unknown.into(),
            state: v1::JobState::Unspecified.into(),
            reason: "DATABASE_BUSY".into(),
        };
        assert_eq!(told, expected);
    }
}
