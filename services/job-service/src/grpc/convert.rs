//! Between the messages of the contract and what the use cases take and give. Outwards it is total; inwards it
//! refuses what has no meaning and leaves every other rule to the use cases, so that each has one place.

mod cancel;
mod filter;
mod queues;

use domain::id::{JobId, NAME_RULE, Name};
use messages::{
    convert::{
        dataset_to_pb, duration_from_pb, failure_to_pb, graph_from_pb, object_from_pb, object_to_pb,
        phase_to_pb, plan, policy_to_pb, state_to_pb, time_to_pb,
    },
    v1,
};
use prost::Message;
use sha2::{Digest, Sha256};

pub(super) use cancel::{cancelled_many, chosen};
pub(super) use filter::{filter, order};
pub(super) use queues::queues;

use super::MAX_MESSAGE_BYTES;
use crate::{
    app::{AttemptRow, DatasetRow, EventRow, JobDetails, JobRow, SubmitRequest, Submitted, Tenant},
    error::{Error, Result},
};

/// The job that a request names.
pub(super) fn job_id(text: &str) -> Result<JobId> {
    text.parse()
        .map_err(|error: domain::id::InvalidId| Error::invalid("job_id", error.to_string()))
}

/// The data source that a request names.
pub(super) fn dataset_id(text: &str) -> Result<Name> {
    text.parse()
        .map_err(|_| Error::invalid("dataset_source_id", NAME_RULE))
}

/// The size of a page of events; 0 is the default.
pub(super) fn event_limit(page_size: i32) -> Result<u64> {
    match u64::try_from(page_size) {
        Ok(0) => Ok(100),
        Ok(size) if size <= 1000 => Ok(size),
        Ok(_) | Err(_) => Err(Error::invalid("page_size", "must be in [0, 1000]")),
    }
}

/// A page of events, cut where a message would grow too large. `more` tells that the page was full.
pub(super) fn event_page(mut events: Vec<v1::JobEvent>, mut more: bool) -> v1::ListJobEventsResponse {
    let mut bytes = 0;
    let fitting = events.iter().take_while(|event| {
        bytes += event.encoded_len() + 8;
        bytes <= MAX_MESSAGE_BYTES
    });
    let count = fitting.count().max(1);
    more |= count < events.len();
    events.truncate(count);
    let last = events.last().map_or(0, |event| event.event_no);
    v1::ListJobEventsResponse {
        events,
        next_after_event_no: if more { last } else { 0 },
    }
}

/// A submission, unchecked.
pub(super) fn submit_request(mut request: v1::SubmitTrainingJobRequest, tenant: Tenant) -> SubmitRequest {
    let request_id = std::mem::take(&mut request.request_id);
    // The same request under another id is the same payload. Maps are B-trees, so the encoding is canonical.
    let payload_sha256 = Sha256::digest(request.encode_to_vec()).to_vec();
    let model = |choice: v1::ModelChoice| domain::graph::ModelChoice {
        model_type: choice.model_type,
        hyperparameters: choice.hyperparameters.map(object_from_pb).unwrap_or_default(),
    };
    SubmitRequest {
        tenant,
        request_id,
        payload_sha256,
        dataset_source_id: request.dataset_source_id,
        pipeline_id: request.pipeline_id,
        node_id: request.node_id,
        target_node_id: request.target_node_id,
        graph: graph_from_pb(request.graph.unwrap_or_default()),
        models: request.models.into_iter().map(model).collect(),
        labels: request.labels,
        metadata: request.metadata.map(object_from_pb).unwrap_or_default(),
        policy: request.policy,
        run_training: request.run_training.unwrap_or(true),
        validate_only: request.validate_only,
        created_by: String::new(),
    }
}

/// The answer to a submission.
pub(super) fn submitted(submitted: Submitted) -> v1::SubmitTrainingJobResponse {
    v1::SubmitTrainingJobResponse {
        jobs: submitted.jobs.into_iter().map(job).collect(),
        created: submitted.created,
        plan: Some(plan(&submitted.plan)),
        warnings: submitted.warnings,
    }
}

/// The least time between two events of progress.
pub(super) fn progress_interval(
    interval: Option<prost_types::Duration>,
) -> Result<Option<std::time::Duration>> {
    let refused = || Error::invalid("min_progress_interval", "must not be negative");
    interval
        .map(|interval| duration_from_pb(interval).ok_or_else(refused))
        .transpose()
}

/// A job in the BASIC view.
pub(super) fn job(row: JobRow) -> v1::TrainingJob {
    let (metrics, artifact) = match row.result {
        Some(success) => (success.metrics, success.artifact),
        None => Default::default(),
    };
    v1::TrainingJob {
        job_id: row.id.to_string(),
        dataset_source_id: row.dataset_source_id,
        pipeline_id: row.pipeline_id,
        node_id: row.node_id,
        model_type: row.model_type,
        version: row.version,
        state: state_to_pb(row.job.state).into(),
        phase: phase_to_pb(row.job.phase).into(),
        progress: Some(row.progress),
        attempt: row.job.attempt,
        attempts: Vec::new(),
        metrics,
        artifact,
        failure: row.failure.as_ref().map(failure_to_pb),
        labels: row.labels,
        metadata: (!row.metadata.is_empty()).then(|| object_to_pb(&row.metadata)),
        policy: Some(policy_to_pb(&row.job.policy)),
        spec: None,
        created_by: row.created_by,
        cancel_reason: row.cancel_reason,
        event_no: row.event_no,
        create_time: Some(time_to_pb(row.created_at)),
        start_time: row.started_at.map(time_to_pb),
        finish_time: row.finished_at.map(time_to_pb),
        update_time: Some(time_to_pb(row.updated_at)),
        jobs_ahead: None,
    }
}

/// A job in the FULL view.
pub(super) fn details(details: JobDetails) -> v1::TrainingJob {
    v1::TrainingJob {
        attempts: details.attempts.into_iter().map(attempt).collect(),
        spec: Some(details.spec),
        ..job(details.row)
    }
}

fn attempt(row: AttemptRow) -> v1::JobAttempt {
    v1::JobAttempt {
        attempt: row.attempt,
        trainer: row.trainer,
        lease_id: row.lease.to_string(),
        start_time: Some(time_to_pb(row.started_at)),
        finish_time: row.finished_at.map(time_to_pb),
        outcome: row.outcome,
        exit_code: row.exit_code,
        signal: row.signal,
        peak_rss_bytes: row.peak_rss_bytes,
        log_tail: row.log_tail,
    }
}

/// An entry of a job's history.
pub(super) fn event(row: EventRow) -> v1::JobEvent {
    v1::JobEvent {
        event_no: row.event_no,
        time: Some(time_to_pb(row.time)),
        attempt: row.attempt,
        payload: Some(row.payload),
    }
}

/// A registered table.
pub(super) fn dataset(row: &DatasetRow) -> v1::DatasetSource {
    v1::DatasetSource {
        create_time: Some(time_to_pb(row.created_at)),
        ..dataset_to_pb(&row.dataset)
    }
}
