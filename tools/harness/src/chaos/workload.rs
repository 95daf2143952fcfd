//! What is submitted when, and what is to become of it: drawn from the seed before anything starts.

use std::time::Duration;

use messages::v1;
use serde::{Deserialize, Serialize};

use super::random::Random;
use crate::client::{model, submission};

/// The table of quick jobs, and of those that take a second or so.
pub(crate) const SMALL: &str = "small";
/// A table that takes a forest a second or so.
pub(crate) const LARGE: &str = "large";
/// A data source whose file is not there.
pub(crate) const ABSENT: &str = "absent";

/// Memory that no attempt gets along with, in bytes.
const TOO_LITTLE: i64 = 4 << 20;
/// Attempts that may fail: enough that no number of deaths around a job fails it.
const MANY: i32 = 100;

/// What jobs are made for, and so how they must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    /// To succeed at once.
    Quick,
    /// To succeed after a second or so, in which something may happen.
    Long,
    /// To be cancelled, unless it is too late.
    Cancelled,
    /// To succeed although its process is killed once or twice.
    Crashing,
    /// To fail for want of memory.
    OutOfMemory,
    /// To fail for its graph or its data, whoever tries.
    Poison,
}

/// Shares of all jobs, in parts of a thousand; the rest is quick.
const SHARES: [(Fate, usize); 5] = [
    (Fate::Long, 60),
    (Fate::Cancelled, 80),
    (Fate::Crashing, 50),
    (Fate::OutOfMemory, 30),
    (Fate::Poison, 20),
];
/// Submissions sent twice, in parts of a thousand.
const TWICE: usize = 100;
/// The share of quick submissions with two models, of those started later, and of jobs watched.
const PAIRS: f64 = 0.10;
const DEFERRED: f64 = 0.05;
const WATCHED: f64 = 0.50;

/// A submission to be made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Planned {
    /// When, from the beginning of the run.
    pub(crate) at: Duration,
    /// What is sent.
    pub(crate) request: v1::SubmitTrainingJobRequest,
    /// What its jobs are made for.
    pub(crate) fate: Fate,
    /// After how long it is sent again, if it is; at once means beside the first.
    pub(crate) again_after: Option<Duration>,
    /// How long after its submission it is started, if not by it, or cancelled, if it is to be.
    pub(crate) wait: Duration,
    /// How often its process is killed.
    pub(crate) crashes: usize,
    /// How each watcher of its jobs begins.
    pub(crate) watchers: Vec<From>,
}

/// Where a watcher begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// With the first event.
    Beginning,
    /// With a snapshot.
    Snapshot,
}

/// Draws submissions of at least `jobs` jobs over `seconds`.
#[must_use]
pub(crate) fn draw(seed: u64, jobs: usize, seconds: u64) -> Vec<Planned> {
    let mut random = Random::new(seed, "jobs");
    let share = |share: usize| (jobs * share).div_ceil(1000);
    let mut fates: Vec<Fate> = SHARES
        .iter()
        .flat_map(|(fate, of)| vec![*fate; share(*of)])
        .collect();
    fates.resize(jobs.max(fates.len()), Fate::Quick);
    random.shuffle(&mut fates);
    let mut twice = vec![true; share(TWICE)];
    twice.resize(fates.len(), false);
    random.shuffle(&mut twice);
    let span = seconds as f64;
    let every = span / fates.len() as f64;
    let mut plan = |(i, (fate, twice)): (usize, (Fate, bool))| {
        let at = Duration::from_secs_f64(every * i as f64) + random.seconds(0.0..every);
        let mut planned = one(at, &format!("chaos-{seed}-{i}"), fate, &mut random);
        planned.again_after = twice.then(|| match random.chance(0.5) {
            true => Duration::ZERO,
            false => random.seconds(0.1..5.0),
        });
        planned
    };
    fates.into_iter().zip(twice).enumerate().map(&mut plan).collect()
}

fn one(at: Duration, request_id: &str, fate: Fate, random: &mut Random) -> Planned {
    let mut request = match fate {
        Fate::Quick => submission(SMALL, "label", quick_models(random)),
        Fate::Cancelled if random.chance(0.2) => submission(SMALL, "label", quick_models(random)),
        // Long enough for the cancellation to come in time even where fits are quick.
        Fate::Cancelled => submission(LARGE, "label", vec![forest(5000.0, 25.0)]),
        Fate::Long | Fate::Crashing => submission(LARGE, "label", vec![slow_model(random)]),
        // By the estimate, which leaves out the program itself, it has room.
        Fate::OutOfMemory => submission(LARGE, "label", vec![forest(10_000.0, 1.0)]),
        Fate::Poison if random.chance(0.5) => submission(ABSENT, "label", vec![slow_model(random)]),
        Fate::Poison => submission(SMALL, "no such column", quick_models(random)),
    };
    request.request_id = request_id.to_owned();
    request.pipeline_id = "chaos".to_owned();
    if random.chance(DEFERRED) {
        request.run_training = Some(false);
    }
    request.policy = Some(policy(fate));
    let mut watchers = Vec::new();
    while random.chance(WATCHED) && watchers.len() < 3 {
        let begins = if random.chance(0.7) {
            From::Beginning
        } else {
            From::Snapshot
        };
        watchers.push(begins);
    }
    Planned {
        at,
        request,
        fate,
        again_after: None,
        wait: random.seconds(0.0..2.0),
        crashes: if fate == Fate::Crashing {
            1 + random.below(2)
        } else {
            0
        },
        watchers,
    }
}

fn quick_models(random: &mut Random) -> Vec<v1::ModelChoice> {
    let one = |random: &mut Random| match random.chance(0.5) {
        true => model("logistic_regression", &[]),
        false => model("random_forest_classifier", &[("n_estimators", 5.0)]),
    };
    let mut models = vec![one(random)];
    if random.chance(PAIRS) {
        models.push(one(random));
    }
    models
}

fn slow_model(random: &mut Random) -> v1::ModelChoice {
    forest(200.0 + (random.unit() * 400.0).floor(), 25.0)
}

fn forest(trees: f64, depth: f64) -> v1::ModelChoice {
    model(
        "random_forest_classifier",
        &[("n_estimators", trees), ("max_depth", depth)],
    )
}

fn policy(fate: Fate) -> v1::JobPolicy {
    let seconds = |seconds| prost_types::Duration { seconds, nanos: 0 };
    v1::JobPolicy {
        cancel_grace: Some(seconds(1)),
        retry: Some(v1::RetryPolicy {
            max_attempts: MANY,
            initial_backoff: Some(prost_types::Duration {
                seconds: 0,
                nanos: 100_000_000,
            }),
            factor: 2.0,
            max_backoff: Some(seconds(1)),
        }),
        memory_limit_bytes: match fate {
            Fate::OutOfMemory => TOO_LITTLE,
            Fate::Quick | Fate::Long | Fate::Cancelled | Fate::Crashing | Fate::Poison => 0,
        },
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fate_has_its_share_and_every_request_an_id_of_its_own() {
        let planned = draw(1, 200, 60);
        let share = |fate| planned.iter().filter(|planned| planned.fate == fate).count();
        assert_eq!(share(Fate::Cancelled), 16);
        assert_eq!(share(Fate::Crashing), 10);
        assert_eq!(share(Fate::OutOfMemory), 6);
        assert_eq!(share(Fate::Poison), 4);
        let ids: BTreeSet<&str> = planned
            .iter()
            .map(|planned| planned.request.request_id.as_str())
            .collect();
        assert_eq!(ids.len(), 200);
        assert!(planned.iter().all(|planned| planned.at < Duration::from_secs(60)));
        let twice = planned.iter().filter(|planned| planned.again_after.is_some());
        assert_eq!(twice.count(), 20);
        assert!(
            planned
                .iter()
                .filter(|planned| !planned.watchers.is_empty())
                .count()
                > 60
        );
    }

    #[test]
    fn a_seed_names_one_workload() {
        assert_eq!(draw(1, 50, 60), draw(1, 50, 60));
        assert_ne!(draw(1, 50, 60), draw(2, 50, 60));
    }
}
