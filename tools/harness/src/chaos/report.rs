//! What a run came to, as one JSON object.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Options,
    checks::Violation,
    counters::Counted,
    facts::Facts,
    has_ended,
    history::{Entry, Line},
    schedule::least,
};
use crate::Database;

/// What a run came to.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What the run can be repeated with.
    pub seed: u64,
    /// The database.
    pub database: &'static str,
    /// Replicas of the job-service.
    pub replicas: usize,
    /// How long there were faults.
    pub seconds: u64,
    /// Jobs that were made.
    pub jobs: usize,
    /// Jobs that ended, by state.
    pub terminal: BTreeMap<&'static str, usize>,
    /// Faults that happened, by kind.
    pub faults: BTreeMap<String, usize>,
    /// Everything that must not be.
    pub violations: Vec<Violation>,
    /// Seconds from the last fault until nothing was left to do; none if that never came.
    pub drain_s: Option<f64>,
    /// What the processes said of themselves.
    pub counters: BTreeMap<&'static str, u64>,
    /// Where everything lies, if it was kept.
    pub directory: Option<String>,
}

impl Report {
    /// Sums a run up. A fault that happened too rarely is a violation, and so is a panic.
    #[must_use]
    pub(super) fn new(
        options: &Options,
        history: &[Line],
        facts: &Facts,
        counted: Counted,
        mut violations: Vec<Violation>,
    ) -> Self {
        let mut faults = BTreeMap::new();
        for line in history {
            if let Entry::Fault { fault, .. } = &line.entry {
                *faults.entry(fault.clone()).or_default() += 1;
            }
        }
        for (fault, least) in least(options.database, options.seconds) {
            let happened = faults.get(fault).copied().unwrap_or(0);
            if happened < least {
                let found = format!("{fault} happened {happened} times of at least {least}");
                violations.push(Violation::new("faults", "", found));
            }
        }
        violations.extend(
            counted
                .panics
                .iter()
                .map(|panic| Violation::new("panics", "", panic)),
        );
        let mut terminal = BTreeMap::new();
        for job in facts.jobs.values().filter(|job| has_ended(job)) {
            *terminal.entry(job.job.state().as_str_name()).or_default() += 1;
        }
        Self {
            seed: options.seed,
            database: match options.database {
                Database::Sqlite => "sqlite",
                Database::Postgres => "postgres",
            },
            replicas: options.replicas,
            seconds: options.seconds,
            jobs: facts.jobs.len(),
            terminal,
            faults,
            violations,
            drain_s: None,
            counters: counted.counters,
            directory: None,
        }
    }
}
