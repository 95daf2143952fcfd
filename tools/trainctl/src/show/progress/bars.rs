//! A bar for each job, for terminals.

use std::time::Duration;

use anyhow::Result;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use messages::v1::{JobEvent, JobPhase, JobState, LogLevel, Progress, TrainingJob, job_event::Payload};

use super::Display;
use crate::show::{event, words};

/// The whole bar; fractions are shown to a thousandth of it.
const LENGTH: f64 = 1000.0;
const TEMPLATE: &str = "{prefix} {bar:24} {percent:>3}% {elapsed:>4} {wide_msg}";

/// One bar for each job.
pub(crate) struct Bars {
    all: MultiProgress,
    bars: Vec<ProgressBar>,
    labels: Vec<String>,
}

impl Bars {
    /// For these jobs.
    pub(crate) fn new(jobs: &[TrainingJob]) -> Self {
        let all = MultiProgress::new();
        let labels: Vec<String> = jobs.iter().map(words::model).collect();
        let width = labels
            .iter()
            .map(|label| label.chars().count())
            .max()
            .unwrap_or(0);
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bars = labels.iter().map(|label| {
            let bar = all.add(ProgressBar::new(LENGTH as u64).with_style(style.clone()));
            bar.set_prefix(format!("{label:width$}"));
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        Self {
            bars: bars.collect(),
            all,
            labels,
        }
    }

    fn state(&self, job: usize, state: JobState, phase: JobPhase, sentence: &str) {
        let bar = &self.bars[job];
        match state {
            JobState::Succeeded => {
                bar.set_position(LENGTH as u64);
                bar.finish_with_message(words::state(state));
            }
            JobState::Failed | JobState::Cancelled => bar.abandon_with_message(sentence.to_owned()),
            JobState::Running => bar.set_message(words::phase(phase)),
            JobState::Unspecified | JobState::Created | JobState::Queued | JobState::Cancelling => {
                bar.set_message(sentence.to_owned());
            }
        }
    }

    fn progress(&self, job: usize, phase: JobPhase, progress: Option<&Progress>) {
        let bar = &self.bars[job];
        let Some(progress) = progress else { return };
        bar.set_position((progress.fraction.clamp(0.0, 1.0) * LENGTH) as u64);
        let message = format!("{} {}", words::phase(phase), event::progress_words(progress));
        bar.set_message(message.trim_end().to_owned());
    }
}

impl Display for Bars {
    fn event(&mut self, job: usize, event: &JobEvent) -> Result<()> {
        let sentence = event::sentence(event).unwrap_or_default();
        match &event.payload {
            Some(Payload::Snapshot(snapshot)) => {
                self.progress(job, snapshot.phase(), snapshot.progress.as_ref());
                self.state(job, snapshot.state(), snapshot.phase(), &sentence);
            }
            Some(Payload::State(change)) => self.state(job, change.to(), change.phase(), &sentence),
            Some(Payload::Progress(update)) => self.progress(job, update.phase(), update.progress.as_ref()),
            Some(Payload::Log(line)) if line.level() == LogLevel::Warning => {
                let line = format!("{}: {sentence}", self.labels[job]);
                self.note(&line);
            }
            // Too much for one line that changes; `events` lists them.
            Some(Payload::Log(_) | Payload::Metric(_) | Payload::Node(_) | Payload::Bookmark(_)) | None => {}
        }
        Ok(())
    }

    fn note(&mut self, text: &str) {
        // On a terminal that is gone there is nobody to tell.
        let _ = self.all.println(text);
    }
}
