//! Attempts only grow, each ran under one lease, and what is told between a claim and its end is the holder's.

use std::collections::BTreeSet;

use messages::v1::{JobState, job_event::Payload};

use super::Violation;
use crate::chaos::facts::Job;

pub(super) fn check(job: &Job, found: &mut Vec<Violation>) {
    let mut wrong = |what: String| found.push(Violation::new("attempts", &job.job.job_id, what));
    let numbers: Vec<i32> = job.job.attempts.iter().map(|attempt| attempt.attempt).collect();
    if !numbers.is_sorted_by(|one, next| one < next) {
        wrong(format!("their numbers are {numbers:?}"));
    }
    let leases: BTreeSet<&str> = job
        .job
        .attempts
        .iter()
        .map(|attempt| attempt.lease_id.as_str())
        .collect();
    if leases.len() != numbers.len() {
        wrong(format!(
            "{} attempts ran under {} leases",
            numbers.len(),
            leases.len()
        ));
    }
    if numbers.last().is_some_and(|last| *last > job.job.attempt) {
        wrong(format!(
            "{numbers:?} were claimed, the job is at {}",
            job.job.attempt
        ));
    }
    for attempt in job
        .job
        .attempts
        .iter()
        .filter(|attempt| attempt.outcome.is_empty())
    {
        wrong(format!("attempt {} never ended", attempt.attempt));
    }
    let mut claimed = Vec::new();
    // The attempt that runs, if one does.
    let mut running = None;
    for event in &job.events {
        let (no, attempt) = (event.event_no, event.attempt);
        match &event.payload {
            Some(Payload::State(change)) => match change.to() {
                JobState::Running => {
                    claimed.push(attempt);
                    running = Some(attempt);
                }
                JobState::Cancelling => {}
                JobState::Unspecified
                | JobState::Created
                | JobState::Queued
                | JobState::Succeeded
                | JobState::Failed
                | JobState::Cancelled => running = None,
            },
            Some(Payload::Progress(_) | Payload::Metric(_) | Payload::Log(_) | Payload::Node(_)) => {
                if running != Some(attempt) {
                    wrong(format!(
                        "event {no} is of attempt {attempt} while {running:?} runs"
                    ));
                }
            }
            Some(Payload::Snapshot(_) | Payload::Bookmark(_)) | None => {
                wrong(format!("event {no} is none of a history"));
            }
        }
    }
    if claimed != numbers {
        wrong(format!(
            "{claimed:?} were claimed as the history has it, {numbers:?} as the table has"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::checks::testing::{rules, succeeded};

    fn broken(job: &Job) -> bool {
        rules(|found| check(job, found)) == ["attempts"]
    }

    #[test]
    fn sound_attempts_break_no_rule() {
        assert!(rules(|found| check(&succeeded(), found)).is_empty());
    }

    #[test]
    fn an_attempt_claimed_twice_is_found() {
        let mut job = succeeded();
        job.events[5].attempt = 1;
        assert!(broken(&job));
    }

    #[test]
    fn one_lease_for_two_attempts_is_found() {
        let mut job = succeeded();
        job.job.attempts[1].lease_id = "one".into();
        assert!(broken(&job));
    }

    #[test]
    fn the_word_of_an_attempt_that_does_not_run_is_found() {
        let mut job = succeeded();
        job.events[6].attempt = 1;
        assert!(broken(&job));
    }

    #[test]
    fn an_attempt_without_an_end_is_found() {
        let mut job = succeeded();
        job.job.attempts[0].outcome.clear();
        assert!(broken(&job));
    }
}
