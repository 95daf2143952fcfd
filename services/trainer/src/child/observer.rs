//! Tells the supervisor how a training goes. It makes one fraction of phases and their steps, which never falls,
//! and says no more about it than anybody can read.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::job::Phase;
use messages::{bus::v1::frame::Body, convert, v1};
use ml::observer::{NodeRun, Observer, Step};

use super::link::Link;

/// The least time between two words on progress within a phase.
const INTERVAL: Duration = Duration::from_millis(100);

/// Follows a training for the supervisor.
pub(super) struct Teller {
    link: Link,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    fraction: f64,
    told: Option<Instant>,
}

impl Teller {
    pub(super) fn new(link: Link) -> Self {
        Self {
            link,
            state: Mutex::new(State {
                phase: Phase::Starting,
                fraction: 0.0,
                told: None,
            }),
        }
    }

    fn log(&self, level: v1::LogLevel, node_id: Option<&str>, message: &str) {
        let node_id = node_id.unwrap_or_default().to_owned();
        let message = message[..message.floor_char_boundary(4096)].to_owned();
        self.link.say(Body::Log(v1::LogLine {
            level: level.into(),
            message,
            node_id,
        }));
    }

    fn progress(&self, phase: Option<Phase>, step: Option<Step>) {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.phase = phase.unwrap_or(state.phase);
        let done = step.map_or(0.0, |step| step.completed as f64 / step.total.max(1) as f64);
        state.fraction = state.fraction.max(fraction(state.phase, done));
        let last = step.is_some_and(|step| step.completed >= step.total);
        if phase.is_none() && !last && state.told.is_some_and(|told| now - told < INTERVAL) {
            return;
        }
        state.told = Some(now);
        let count = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
        let progress = v1::Progress {
            fraction: state.fraction,
            completed: step.map_or(0, |step| count(step.completed)),
            total: step.map_or(0, |step| count(step.total)),
            unit: step.map_or("", |step| step.unit).to_owned(),
            ..Default::default()
        };
        let phase = convert::phase_to_pb(state.phase).into();
        // Said under the lock, so that a smaller fraction cannot overtake a larger one.
        self.link.say(Body::Progress(v1::ProgressUpdate {
            phase,
            progress: Some(progress),
        }));
    }
}

/// How far an attempt has come when `done` of a phase is done. 1 is left to the success of the job.
fn fraction(phase: Phase, done: f64) -> f64 {
    let (from, to) = match phase {
        Phase::Waiting | Phase::RetryBackoff | Phase::Starting => (0.0, 0.0),
        Phase::LoadingData => (0.0, 0.05),
        Phase::Preparing => (0.05, 0.15),
        Phase::Fitting => (0.15, 0.9),
        Phase::Evaluating => (0.9, 0.97),
        Phase::Saving | Phase::Done => (0.97, 0.99),
    };
    from + (to - from) * done.clamp(0.0, 1.0)
}

impl Observer for Teller {
    fn phase(&self, phase: Phase) {
        self.link.enter(phase);
        self.progress(Some(phase), None);
    }

    fn step(&self, step: Step) {
        self.progress(None, Some(step));
    }

    fn node(&self, run: &NodeRun) {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.link.say(Body::Node(v1::NodeReport {
            node_id: run.node_id.clone(),
            r#type: run.kind.clone(),
            rows_in: count(run.rows_in),
            rows_out: count(run.rows_out),
            columns_in: count(run.columns_in),
            columns_out: count(run.columns_out),
            duration: prost_types::Duration::try_from(run.duration).ok(),
        }));
    }

    fn metric(&self, split: &str, name: &str, value: f64) {
        let (split, name) = (split.to_owned(), name.to_owned());
        self.link
            .say(Body::Metric(v1::MetricUpdate { split, name, value }));
    }

    fn info(&self, node_id: Option<&str>, message: &str) {
        self.log(v1::LogLevel::Info, node_id, message);
    }

    fn warning(&self, node_id: Option<&str>, message: &str) {
        self.log(v1::LogLevel::Warning, node_id, message);
    }

    fn cancelled(&self) -> bool {
        // A cancellation ends the process as soon as it is heard, so nobody is left to ask.
        false
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::frames;

    #[test]
    fn the_fraction_never_falls_and_leaves_one_to_success() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let teller = Teller::new(Link::new(ours));
        let phases = [
            Phase::LoadingData,
            Phase::Fitting,
            Phase::Preparing,
            Phase::Evaluating,
            Phase::Saving,
        ];
        for phase in phases {
            teller.phase(phase);
            for completed in 0..=1000 {
                teller.step(Step {
                    completed,
                    total: 1000,
                    unit: "trees",
                });
            }
        }
        drop(teller);
        let mut fractions = Vec::new();
        while let Some(Body::Progress(update)) = frames::read(&mut theirs).unwrap() {
            fractions.push(update.progress.unwrap().fraction);
        }
        assert!(
            fractions.is_sorted() && fractions.iter().all(|fraction| *fraction < 1.0),
            "{fractions:?}"
        );
        assert!(
            (10..100).contains(&fractions.len()),
            "thinned, but each phase is told: {}",
            fractions.len()
        );
    }
}
