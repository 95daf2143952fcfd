//! What a run came to, as one JSON object.

use std::{borrow::Borrow, collections::BTreeMap};

use serde::Serialize;

use super::{
    Options,
    checks::Violation,
    counters::Counted,
    facts::Facts,
    has_ended,
    history::{Entry, Line},
    lanes::{CHILD_KILLED, LEAST_KILLED},
    schedule::{self, scaled},
    tally,
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
    /// Jobs that were made, and how many of them were of each kind that must not be missing.
    pub workload: BTreeMap<&'static str, usize>,
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
    /// Sums a run up. Too little work or too few faults are a violation, and so is a panic.
    #[must_use]
    pub(super) fn new(
        options: &Options,
        history: &[Line],
        facts: &Facts,
        counted: Counted,
        mut violations: Vec<Violation>,
    ) -> Self {
        let mut faults: BTreeMap<String, usize> = BTreeMap::new();
        for line in history {
            if let Entry::Fault { fault, .. } = &line.entry {
                *faults.entry(fault.clone()).or_default() += 1;
            }
        }
        let mut least = schedule::least(options.database, options.seconds);
        least.insert(CHILD_KILLED, scaled(LEAST_KILLED, options.seconds));
        violations.extend(missing("faults", &faults, &least));
        let workload = tally::count(history, facts);
        violations.extend(missing("workload", &workload, &tally::least(options.seconds)));
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
            workload,
            terminal,
            faults,
            violations,
            drain_s: None,
            counters: counted.counters,
            directory: None,
        }
    }
}

/// What there was too little of.
fn missing<K: Ord + Borrow<str>>(
    rule: &str,
    counted: &BTreeMap<K, usize>,
    least: &BTreeMap<&'static str, usize>,
) -> Vec<Violation> {
    let count = |what: &str| counted.get(what).copied().unwrap_or(0);
    least
        .iter()
        .filter(|(what, least)| count(what) < **least)
        .map(|(what, least)| Violation::new(rule, "", format!("{what}: {} of at least {least}", count(what))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_too_rarely_or_never_is_found() {
        let least = [("killed", 2), ("stopped", 1), ("wiped", 1)].into();
        let counted = [("killed".to_owned(), 1), ("wiped".to_owned(), 1)].into();
        let found = missing("faults", &counted, &least);
        let found: Vec<&str> = found.iter().map(|violation| violation.found.as_str()).collect();
        assert_eq!(found, ["killed: 1 of at least 2", "stopped: 0 of at least 1"]);
    }
}
