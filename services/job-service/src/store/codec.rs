//! Between tables' rows and typed ones. What cannot be read back names its table and column.

use domain::{
    id::{JobId, LeaseId},
    job::{Failure, FailureKind, Job, Lease, Phase, Policy, State, StopReason},
    time::Time,
};
use messages::{bus, convert, v1};
use prost::Message;

use super::{
    entity::{job_attempt, job_event, outbox, training_job},
    row::{AttemptRow, EventRow, JobRow, OutboxRow, Tenant},
};
use crate::error::{Error, Result};

pub(super) fn corrupt(table: &str, column: &str) -> Error {
    Error::Corrupt(format!("{table}.{column}"))
}

fn job_column<T>(column: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| corrupt("training_jobs", column))
}

pub(super) fn decode<M: Message + Default>(table: &str, column: &str, bytes: &[u8]) -> Result<M> {
    M::decode(bytes).map_err(|_| corrupt(table, column))
}

impl TryFrom<training_job::Model> for JobRow {
    type Error = Error;

    fn try_from(model: training_job::Model) -> Result<Self> {
        let metadata: prost_types::Struct = decode("training_jobs", "metadata", &model.metadata)?;
        let result = model.result.as_deref();
        Ok(Self {
            job: job(&model)?,
            failure: failure(&model)?,
            labels: job_column("labels", serde_json::from_str(&model.labels).ok())?,
            metadata: convert::object_from_pb(metadata),
            progress: decode("training_jobs", "progress", &model.progress)?,
            result: result
                .map(|bytes| decode::<bus::v1::Success>("training_jobs", "result", bytes))
                .transpose()?,
            tenant: Tenant::from_row(model.tenant),
            id: JobId(model.id),
            dataset_source_id: model.dataset_source_id,
            pipeline_id: model.pipeline_id,
            node_id: model.node_id,
            model_type: model.model_type,
            version: model.version,
            created_by: model.created_by,
            progress_seq: model.progress_seq,
            event_no: model.event_no,
            dispatch_no: model.dispatch_no,
            cancel_reason: model.cancel_reason,
            cancel_requested_at: model.cancel_requested_at.map(Time),
            created_at: Time(model.created_at),
            started_at: model.started_at.map(Time),
            finished_at: model.finished_at.map(Time),
            updated_at: Time(model.updated_at),
        })
    }
}

fn job(model: &training_job::Model) -> Result<Job> {
    let policy: v1::JobPolicy = decode("training_jobs", "policy", &model.policy)?;
    let lease = match (model.lease_id, &model.lease_trainer, model.lease_expires_at) {
        (Some(id), Some(trainer), Some(expires_at)) => Some(Lease {
            id: LeaseId(id),
            trainer: job_column("lease_trainer", trainer.parse().ok())?,
            expires_at: Time(expires_at),
        }),
        (None, None, None) => None,
        (_, _, _) => return Err(corrupt("training_jobs", "lease_id")),
    };
    let stop_reason = model.stop_reason.as_deref();
    Ok(Job {
        state: job_column("state", State::from_name(&model.state))?,
        phase: job_column("phase", Phase::from_name(&model.phase))?,
        attempt: model.attempt,
        failures: model.failures,
        oom_failures: model.oom_failures,
        lease,
        not_before: Time(model.not_before),
        stop_reason: stop_reason
            .map(|name| job_column("stop_reason", StopReason::from_name(name)))
            .transpose()?,
        deadline: model.deadline_at.map(Time),
        total_deadline: model.total_deadline_at.map(Time),
        policy: job_column(
            "policy",
            convert::policy_from_pb(Some(policy), &Policy::default()).ok(),
        )?,
    })
}

fn failure(model: &training_job::Model) -> Result<Option<Failure>> {
    let Some(kind) = &model.failure_kind else {
        return Ok(None);
    };
    Ok(Some(Failure {
        kind: job_column("failure_kind", FailureKind::from_name(kind))?,
        code: model.failure_code.clone().unwrap_or_default(),
        message: model.failure_message.clone().unwrap_or_default(),
        node_id: model.failure_node_id.clone(),
    }))
}

impl From<&JobRow> for training_job::Model {
    /// The row as it is stored, not yet announced.
    fn from(row: &JobRow) -> Self {
        let artifact = row.result.as_ref().and_then(|result| result.artifact.as_ref());
        let lease = row.job.lease.as_ref();
        let failure = row.failure.as_ref();
        Self {
            tenant: row.tenant.as_str().to_owned(),
            id: row.id.0,
            dataset_source_id: row.dataset_source_id.clone(),
            pipeline_id: row.pipeline_id.clone(),
            node_id: row.node_id.clone(),
            model_type: row.model_type.clone(),
            version: row.version,
            labels: serde_json::json!(row.labels).to_string(),
            metadata: convert::object_to_pb(&row.metadata).encode_to_vec(),
            created_by: row.created_by.clone(),
            policy: convert::policy_to_pb(&row.job.policy).encode_to_vec(),
            resource_class: row.job.policy.resource_class.clone(),
            state: row.job.state.as_str().to_owned(),
            phase: row.job.phase.as_str().to_owned(),
            attempt: row.job.attempt,
            failures: row.job.failures,
            oom_failures: row.job.oom_failures,
            not_before: row.job.not_before.0,
            lease_id: lease.map(|lease| lease.id.0),
            lease_trainer: lease.map(|lease| lease.trainer.to_string()),
            lease_expires_at: lease.map(|lease| lease.expires_at.0),
            stop_reason: row.job.stop_reason.map(|reason| reason.as_str().to_owned()),
            deadline_at: row.job.deadline.map(|time| time.0),
            total_deadline_at: row.job.total_deadline.map(|time| time.0),
            deleted_at: None,
            delete_artifacts: false,
            request_id: None,
            swept_at: None,
            pruned_at: None,
            dispatch_no: row.dispatch_no,
            dispatch_seq: None,
            dispatch_incarnation: None,
            requeue_check_at: None,
            requeue_checks: 0,
            progress: row.progress.encode_to_vec(),
            progress_seq: row.progress_seq,
            event_no: row.event_no,
            cancel_requested_at: row.cancel_requested_at.map(|time| time.0),
            cancel_reason: row.cancel_reason.clone(),
            result: row.result.as_ref().map(Message::encode_to_vec),
            artifact_uri: artifact.map(|artifact| artifact.uri.clone()),
            artifact_sha256: artifact.map(|artifact| artifact.sha256.clone()),
            artifact_bytes: artifact.map(|artifact| artifact.bytes),
            failure_kind: failure.map(|failure| failure.kind.as_str().to_owned()),
            failure_code: failure.map(|failure| failure.code.clone()),
            failure_message: failure.map(|failure| failure.message.clone()),
            failure_node_id: failure.and_then(|failure| failure.node_id.clone()),
            created_at: row.created_at.0,
            started_at: row.started_at.map(|time| time.0),
            finished_at: row.finished_at.map(|time| time.0),
            updated_at: row.updated_at.0,
        }
    }
}

impl From<job_attempt::Model> for AttemptRow {
    fn from(model: job_attempt::Model) -> Self {
        Self {
            attempt: model.attempt,
            lease: LeaseId(model.lease_id),
            trainer: model.trainer,
            started_at: Time(model.started_at),
            finished_at: model.finished_at.map(Time),
            outcome: model.outcome,
            exit_code: model.exit_code,
            signal: model.signal,
            peak_rss_bytes: model.peak_rss_bytes,
            log_tail: model.log_tail,
        }
    }
}

impl TryFrom<job_event::Model> for EventRow {
    type Error = Error;

    fn try_from(model: job_event::Model) -> Result<Self> {
        let event: v1::JobEvent = decode("job_events", "payload", &model.payload)?;
        Ok(Self {
            event_no: model.event_no,
            time: Time(model.time),
            attempt: model.attempt,
            payload: event.payload.ok_or_else(|| corrupt("job_events", "payload"))?,
        })
    }
}

impl From<outbox::Model> for OutboxRow {
    fn from(model: outbox::Model) -> Self {
        Self {
            id: model.id,
            tenant: Tenant::from_row(model.tenant),
            job: JobId(model.job_id),
            attempt: model.attempt,
            dispatch_no: model.dispatch_no,
            subject: model.subject,
            msg_id: model.msg_id,
            payload: model.payload,
            tries: model.tries,
        }
    }
}
