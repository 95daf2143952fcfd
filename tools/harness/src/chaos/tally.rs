//! What became of the work, and how much of it there must have been: faults prove nothing where they met nobody.

use std::collections::BTreeMap;

use messages::v1::{FailureKind, JobState};

use super::{
    facts::Facts,
    history::{Entry, Line},
    schedule::scaled,
};

/// The least of each in 60 seconds: of 200 jobs 10 % sent twice, 3 % short of memory, 2 % poison and 8 % cancelled; of
/// the last half, because a job may end before its cancellation comes.
const LEAST: [(&str, usize); 5] = [
    ("jobs", 200),
    ("sent_twice", 20),
    ("out_of_memory", 6),
    ("poison", 4),
    ("cancelled", 8),
];

/// The least of each in a run of `seconds`.
#[must_use]
pub(crate) fn least(seconds: u64) -> BTreeMap<&'static str, usize> {
    LEAST.map(|(what, least)| (what, scaled(least, seconds))).into()
}

/// How many jobs there were, and how many of each kind that must not be missing.
#[must_use]
pub(crate) fn count(history: &[Line], facts: &Facts) -> BTreeMap<&'static str, usize> {
    let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
    for line in history {
        if let Entry::Submitted { request_id, .. } = &line.entry {
            *answers.entry(request_id).or_default() += 1;
        }
    }
    let mut counts: BTreeMap<_, _> = LEAST.map(|(what, _)| (what, 0)).into();
    counts.insert(
        "sent_twice",
        answers.values().filter(|answers| **answers > 1).count(),
    );
    let mut add = |what| *counts.entry(what).or_default() += 1;
    for job in facts.jobs.values().map(|job| &job.job) {
        add("jobs");
        if job.state() == JobState::Cancelled {
            add("cancelled");
        }
        match job.failure.as_ref().map(|failure| failure.kind()) {
            Some(FailureKind::OutOfMemory) => add("out_of_memory"),
            Some(FailureKind::InvalidData | FailureKind::InvalidSpec) => add("poison"),
            Some(_) | None => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use messages::v1::Failure;

    use super::*;
    use crate::chaos::{checks::testing::succeeded, workload::Fate};

    #[test]
    fn jobs_are_counted_by_their_ends_and_requests_by_their_answers() {
        let submitted = |request_id: &str| Line {
            at_ms: 0,
            entry: Entry::Submitted {
                request_id: request_id.to_owned(),
                fate: Fate::Quick,
                jobs: Vec::new(),
                created: true,
                tries: 1,
            },
        };
        let history = [submitted("a"), submitted("b"), submitted("a")];
        let mut facts = Facts::default();
        let ends = [
            (JobState::Succeeded, None),
            (JobState::Cancelled, None),
            (JobState::Failed, Some(FailureKind::OutOfMemory)),
            (JobState::Failed, Some(FailureKind::InvalidData)),
        ];
        for (i, (state, kind)) in ends.into_iter().enumerate() {
            let mut job = succeeded();
            job.job.state = state.into();
            job.job.failure = kind.map(|kind| Failure {
                kind: kind.into(),
                ..Default::default()
            });
            facts.jobs.insert(i.to_string(), job);
        }
        let counted = count(&history, &facts);
        assert_eq!(
            counted,
            [
                ("jobs", 4),
                ("sent_twice", 1),
                ("out_of_memory", 1),
                ("poison", 1),
                ("cancelled", 1)
            ]
            .into()
        );
        assert_eq!(counted.len(), least(60).len());
    }
}
