//! Jobs and their parts.

use std::collections::BTreeMap;

use messages::v1::{
    Artifact, Edge, Failure, Graph, JobAttempt, JobPolicy, Node, Progress, RetryPolicy, SplitMetrics,
    TrainingJob, TrainingSpec,
};
use serde_json::{Value, json};

use super::{dataset, list, maybe, object, seconds, set, text, time, word};

/// A job.
pub(crate) fn job(job: &TrainingJob) -> Value {
    json!({
        "job_id": job.job_id,
        "dataset_source_id": job.dataset_source_id,
        "pipeline_id": job.pipeline_id,
        "node_id": job.node_id,
        "model_type": job.model_type,
        "version": job.version,
        "state": word(job.state().as_str_name(), "JOB_STATE_"),
        "phase": word(job.phase().as_str_name(), "JOB_PHASE_"),
        "progress": maybe(job.progress.as_ref(), progress),
        "attempt": job.attempt,
        "attempts": list(&job.attempts, attempt),
        "metrics": metrics(&job.metrics),
        "artifact": maybe(job.artifact.as_ref(), artifact),
        "failure": maybe(job.failure.as_ref(), failure),
        "labels": job.labels,
        "metadata": object(job.metadata.clone()),
        "policy": maybe(job.policy.as_ref(), policy),
        "spec": maybe(job.spec.as_ref(), spec),
        "created_by": text(&job.created_by),
        "cancel_reason": text(&job.cancel_reason),
        "event_no": job.event_no,
        "create_time": time(job.create_time),
        "start_time": time(job.start_time),
        "finish_time": time(job.finish_time),
        "update_time": time(job.update_time),
    })
}

/// A job without what it takes to see it in full: its spec and its attempts.
pub(crate) fn job_in_brief(full: &TrainingJob) -> Value {
    job(&TrainingJob {
        spec: None,
        attempts: Vec::new(),
        ..full.clone()
    })
}

/// How far an attempt has come.
pub(super) fn progress(progress: &Progress) -> Value {
    json!({
        "fraction": progress.fraction,
        "completed": progress.completed,
        "total": set(progress.total),
        "unit": text(&progress.unit),
        "message": text(&progress.message),
        "eta": seconds(progress.eta),
    })
}

/// Metrics by split.
pub(super) fn metrics(metrics: &BTreeMap<String, SplitMetrics>) -> Value {
    metrics
        .iter()
        .map(|(split, metrics)| (split.clone(), json!(metrics.values)))
        .collect()
}

/// A model on disk.
pub(super) fn artifact(artifact: &Artifact) -> Value {
    json!({
        "uri": artifact.uri,
        "sha256": artifact.sha256,
        "bytes": artifact.bytes,
        "files": list(&artifact.files, |file| {
            json!({ "name": file.name, "bytes": file.bytes, "sha256": file.sha256 })
        }),
    })
}

/// Why there is no model.
pub(super) fn failure(failure: &Failure) -> Value {
    json!({
        "kind": word(failure.kind().as_str_name(), "FAILURE_KIND_"),
        "code": failure.code,
        "message": failure.message,
        "node_id": text(&failure.node_id),
        "retryable": failure.retryable,
    })
}

fn attempt(attempt: &JobAttempt) -> Value {
    json!({
        "attempt": attempt.attempt,
        "trainer": attempt.trainer,
        "lease_id": attempt.lease_id,
        "start_time": time(attempt.start_time),
        "finish_time": time(attempt.finish_time),
        "outcome": text(&attempt.outcome),
        "exit_code": attempt.exit_code,
        "signal": attempt.signal,
        "peak_rss_bytes": set(attempt.peak_rss_bytes),
        "log_tail": text(&attempt.log_tail),
    })
}

fn policy(policy: &JobPolicy) -> Value {
    json!({
        "queue_timeout": seconds(policy.queue_timeout),
        "run_timeout": seconds(policy.run_timeout),
        "total_timeout": seconds(policy.total_timeout),
        "cancel_grace": seconds(policy.cancel_grace),
        "retry": maybe(policy.retry.as_ref(), retry),
        "resource_class": text(&policy.resource_class),
        "memory_limit_bytes": set(policy.memory_limit_bytes),
        "threads": set(policy.threads.into()),
    })
}

fn retry(retry: &RetryPolicy) -> Value {
    json!({
        "max_attempts": retry.max_attempts,
        "initial_backoff": seconds(retry.initial_backoff),
        "factor": retry.factor,
        "max_backoff": seconds(retry.max_backoff),
    })
}

fn spec(spec: &TrainingSpec) -> Value {
    json!({
        "graph": maybe(spec.graph.as_ref(), graph),
        "node_id": spec.node_id,
        "model_type": spec.model_type,
        "hyperparameters": object(spec.hyperparameters.clone()),
        "dataset_source": maybe(spec.dataset_source.as_ref(), dataset),
    })
}

fn graph(graph: &Graph) -> Value {
    let node =
        |node: &Node| json!({ "id": node.id, "type": node.r#type, "config": object(node.config.clone()) });
    let edge = |edge: &Edge| {
        json!({
            "source": edge.source,
            "target": edge.target,
            "source_handle": text(&edge.source_handle),
            "target_handle": text(&edge.target_handle),
        })
    };
    json!({ "nodes": list(&graph.nodes, node), "edges": list(&graph.edges, edge) })
}

#[cfg(test)]
mod tests {
    use messages::v1::{FailureKind, JobPhase, JobState};
    use prost_types::{Duration, Timestamp};

    use super::*;

    #[test]
    fn a_job_has_short_names_rfc_3339_times_and_seconds() {
        let value = job(&TrainingJob {
            job_id: "j".into(),
            version: 3,
            state: JobState::Failed.into(),
            phase: JobPhase::LoadingData.into(),
            progress: Some(Progress {
                fraction: 0.5,
                eta: Some(Duration {
                    seconds: 1,
                    nanos: 500_000_000,
                }),
                ..Default::default()
            }),
            metrics: [(
                "test".to_owned(),
                SplitMetrics {
                    values: [("r2".to_owned(), 1.0)].into(),
                },
            )]
            .into(),
            failure: Some(Failure {
                kind: FailureKind::InvalidData.into(),
                code: "COLUMN_NOT_FOUND".into(),
                ..Default::default()
            }),
            create_time: Some(Timestamp {
                seconds: 1_700_000_000,
                nanos: 0,
            }),
            ..Default::default()
        });
        assert_eq!(value["version"], 3);
        assert_eq!(value["state"], "FAILED");
        assert_eq!(value["phase"], "LOADING_DATA");
        assert_eq!(value["progress"]["eta"], 1.5);
        assert_eq!(value["metrics"]["test"]["r2"], 1.0);
        assert_eq!(value["failure"]["kind"], "INVALID_DATA");
        assert_eq!(value["failure"]["node_id"], Value::Null);
        assert_eq!(value["artifact"], Value::Null);
        assert_eq!(value["create_time"], "2023-11-14T22:13:20Z");
        assert_eq!(value["finish_time"], Value::Null);
    }
}
