//! What several runs came to together, as one JSON object.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Report, Violation};

/// Counters that must not stay at zero, and after how many seconds of faults: a zero says that the faults missed. A wipe
/// needs a message in the queue to lose, and where jobs are quick most find none.
const MET: [(&str, u64); 4] = [
    ("fenced_beats", 60),
    ("stale_events", 60),
    ("denied_claims", 60),
    ("reemissions", 300),
];

/// What runs came to together.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Each of them.
    pub runs: Vec<Report>,
    /// Their counters, added up.
    pub counters: BTreeMap<&'static str, u64>,
    /// What none of them alone shows.
    pub violations: Vec<Violation>,
}

impl Summary {
    /// Adds runs up.
    #[must_use]
    pub fn new(runs: Vec<Report>) -> Self {
        let mut counters = BTreeMap::new();
        for (name, count) in runs.iter().flat_map(|run| &run.counters) {
            *counters.entry(*name).or_default() += count;
        }
        let seconds = runs.iter().map(|run| run.seconds).sum();
        Self {
            violations: missed(&counters, seconds),
            runs,
            counters,
        }
    }

    /// Whether every promise was kept, and put to the test.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.violations.is_empty() && self.runs.iter().all(|run| run.violations.is_empty())
    }
}

fn missed(counters: &BTreeMap<&'static str, u64>, seconds: u64) -> Vec<Violation> {
    let zero = |name: &str| counters.get(name).is_none_or(|count| *count == 0);
    MET.into_iter()
        .filter(|(name, after)| seconds >= *after && zero(name))
        .map(|(name, _)| Violation::new("missed", "", format!("no {name} in {seconds} seconds")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_stays_at_zero_for_long_enough_is_found() {
        let counters = [("fenced_beats", 3), ("stale_events", 1), ("denied_claims", 0)].into();
        let found = |seconds| -> Vec<String> {
            let missed = missed(&counters, seconds).into_iter();
            missed.map(|violation| violation.found).collect()
        };
        assert!(found(59).is_empty());
        assert_eq!(found(60), ["no denied_claims in 60 seconds"]);
        assert_eq!(
            found(300),
            ["no denied_claims in 300 seconds", "no reemissions in 300 seconds"]
        );
    }
}
