//! Every watcher was told what the table holds, from where it began to the end, each event once and in order.

use std::collections::BTreeMap;

use super::Violation;
use crate::chaos::{
    facts::Facts,
    history::{Entry, Line},
    watchers::fingerprint,
};

const RULE: &str = "watched";

/// What a watcher was told.
#[derive(Default)]
struct Told<'a> {
    job_id: &'a str,
    begins_after: i64,
    events: Vec<(i64, &'a str)>,
    ended: bool,
}

pub(super) fn check(history: &[Line], facts: &Facts, found: &mut Vec<Violation>) {
    let mut watchers: BTreeMap<usize, Told<'_>> = BTreeMap::new();
    for line in history {
        match &line.entry {
            Entry::WatchBegun {
                watcher,
                job_id,
                after,
            } => {
                let told = watchers.entry(*watcher).or_default();
                (told.job_id, told.begins_after) = (job_id, *after);
            }
            Entry::Watched {
                watcher,
                event_no,
                sha256,
            } => watchers
                .entry(*watcher)
                .or_default()
                .events
                .push((*event_no, sha256)),
            Entry::WatchEnded { watcher } => watchers.entry(*watcher).or_default().ended = true,
            Entry::Submitted { .. } | Entry::Cancelled { .. } | Entry::Fault { .. } | Entry::Wrong { .. } => {
            }
        }
    }
    for (number, told) in watchers {
        if let Err(what) = same(&told, facts) {
            found.push(Violation::new(
                RULE,
                told.job_id,
                format!("watcher {number}: {what}"),
            ));
        }
    }
}

fn same(told: &Told<'_>, facts: &Facts) -> Result<(), String> {
    let Some(job) = facts.jobs.get(told.job_id) else {
        return Err("the job is not there".to_owned());
    };
    if !told.ended {
        let last = told.events.last().map(|(no, _)| *no);
        return Err(format!(
            "it was not told of the end, after {last:?} of {}",
            job.job.event_no
        ));
    }
    let table: Vec<(i64, String)> = job
        .events
        .iter()
        .filter(|event| event.event_no > told.begins_after)
        .map(|event| (event.event_no, fingerprint(event)))
        .collect();
    let agrees = table
        .iter()
        .map(|(no, sha256)| (*no, sha256.as_str()))
        .eq(told.events.iter().copied());
    if agrees {
        return Ok(());
    }
    let numbers: Vec<i64> = told.events.iter().map(|(no, _)| *no).collect();
    let held: Vec<i64> = table.iter().map(|(no, _)| *no).collect();
    Err(if numbers == held {
        "the events it was told differ from those of the table".to_owned()
    } else {
        format!("it was told {numbers:?}, the table holds {held:?}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::checks::testing::{rules, succeeded};

    fn facts() -> Facts {
        let jobs = [("job".to_owned(), succeeded())].into();
        Facts { jobs }
    }

    /// What a good watcher that begins after event `after` writes down.
    fn history(after: i64) -> Vec<Entry> {
        let (watcher, job_id) = (7, "job".to_owned());
        let mut entries = vec![Entry::WatchBegun {
            watcher,
            job_id,
            after,
        }];
        let job = succeeded();
        let events = job.events.iter().filter(|event| event.event_no > after);
        entries.extend(events.map(|event| Entry::Watched {
            watcher,
            event_no: event.event_no,
            sha256: fingerprint(event),
        }));
        entries.push(Entry::WatchEnded { watcher });
        entries
    }

    fn is_broken(entries: Vec<Entry>) -> bool {
        let lines: Vec<Line> = entries
            .into_iter()
            .map(|entry| Line { at_ms: 0, entry })
            .collect();
        rules(|found| check(&lines, &facts(), found)) == [RULE]
    }

    #[test]
    fn all_of_it_or_all_since_a_snapshot_breaks_no_rule() {
        assert!(!is_broken(history(0)));
        assert!(!is_broken(history(3)));
    }

    #[test]
    fn a_missing_a_repeated_and_a_different_event_are_found() {
        let mut missing = history(0);
        missing.remove(3);
        assert!(is_broken(missing));
        let mut repeated = history(0);
        repeated.insert(3, repeated[3].clone());
        assert!(is_broken(repeated));
        let mut different = history(0);
        if let Entry::Watched { sha256, .. } = &mut different[3] {
            *sha256 = "another".into();
        }
        assert!(is_broken(different));
    }

    #[test]
    fn a_stream_without_an_end_is_found() {
        let mut endless = history(0);
        endless.pop();
        assert!(is_broken(endless));
    }
}
