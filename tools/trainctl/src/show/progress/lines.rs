//! A line for each event, for logs and pipes.

use anyhow::Result;
use messages::v1::{JobEvent, TrainingJob, job_event::Payload};
use prost_types::Duration;

use super::Display;
use crate::{
    output::note,
    show::{event, words},
};

/// Plain lines.
pub(crate) struct Lines {
    labels: Vec<String>,
}

impl Lines {
    /// For these jobs.
    pub(crate) fn new(jobs: &[TrainingJob]) -> Self {
        let label = |job: &TrainingJob| format!("{} {}", words::short_id(&job.job_id), words::model(job));
        Self {
            labels: jobs.iter().map(label).collect(),
        }
    }

    /// The line for an event, unless it is nothing to tell.
    fn line(&self, job: usize, event: &JobEvent) -> Option<String> {
        let sentence = event::sentence(event)?;
        Some(format!(
            "{} {} {sentence}",
            words::clock(event.time),
            self.labels[job]
        ))
    }
}

impl Display for Lines {
    fn event(&mut self, job: usize, event: &JobEvent) -> Result<()> {
        // The table at the end holds the metrics that matter, `get` all of them.
        if matches!(event.payload, Some(Payload::Metric(_))) {
            return Ok(());
        }
        if let Some(line) = self.line(job, event) {
            note(&line);
        }
        Ok(())
    }

    fn pace(&self) -> Option<Duration> {
        Some(Duration { seconds: 1, nanos: 0 })
    }
}

#[cfg(test)]
mod tests {
    use messages::v1::{JobPhase, Progress, ProgressUpdate};
    use prost_types::Timestamp;

    use super::*;

    #[test]
    fn a_line_tells_time_job_model_and_what_happened() {
        let lines = Lines::new(&[TrainingJob {
            job_id: "01890a5d-ac96-774b-bcce-b302099a8057".into(),
            model_type: "ridge_regression".into(),
            version: 2,
            ..Default::default()
        }]);
        let update = ProgressUpdate {
            phase: JobPhase::Saving.into(),
            progress: Some(Progress {
                fraction: 0.9,
                ..Default::default()
            }),
        };
        let event = JobEvent {
            time: Some(Timestamp {
                seconds: 1_700_000_000,
                nanos: 0,
            }),
            payload: Some(Payload::Progress(update)),
            ..Default::default()
        };
        assert_eq!(
            lines.line(0, &event).unwrap(),
            "22:13:20 099a8057 ridge_regression v2 saving 90%"
        );
    }
}
