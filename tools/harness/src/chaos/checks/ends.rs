//! A job ends exactly once, its history has no gaps and no jumps, and progress tells no lies.

use messages::{
    convert,
    v1::{self, JobState, job_event::Payload},
};

use super::Violation;
use crate::chaos::facts::Job;

pub(super) fn check(job: &Job, found: &mut Vec<Violation>) {
    let mut wrong = |rule, what: String| found.push(Violation::new(rule, &job.job.job_id, what));
    let numbers: Vec<i64> = job.events.iter().map(|event| event.event_no).collect();
    if !numbers.iter().copied().eq(1..=job.job.event_no) {
        wrong("gapless", format!("events {numbers:?} of {}", job.job.event_no));
    }
    let states: Vec<(usize, &v1::StateChange)> = job
        .events
        .iter()
        .enumerate()
        .filter_map(|(i, event)| match &event.payload {
            Some(Payload::State(change)) => Some((i, change)),
            Some(
                Payload::Snapshot(_)
                | Payload::Progress(_)
                | Payload::Metric(_)
                | Payload::Log(_)
                | Payload::Bookmark(_)
                | Payload::Node(_),
            )
            | None => None,
        })
        .collect();
    let terminal: Vec<usize> = states
        .iter()
        .filter(|(_, change)| is_terminal(change.to()))
        .map(|(i, _)| *i)
        .collect();
    if terminal != [job.events.len().wrapping_sub(1)] {
        wrong(
            "ends_once",
            format!("terminal events at {terminal:?} of {}", job.events.len()),
        );
    }
    let mut before = JobState::Unspecified;
    for (i, change) in &states {
        if change.from() != before || !may_follow(before, change.to()) {
            let (from, to) = (change.from().as_str_name(), change.to().as_str_name());
            wrong(
                "transitions",
                format!("event {}: {from} to {to} after {}", i + 1, before.as_str_name()),
            );
        }
        before = change.to();
    }
    if before != job.job.state() {
        let (row, last) = (job.job.state().as_str_name(), before.as_str_name());
        wrong("ends_once", format!("the job is {row}, its history ends {last}"));
    }
    progress(job, &mut wrong);
}

/// Progress never falls within an attempt, and 1 means success.
fn progress(job: &Job, wrong: &mut impl FnMut(&'static str, String)) {
    let mut highest = (0, 0.0);
    for event in &job.events {
        let Some(Payload::Progress(update)) = &event.payload else {
            continue;
        };
        let fraction = update.progress.as_ref().map_or(0.0, |progress| progress.fraction);
        if event.attempt == highest.0 && fraction < highest.1 {
            let (no, attempt) = (event.event_no, event.attempt);
            wrong(
                "progress",
                format!(
                    "event {no}: from {} to {fraction} in attempt {attempt}",
                    highest.1
                ),
            );
        }
        if fraction >= 1.0 {
            wrong(
                "progress",
                format!("event {}: {fraction} before the end", event.event_no),
            );
        }
        highest = (event.attempt, fraction);
    }
    let shown = job
        .job
        .progress
        .as_ref()
        .map_or(0.0, |progress| progress.fraction);
    if (shown >= 1.0) != (job.job.state() == JobState::Succeeded) {
        wrong(
            "progress",
            format!("{shown} in state {}", job.job.state().as_str_name()),
        );
    }
}

pub(super) fn is_terminal(state: JobState) -> bool {
    convert::state_from_pb(state).is_some_and(|state| state.is_terminal())
}

/// Whether a job that stands at `from` may stand at `to` next.
fn may_follow(from: JobState, to: JobState) -> bool {
    use JobState::{Cancelled, Cancelling, Created, Failed, Queued, Running, Succeeded, Unspecified};
    match from {
        Unspecified => matches!(to, Created | Queued),
        Created => matches!(to, Queued | Cancelled),
        Queued => matches!(to, Running | Cancelled | Failed),
        Running => matches!(to, Queued | Cancelling | Succeeded | Failed),
        Cancelling => matches!(to, Cancelled | Failed),
        Succeeded | Failed | Cancelled => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::checks::testing::{progressed, rules, succeeded};

    #[test]
    fn a_sound_history_breaks_no_rule() {
        assert_eq!(rules(|found| check(&succeeded(), found)), Vec::<String>::new());
    }

    #[test]
    fn a_second_end_is_found() {
        let mut job = succeeded();
        let mut again = job.events.last().cloned().unwrap();
        again.event_no += 1;
        job.job.event_no += 1;
        job.events.push(again);
        assert_eq!(rules(|found| check(&job, found)), ["ends_once", "transitions"]);
    }

    #[test]
    fn a_gap_is_found() {
        let mut job = succeeded();
        job.events.remove(2);
        assert_eq!(rules(|found| check(&job, found)), ["gapless"]);
    }

    #[test]
    fn progress_that_falls_or_promises_too_much_is_found() {
        let mut job = succeeded();
        job.events[2].payload = Some(progressed(0.7));
        assert_eq!(rules(|found| check(&job, found)), ["progress"]);
        job.events[2].payload = Some(progressed(0.1));
        job.events[3].payload = Some(progressed(1.0));
        assert_eq!(rules(|found| check(&job, found)), ["progress"]);
    }

    #[test]
    fn an_end_that_the_row_does_not_know_is_found() {
        let mut job = succeeded();
        job.job.state = JobState::Running.into();
        job.job.progress = None;
        assert_eq!(rules(|found| check(&job, found)), ["ends_once"]);
    }
}
