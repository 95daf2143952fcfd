//! A job's events: the same keys for all, and one more that names what happened.

use messages::v1::{JobEvent, LogLine, NodeReport, StateChange, job_event::Payload};
use serde_json::{Value, json};

use super::{
    job::{self, artifact, failure, metrics, progress},
    maybe, seconds, text, time, word,
};

/// An event.
pub(crate) fn event(event: &JobEvent) -> Value {
    let mut value = json!({
        "event_no": event.event_no,
        "time": time(event.time),
        "attempt": event.attempt,
    });
    if let Some(payload) = &event.payload {
        let (name, payload) = named(payload);
        value[name] = payload;
    }
    value
}

fn named(payload: &Payload) -> (&'static str, Value) {
    match payload {
        Payload::Snapshot(job) => ("snapshot", job::job(job)),
        Payload::State(change) => ("state", state(change)),
        Payload::Progress(update) => {
            let phase = word(update.phase().as_str_name(), "JOB_PHASE_");
            let progress = maybe(update.progress.as_ref(), progress);
            ("progress", json!({ "phase": phase, "progress": progress }))
        }
        Payload::Metric(metric) => (
            "metric",
            json!({ "split": metric.split, "name": metric.name, "value": metric.value }),
        ),
        Payload::Log(line) => ("log", log(line)),
        Payload::Bookmark(_) => ("bookmark", json!({})),
        Payload::Node(report) => ("node", node(report)),
    }
}

fn state(change: &StateChange) -> Value {
    json!({
        "from": word(change.from().as_str_name(), "JOB_STATE_"),
        "to": word(change.to().as_str_name(), "JOB_STATE_"),
        "phase": word(change.phase().as_str_name(), "JOB_PHASE_"),
        "reason": text(&change.reason),
        "failure": maybe(change.failure.as_ref(), failure),
        "not_before": time(change.not_before),
        "metrics": metrics(&change.metrics),
        "artifact": maybe(change.artifact.as_ref(), artifact),
    })
}

fn log(line: &LogLine) -> Value {
    json!({
        "level": word(line.level().as_str_name(), "LOG_LEVEL_"),
        "message": line.message,
        "node_id": text(&line.node_id),
    })
}

fn node(report: &NodeReport) -> Value {
    json!({
        "node_id": report.node_id,
        "type": report.r#type,
        "rows_in": report.rows_in,
        "rows_out": report.rows_out,
        "columns_in": report.columns_in,
        "columns_out": report.columns_out,
        "duration": seconds(report.duration),
    })
}

#[cfg(test)]
mod tests {
    use messages::v1::{Bookmark, JobState, MetricUpdate, ProgressUpdate, TrainingJob};

    use super::*;

    #[test]
    fn every_event_carries_one_key_for_what_happened() {
        let payloads = [
            (Payload::Snapshot(TrainingJob::default()), "snapshot"),
            (Payload::State(StateChange::default()), "state"),
            (Payload::Progress(ProgressUpdate::default()), "progress"),
            (Payload::Metric(MetricUpdate::default()), "metric"),
            (Payload::Log(LogLine::default()), "log"),
            (Payload::Bookmark(Bookmark {}), "bookmark"),
            (Payload::Node(NodeReport::default()), "node"),
        ];
        for (payload, name) in payloads {
            let value = event(&JobEvent {
                event_no: 7,
                payload: Some(payload),
                ..Default::default()
            });
            let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
            assert_eq!(keys.len(), 4, "{keys:?}");
            assert_eq!(value["event_no"], 7);
            assert!(value[name].is_object(), "{name}");
        }
    }

    #[test]
    fn the_first_state_has_no_state_before_it() {
        let change = StateChange {
            to: JobState::Queued.into(),
            ..Default::default()
        };
        assert_eq!(state(&change)["from"], Value::Null);
        assert_eq!(state(&change)["to"], "QUEUED");
    }
}
