//! No answered submission is lost and none has made more than it said; every version is handed out once; jobs end as
//! they were made to.

use std::collections::{BTreeMap, BTreeSet};

use messages::v1::{FailureKind, JobState};

use super::{Violation, ends::is_terminal};
use crate::chaos::{
    facts::{Facts, Job},
    history::{Entry, Line, Made},
    workload::Fate,
};

/// The jobs an answer names, and whether its call made them.
type Answer<'a> = (&'a [Made], bool);

pub(super) fn check(history: &[Line], facts: &Facts, found: &mut Vec<Violation>) {
    let mut answers: BTreeMap<&str, (Fate, Vec<Answer<'_>>)> = BTreeMap::new();
    for line in history {
        if let Entry::Submitted {
            request_id,
            fate,
            jobs,
            created,
            ..
        } = &line.entry
        {
            let of_request = answers.entry(request_id).or_insert((*fate, Vec::new()));
            of_request.1.push((jobs, *created));
        }
    }
    let mut made = BTreeMap::new();
    for (request_id, (fate, answers)) in &answers {
        one_request(request_id, answers, found);
        made.extend(answers[0].0.iter().map(|job| (job.job_id.as_str(), (*fate, job))));
    }
    for (job_id, (fate, promised)) in &made {
        match facts.jobs.get(*job_id) {
            Some(job) => kept(job, *fate, promised, found),
            None => found.push(Violation::new("lost", job_id, "it was made and is not there")),
        }
    }
    for job_id in facts
        .jobs
        .keys()
        .filter(|job_id| !made.contains_key(job_id.as_str()))
    {
        found.push(Violation::new("unasked", job_id, "no answer names it"));
    }
    versions(facts, found);
    cancellations(history, facts, found);
}

/// All answers to a request name the same jobs, and one call at most made them.
fn one_request(request_id: &str, answers: &[Answer<'_>], found: &mut Vec<Violation>) {
    let mut wrong = |what: String| {
        found.push(Violation::new(
            "duplicates",
            "",
            format!("request {request_id}: {what}"),
        ));
    };
    if answers
        .iter()
        .any(|(jobs, _)| jobs.is_empty() || *jobs != answers[0].0)
    {
        wrong(format!("it was answered with different jobs: {answers:?}"));
    }
    let made = answers.iter().filter(|(_, created)| *created).count();
    if made > 1 {
        wrong(format!("{made} calls made its jobs"));
    }
}

/// What a job was promised to be, and made for, it is.
fn kept(job: &Job, fate: Fate, promised: &Made, found: &mut Vec<Violation>) {
    let (id, state) = (&job.job.job_id, job.job.state());
    if (job.job.version, &job.job.model_type) != (promised.version, &promised.model_type) {
        let what = format!("promised as {promised:?}, is version {}", job.job.version);
        found.push(Violation::new("versions", id, what));
    }
    if !is_terminal(state) {
        found.push(Violation::new("stuck", id, state.as_str_name()));
        return;
    }
    let failure = job.job.failure.as_ref().map(|failure| failure.kind());
    let as_made = match fate {
        Fate::Quick | Fate::Long | Fate::Crashing => state == JobState::Succeeded,
        Fate::Cancelled => matches!(state, JobState::Cancelled | JobState::Succeeded),
        Fate::OutOfMemory => failure == Some(FailureKind::OutOfMemory),
        Fate::Poison => {
            matches!(failure, Some(FailureKind::InvalidData | FailureKind::InvalidSpec))
        }
    };
    if !as_made {
        let what = format!(
            "made for {fate:?}, ended {} {:?}",
            state.as_str_name(),
            job.job.failure
        );
        found.push(Violation::new("fate", id, what));
    }
}

/// Versions 1 to N of each key, each once.
fn versions(facts: &Facts, found: &mut Vec<Violation>) {
    let mut keys: BTreeMap<(&str, &str, &str), Vec<i64>> = BTreeMap::new();
    for job in facts.jobs.values() {
        let job = &job.job;
        let key = (
            job.dataset_source_id.as_str(),
            job.node_id.as_str(),
            job.model_type.as_str(),
        );
        keys.entry(key).or_default().push(job.version);
    }
    for (key, mut versions) in keys {
        versions.sort_unstable();
        if !versions.iter().copied().eq(1..=versions.len() as i64) {
            found.push(Violation::new(
                "versions",
                "",
                format!("{key:?} has {versions:?}"),
            ));
        }
    }
}

/// Who was told that a job is cancelled, or will be, was told the truth; only who asked for it gets it.
fn cancellations(history: &[Line], facts: &Facts, found: &mut Vec<Violation>) {
    let mut asked = BTreeSet::new();
    for line in history {
        let Entry::Cancelled { job_id, state } = &line.entry else {
            continue;
        };
        asked.insert(job_id.as_str());
        let end = facts.jobs.get(job_id).map(|job| job.job.state());
        let told = JobState::from_str_name(state);
        let kept = match told {
            Some(JobState::Cancelled | JobState::Cancelling) => end == Some(JobState::Cancelled),
            Some(JobState::Succeeded | JobState::Failed) => end == told,
            Some(JobState::Unspecified | JobState::Created | JobState::Queued | JobState::Running) | None => {
                false
            }
        };
        if !kept {
            found.push(Violation::new(
                "cancel",
                job_id,
                format!("told {state}, ended {end:?}"),
            ));
        }
    }
    for (job_id, job) in &facts.jobs {
        if job.job.state() == JobState::Cancelled && !asked.contains(job_id.as_str()) {
            found.push(Violation::new(
                "cancel",
                job_id,
                "it was cancelled and nobody was told so",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::checks::testing::{rules, succeeded};

    fn submitted(created: bool) -> Line {
        let job = succeeded().job;
        Line {
            at_ms: 0,
            entry: Entry::Submitted {
                request_id: "r".into(),
                fate: Fate::Quick,
                jobs: vec![Made {
                    job_id: job.job_id,
                    model_type: job.model_type,
                    version: job.version,
                }],
                created,
                tries: 1,
            },
        }
    }

    fn cancelled(state: JobState) -> Line {
        let (job_id, state) = ("job".to_owned(), state.as_str_name().to_owned());
        Line {
            at_ms: 1,
            entry: Entry::Cancelled { job_id, state },
        }
    }

    fn facts(change: impl FnOnce(&mut Job)) -> Facts {
        let mut job = succeeded();
        change(&mut job);
        let jobs = [("job".to_owned(), job)].into();
        Facts { jobs }
    }

    fn broken(history: &[Line], facts: &Facts) -> Vec<String> {
        rules(|found| check(history, facts, found))
    }

    #[test]
    fn a_kept_promise_breaks_no_rule() {
        let history = [submitted(true), submitted(false), cancelled(JobState::Succeeded)];
        assert!(broken(&history, &facts(|_| {})).is_empty());
    }

    #[test]
    fn a_lost_job_and_one_that_nobody_asked_for_are_found() {
        assert_eq!(broken(&[submitted(true)], &Facts::default()), ["lost"]);
        assert_eq!(broken(&[], &facts(|_| {})), ["unasked"]);
    }

    #[test]
    fn a_request_that_made_its_jobs_twice_is_found() {
        assert_eq!(
            broken(&[submitted(true), submitted(true)], &facts(|_| {})),
            ["duplicates"]
        );
        let mut other = submitted(false);
        if let Entry::Submitted { jobs, .. } = &mut other.entry {
            jobs[0].job_id = "other".into();
        }
        assert_eq!(broken(&[submitted(true), other], &facts(|_| {})), ["duplicates"]);
    }

    #[test]
    fn a_version_that_is_missing_is_found() {
        assert_eq!(
            broken(&[submitted(true)], &facts(|job| job.job.version = 2)),
            ["versions"]
        );
    }

    #[test]
    fn a_job_that_ended_otherwise_or_not_at_all_is_found() {
        let failed = facts(|job| job.job.state = JobState::Failed.into());
        assert_eq!(broken(&[submitted(true)], &failed), ["fate"]);
        let running = facts(|job| job.job.state = JobState::Running.into());
        assert_eq!(broken(&[submitted(true)], &running), ["stuck"]);
    }

    #[test]
    fn a_cancellation_that_was_answered_and_lost_is_found() {
        let history = [submitted(true), cancelled(JobState::Cancelling)];
        assert_eq!(broken(&history, &facts(|_| {})), ["cancel"]);
        let mut history = [submitted(true)];
        if let Entry::Submitted { fate, .. } = &mut history[0].entry {
            *fate = Fate::Cancelled;
        }
        let unasked = facts(|job| job.job.state = JobState::Cancelled.into());
        assert_eq!(broken(&history, &unasked), ["cancel"]);
    }
}
