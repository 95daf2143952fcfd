//! One job in full, and many in a table.

use std::collections::BTreeMap;

use messages::{
    convert::metrics_from_pb,
    v1::{JobAttempt, TrainingJob, TrainingSpec},
};

use super::{event, metrics, table, words};

/// Jobs, one per line.
pub(crate) fn list(jobs: &[TrainingJob]) -> String {
    let head = [
        "job",
        "data set",
        "node",
        "model",
        "version",
        "state",
        "progress",
        "created (UTC)",
    ];
    let rows = jobs.iter().map(|job| {
        let progress = job.progress.as_ref().filter(|progress| progress.fraction > 0.0);
        [
            job.job_id.clone(),
            job.dataset_source_id.clone(),
            job.node_id.clone(),
            job.model_type.clone(),
            format!("v{}", job.version),
            words::state(job.state()).to_owned(),
            progress.map_or(words::NOTHING.to_owned(), |progress| {
                format!("{}%", event::percent(progress))
            }),
            words::time(job.create_time),
        ]
    });
    table::table(head, rows)
}

/// Everything about one job that was sent.
pub(crate) fn detail(job: &TrainingJob) -> String {
    let mut parts = vec![table::pairs(summary(job))];
    if !job.metrics.is_empty() {
        parts.push(metrics::all(&metrics_from_pb(job.metrics.clone())));
    }
    if let Some(spec) = &job.spec {
        parts.push(specification(spec));
    }
    if !job.attempts.is_empty() {
        parts.push(attempts(&job.attempts));
    }
    parts.join("\n\n")
}

fn summary(job: &TrainingJob) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("job", job.job_id.clone()),
        ("model", words::model(job)),
        ("data set", job.dataset_source_id.clone()),
        ("pipeline", words::or_nothing(&job.pipeline_id).to_owned()),
        ("node", job.node_id.clone()),
        (
            "state",
            format!("{} ({})", words::state(job.state()), words::phase(job.phase())),
        ),
    ];
    if let Some(progress) = &job.progress {
        let line = format!(
            "{}% {}",
            event::percent(progress),
            event::progress_words(progress)
        );
        pairs.push(("progress", line.trim_end().to_owned()));
    }
    if let Some(failure) = &job.failure {
        pairs.push(("failure", words::failure(failure)));
    }
    if !job.cancel_reason.is_empty() {
        pairs.push(("cancelled for", job.cancel_reason.clone()));
    }
    if let Some(artifact) = &job.artifact {
        let size = format!(
            "{} in {}",
            words::bytes(artifact.bytes),
            words::counted(artifact.files.len(), "file")
        );
        pairs.push(("artifact", words::place(artifact)));
        pairs.push(("size", size));
    }
    if !job.labels.is_empty() {
        pairs.push(("labels", labels(&job.labels)));
    }
    pairs.push(("attempt", job.attempt.to_string()));
    pairs.push(("created", words::time(job.create_time)));
    pairs.push(("started", words::time(job.start_time)));
    pairs.push(("finished", words::time(job.finish_time)));
    pairs.push(("events", job.event_no.to_string()));
    pairs
}

fn labels(labels: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(" ")
}

fn specification(spec: &TrainingSpec) -> String {
    let hyperparameters = spec.hyperparameters.clone().unwrap_or_default().fields;
    let hyperparameters: Vec<String> = hyperparameters
        .iter()
        .map(|(name, value)| format!("{name}={}", words::value(Some(value))))
        .collect();
    let mut text = format!(
        "hyperparameters: {}\n",
        words::or_nothing(&hyperparameters.join(" "))
    );
    if let Some(source) = &spec.dataset_source {
        text += &format!("table: {}\n", source.uri);
    }
    let Some(graph) = &spec.graph else {
        return text;
    };
    text += "\n";
    text += &table::table(
        ["node", "type", "inputs", "config"],
        graph.nodes.iter().map(|node| {
            let inputs: Vec<&str> = graph
                .edges
                .iter()
                .filter(|edge| edge.target == node.id)
                .map(|edge| edge.source.as_str())
                .collect();
            let config = node.config.clone().unwrap_or_default().fields;
            let config: Vec<String> = config
                .iter()
                .map(|(name, value)| format!("{name}={}", words::value(Some(value))))
                .collect();
            [
                node.id.clone(),
                node.r#type.clone(),
                words::or_nothing(&inputs.join(", ")).to_owned(),
                words::or_nothing(&config.join(" ")).to_owned(),
            ]
        }),
    );
    text
}

fn attempts(attempts: &[JobAttempt]) -> String {
    let head = [
        "attempt",
        "trainer",
        "started",
        "finished",
        "outcome",
        "peak memory",
    ];
    let rows = attempts.iter().map(|attempt| {
        let ended = match (attempt.exit_code, attempt.signal) {
            (_, Some(signal)) => format!(" (signal {signal})"),
            (Some(code), None) => format!(" (exit {code})"),
            (None, None) => String::new(),
        };
        let memory = match attempt.peak_rss_bytes {
            0 => words::NOTHING.to_owned(),
            bytes => words::bytes(bytes),
        };
        [
            attempt.attempt.to_string(),
            attempt.trainer.clone(),
            words::time(attempt.start_time),
            words::time(attempt.finish_time),
            format!("{}{ended}", words::or_nothing(&attempt.outcome)),
            memory,
        ]
    });
    let mut text = table::table(head, rows);
    for attempt in attempts.iter().filter(|attempt| !attempt.log_tail.is_empty()) {
        text += &format!(
            "\n\nlog of attempt {}:\n{}",
            attempt.attempt,
            attempt.log_tail.trim_end()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use messages::{
        convert::{graph_to_pb, object_to_pb},
        v1::JobState,
    };

    use super::*;

    #[test]
    fn a_full_job_shows_graph_hyperparameters_and_the_log_of_what_failed() {
        let graph = domain::graph::Graph {
            nodes: vec![domain::graph::Node {
                id: "train".into(),
                kind: "train_model".into(),
                config: [("target_column".to_owned(), "y".into())].into(),
            }],
            edges: vec![domain::graph::Edge {
                source: "split".into(),
                target: "train".into(),
                source_handle: String::new(),
                target_handle: String::new(),
            }],
        };
        let text = detail(&TrainingJob {
            job_id: "j-1".into(),
            model_type: "ridge".into(),
            version: 2,
            state: JobState::Running.into(),
            labels: [("k".to_owned(), "v".to_owned())].into(),
            spec: Some(TrainingSpec {
                graph: Some(graph_to_pb(&graph)),
                hyperparameters: Some(object_to_pb(&[("alpha".to_owned(), 0.5.into())].into())),
                ..Default::default()
            }),
            attempts: vec![JobAttempt {
                attempt: 1,
                outcome: "crashed".into(),
                signal: Some(9),
                log_tail: "out of memory\n".into(),
                ..Default::default()
            }],
            ..Default::default()
        });
        for part in [
            "ridge v2",
            "RUNNING",
            "k=v",
            "alpha=0.5",
            "split",
            "target_column=\"y\"",
            "crashed (signal 9)",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(text.ends_with("log of attempt 1:\nout of memory"), "{text}");
    }
}
