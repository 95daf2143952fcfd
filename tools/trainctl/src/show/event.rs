//! One event as one line: the words that `watch` and `events` share.

use messages::v1::{
    JobEvent, JobPhase, LogLevel, LogLine, NodeReport, Progress, ProgressUpdate, StateChange, TrainingJob,
    job_event::Payload,
};

use super::words;

/// What happened, unless it is nothing to tell.
pub(crate) fn sentence(event: &JobEvent) -> Option<String> {
    let text = match event.payload.as_ref()? {
        Payload::Snapshot(job) => snapshot(job),
        Payload::State(change) => state(change),
        Payload::Progress(update) => update_line(update),
        Payload::Metric(metric) => {
            format!("{} {} {}", metric.split, metric.name, words::number(metric.value))
        }
        Payload::Log(line) => log(line),
        Payload::Bookmark(_) => return None,
        Payload::Node(report) => node(report),
    };
    Some(text)
}

/// What a bar says beside itself: the phase, what is done, how long it still takes.
pub(crate) fn progress_words(progress: &Progress) -> String {
    let mut parts = Vec::new();
    if progress.total > 0 {
        parts.push(
            format!("{}/{} {}", progress.completed, progress.total, progress.unit)
                .trim_end()
                .to_owned(),
        );
    }
    // A message that only repeats the count is not said twice.
    if !progress.message.is_empty()
        && parts
            .iter()
            .all(|count| !progress.message.contains(count.as_str()))
    {
        parts.push(progress.message.clone());
    }
    if let Some(left) = progress.eta {
        parts.push(words::eta(left));
    }
    parts.join(", ")
}

/// A whole percentage; 100 only when all is done.
pub(crate) fn percent(progress: &Progress) -> u64 {
    (progress.fraction.clamp(0.0, 1.0) * 100.0).floor() as u64
}

fn update_line(update: &ProgressUpdate) -> String {
    let phase = words::phase(update.phase());
    match &update.progress {
        Some(progress) => format!("{phase} {}% {}", percent(progress), progress_words(progress))
            .trim_end()
            .to_owned(),
        None => phase,
    }
}

fn snapshot(job: &TrainingJob) -> String {
    let mut text = words::state(job.state()).to_owned();
    if job.phase() != JobPhase::Done {
        text += &format!(", {}", words::phase(job.phase()));
    }
    if let Some(progress) = job.progress.as_ref().filter(|progress| progress.fraction > 0.0) {
        text += &format!(" {}%", percent(progress));
    }
    if let Some(failure) = &job.failure {
        text += &format!(": {}", words::failure(failure));
    }
    text
}

fn state(change: &StateChange) -> String {
    let mut text = words::state(change.to()).to_owned();
    match &change.failure {
        Some(failure) => text += &format!(": {}", words::failure(failure)),
        // "succeeded" adds nothing to SUCCEEDED.
        None if !change.reason.is_empty() && !change.reason.eq_ignore_ascii_case(&text) => {
            text += &format!(": {}", change.reason)
        }
        None => {}
    }
    if change.not_before.is_some() {
        text += &format!("; next attempt not before {}", words::clock(change.not_before));
    }
    if let Some(artifact) = &change.artifact {
        text += &format!(", model in {}", words::place(artifact));
    }
    text
}

fn log(line: &LogLine) -> String {
    let level = match line.level() {
        LogLevel::Warning => "warning: ",
        LogLevel::Info | LogLevel::Unspecified => "",
    };
    if line.node_id.is_empty() {
        format!("{level}{}", line.message)
    } else {
        format!("{level}node {}: {}", line.node_id, line.message)
    }
}

fn node(report: &NodeReport) -> String {
    let took = report
        .duration
        .map_or(String::new(), |took| format!(", {}", words::span(took)));
    format!(
        "node {} ({}): {}, {}{took}",
        report.node_id,
        report.r#type,
        change(report.rows_in, report.rows_out, "rows"),
        change(report.columns_in, report.columns_out, "columns"),
    )
}

fn change(before: i64, after: i64, what: &str) -> String {
    if before == after {
        format!("{after} {what}")
    } else {
        format!("{before} to {after} {what}")
    }
}

#[cfg(test)]
mod tests {
    use messages::v1::JobState;
    use prost_types::Duration;

    use super::*;

    fn told(payload: Payload) -> String {
        let event = JobEvent {
            payload: Some(payload),
            ..Default::default()
        };
        sentence(&event).unwrap_or_default()
    }

    #[test]
    fn progress_tells_phase_percentage_count_and_time_left() {
        let mut update = ProgressUpdate {
            phase: JobPhase::Fitting.into(),
            progress: Some(Progress {
                fraction: 0.439,
                completed: 20,
                total: 50,
                unit: "trees".into(),
                message: "20/50 trees".into(),
                eta: Some(Duration { seconds: 3, nanos: 0 }),
            }),
        };
        assert_eq!(
            told(Payload::Progress(update.clone())),
            "fitting 43% 20/50 trees, 3 s left"
        );
        update.progress = Some(Progress::default());
        assert_eq!(told(Payload::Progress(update)), "fitting 0%");
    }

    #[test]
    fn nodes_and_states_are_told_in_a_line() {
        let report = NodeReport {
            node_id: "drop".into(),
            r#type: "drop_missing_rows".into(),
            rows_in: 10,
            rows_out: 8,
            columns_in: 3,
            columns_out: 3,
            duration: Some(Duration {
                seconds: 0,
                nanos: 2_000_000,
            }),
        };
        assert_eq!(
            told(Payload::Node(report)),
            "node drop (drop_missing_rows): 10 to 8 rows, 3 columns, 2 ms"
        );
        let change = StateChange {
            to: JobState::Cancelled.into(),
            reason: "wrong table".into(),
            ..Default::default()
        };
        assert_eq!(told(Payload::State(change)), "CANCELLED: wrong table");
        assert_eq!(told(Payload::Bookmark(messages::v1::Bookmark {})), "");
    }
}
