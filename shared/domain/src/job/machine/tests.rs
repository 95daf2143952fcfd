use uuid::Uuid;

use std::time::Duration;

use super::*;
use crate::{
    id::{LeaseId, Token},
    job::Policy,
};

const NOW: Time = Time(1_000_000_000);
const TTL: Duration = Duration::from_secs(30);

fn lease_id(n: u128) -> LeaseId {
    LeaseId(Uuid::from_u128(n))
}

fn fence(attempt: i32, lease: u128) -> Fence {
    Fence {
        attempt,
        lease: lease_id(lease),
    }
}

fn trainer() -> Token {
    "trainer-1".parse().unwrap()
}

/// A job in `state`, in attempt 2 after one failure, under lease 7 where a lease is held.
fn job(state: State) -> Job {
    let held = match state {
        State::Running | State::Cancelling | State::Succeeded | State::Failed | State::Cancelled => true,
        State::Created | State::Queued => false,
    };
    Job {
        state,
        phase: Phase::Waiting,
        attempt: 2,
        failures: 1,
        oom_failures: 0,
        lease: held.then(|| Lease {
            id: lease_id(7),
            trainer: trainer(),
            expires_at: NOW + TTL,
        }),
        not_before: NOW,
        stop_reason: (state == State::Cancelling).then_some(StopReason::Cancel),
        deadline: Some(NOW + TTL),
        total_deadline: Some(NOW + 10 * TTL),
        policy: Policy::default(),
    }
}

fn crash() -> Failure {
    Failure::new(FailureKind::Crashed, "CHILD_CRASHED", "signal 9")
}

fn decide(job: &Job, event: &Event) -> Result<Transition, Rejected> {
    apply(
        job,
        event,
        Context {
            now: NOW,
            jitter: 0.0,
        },
    )
}

fn claim_of(attempt: i32, lease: u128) -> Event {
    Event::Claim {
        attempt,
        lease: lease_id(lease),
        trainer: trainer(),
        ttl: TTL,
    }
}

/// One row per event, one column per state: the state that follows, `=` for no change of state, `stale`, `done`.
/// The events come from the holder of attempt 2 under lease 7.
const TABLE: &str = "
                CREATED     QUEUED      RUNNING     CANCELLING  SUCCEEDED FAILED CANCELLED
start           QUEUED      done        done        done        done      done   done
claim           stale       RUNNING     =           stale       stale     stale  stale
claim_other     stale       RUNNING     stale       stale       stale     stale  stale
claim_old       stale       stale       stale       stale       stale     stale  stale
beat            stale       stale       =           =           stale     stale  stale
beat_other      stale       stale       stale       stale       stale     stale  stale
succeeded       stale       stale       SUCCEEDED   CANCELLED   stale     stale  stale
succeeded_other stale       stale       stale       stale       stale     stale  stale
succeeded_old   stale       stale       stale       stale       stale     stale  stale
crashed         stale       stale       QUEUED      CANCELLED   stale     stale  stale
crashed_other   stale       stale       stale       stale       stale     stale  stale
invalid_data    stale       stale       FAILED      CANCELLED   stale     stale  stale
stopped         stale       stale       QUEUED      CANCELLED   stale     stale  stale
expired         stale       stale       QUEUED      CANCELLED   stale     stale  stale
cancel          CANCELLED   CANCELLED   CANCELLING  done        done      done   done
deadline        stale       FAILED      CANCELLING  CANCELLED   stale     stale  stale
deadline_early  stale       stale       stale       stale       stale     stale  stale
";

fn event(name: &str) -> Event {
    let mine = fence(2, 7);
    match name {
        "start" => Event::Start,
        "claim" => claim_of(2, 7),
        "claim_other" => claim_of(2, 8),
        "claim_old" => claim_of(1, 7),
        "beat" => Event::Beat {
            fence: mine,
            ttl: TTL,
        },
        "beat_other" => Event::Beat {
            fence: fence(2, 8),
            ttl: TTL,
        },
        "succeeded" => Event::Succeeded(mine),
        "succeeded_other" => Event::Succeeded(fence(2, 8)),
        "succeeded_old" => Event::Succeeded(fence(1, 7)),
        "crashed" => Event::AttemptFailed(mine, crash()),
        "crashed_other" => Event::AttemptFailed(fence(2, 8), crash()),
        "invalid_data" => Event::AttemptFailed(mine, Failure::new(FailureKind::InvalidData, "X", "x")),
        "stopped" => Event::Stopped(mine),
        "expired" => Event::LeaseExpired(mine),
        "cancel" => Event::Cancel,
        "deadline" | "deadline_early" => Event::DeadlinePassed,
        other => panic!("no event {other}"),
    }
}

#[test]
fn every_state_and_event_pair_ends_as_the_table_says() {
    let mut lines = TABLE.lines().filter(|line| !line.trim().is_empty());
    let states: Vec<State> = lines
        .next()
        .unwrap()
        .split_whitespace()
        .map(|n| State::from_name(n).unwrap())
        .collect();
    assert_eq!(states, State::ALL);
    for line in lines {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap();
        for (state, expected) in states.iter().zip(words) {
            let mut job = job(*state);
            if name == "expired"
                && let Some(lease) = &mut job.lease
            {
                lease.expires_at = NOW;
            }
            if name == "deadline" {
                job.deadline = Some(NOW);
            }
            let got = match decide(&job, &event(name)) {
                Ok(t) if t.change.is_none() => "=",
                Ok(t) => t.job.state.as_str(),
                Err(Rejected::Stale) => "stale",
                Err(Rejected::TooEarly) => "early",
                Err(Rejected::AlreadyDone) => "done",
            };
            assert_eq!(got, expected, "{name} in {}", state.as_str());
        }
    }
}

#[test]
fn terminal_states_absorb_everything() {
    for state in State::ALL.into_iter().filter(|state| state.is_terminal()) {
        for name in TABLE
            .lines()
            .skip(2)
            .filter_map(|line| line.split_whitespace().next())
        {
            assert!(
                decide(&job(state), &event(name)).is_err(),
                "{name} in {}",
                state.as_str()
            );
        }
    }
}

#[test]
fn a_retry_takes_the_next_attempt_and_gives_up_the_lease() {
    let transition = decide(&job(State::Running), &event("crashed")).unwrap();
    let next = transition.job;
    assert_eq!((next.attempt, next.failures, next.lease), (3, 2, None));
    assert_eq!(next.not_before, NOW + Duration::from_secs(2));
    assert_eq!(next.phase, Phase::RetryBackoff);
    let close = Action::CloseAttempt {
        fence: fence(2, 7),
        outcome: "failed",
    };
    assert_eq!(transition.actions, [close, Action::Announce]);
}

#[test]
fn the_last_attempt_allowed_fails_the_job() {
    let mut job = job(State::Running);
    job.failures = 2;
    let transition = decide(&job, &event("crashed")).unwrap();
    assert_eq!(transition.job.state, State::Failed);
    assert_eq!(transition.change.unwrap().reason, "failed 3 times");
    assert_eq!(transition.job.attempt, 2);
}

#[test]
fn want_of_memory_is_retried_once() {
    let oom = |fence| {
        Event::AttemptFailed(
            fence,
            Failure::new(FailureKind::OutOfMemory, "OUT_OF_MEMORY", "x"),
        )
    };
    let mut job = job(State::Running);
    job.failures = 0;
    let first = decide(&job, &oom(fence(2, 7))).unwrap().job;
    assert_eq!(first.state, State::Queued);
    let again = decide(&first, &claim_of(3, 9));
    assert_eq!(again, Err(Rejected::TooEarly));
    let context = Context {
        now: first.not_before,
        jitter: 0.0,
    };
    let running = apply(&first, &claim_of(3, 9), context).unwrap().job;
    assert_eq!(
        decide(&running, &oom(fence(3, 9))).unwrap().job.state,
        State::Failed
    );
}

#[test]
fn a_released_attempt_does_not_count_and_does_not_wait() {
    let next = decide(&job(State::Running), &event("stopped")).unwrap().job;
    assert_eq!((next.state, next.attempt, next.failures), (State::Queued, 3, 1));
    assert_eq!((next.not_before, next.phase), (NOW, Phase::Waiting));
}

#[test]
fn a_lease_that_was_revived_has_not_expired() {
    assert_eq!(
        decide(&job(State::Running), &event("expired")),
        Err(Rejected::Stale)
    );
}

#[test]
fn a_timeout_ends_as_a_failure_whatever_the_trainer_reports() {
    for name in ["succeeded", "crashed", "stopped"] {
        let mut job = job(State::Cancelling);
        job.stop_reason = Some(StopReason::Timeout);
        let transition = decide(&job, &event(name)).unwrap();
        assert_eq!(transition.job.state, State::Failed);
        assert_eq!(
            transition.change.unwrap().failure.unwrap().kind,
            FailureKind::TimedOut
        );
    }
}

#[test]
fn a_beat_tells_the_trainer_where_it_stands() {
    let answers = State::ALL.map(|state| beat_answer(&job(state), fence(2, 7)));
    use BeatAnswer::{CancelRequested, Done, Fenced, Ok};
    assert_eq!(answers, [Fenced, Fenced, Ok, CancelRequested, Done, Done, Done]);
    assert_eq!(beat_answer(&job(State::Running), fence(2, 8)), Fenced);
    assert_eq!(beat_answer(&job(State::Succeeded), fence(1, 7)), Fenced);
}

#[test]
fn cancelling_a_running_job_hints_its_trainer() {
    let transition = decide(&job(State::Running), &Event::Cancel).unwrap();
    assert_eq!(transition.job.stop_reason, Some(StopReason::Cancel));
    assert_eq!(transition.actions, [Action::HintCancel(fence(2, 7))]);
}

/// A job at the end of `deadline`, which the given timeouts set when it was queued or claimed.
fn timed_out(job: Job, now: Time) -> Transition {
    let context = Context { now, jitter: 0.0 };
    apply(&job, &Event::DeadlinePassed, context).unwrap()
}

fn code(transition: &Transition) -> &str {
    &transition.change.as_ref().unwrap().failure.as_ref().unwrap().code
}

#[test]
fn a_job_that_nobody_claims_fails_with_the_limit_that_ended_it() {
    let mut policy = Policy::default();
    let job = Job::submitted(policy.clone(), true, NOW);
    assert_eq!(job.deadline, Some(NOW + policy.queue_timeout));
    assert_eq!(code(&timed_out(job, NOW + policy.queue_timeout)), "QUEUE_TIMEOUT");
    policy.total_timeout = policy.queue_timeout / 2;
    let job = Job::submitted(policy.clone(), true, NOW);
    assert_eq!(code(&timed_out(job, NOW + policy.queue_timeout)), "TOTAL_TIMEOUT");
}

#[test]
fn deadlines_of_a_created_job_begin_with_its_start() {
    let created = Job::submitted(Policy::default(), false, Time(0));
    assert_eq!((created.deadline, created.total_deadline), (None, None));
    let started = decide(&created, &Event::Start).unwrap().job;
    assert_eq!(
        started,
        Job {
            phase: started.phase,
            ..Job::submitted(Policy::default(), true, NOW)
        }
    );
}

#[test]
fn a_run_past_its_time_is_stopped_and_fails_also_without_a_word_of_its_trainer() {
    let policy = Policy::default();
    for (total, expected) in [(10, "RUN_TIMEOUT"), (1, "TOTAL_TIMEOUT")] {
        let mut queued = Job::submitted(policy.clone(), true, NOW);
        queued.total_deadline = Some(NOW + policy.run_timeout * total);
        let running = decide(&queued, &claim_of(1, 7)).unwrap().job;
        let end = NOW + policy.run_timeout;
        assert_eq!(running.deadline, Some(end));
        let stopping = timed_out(running, end);
        assert_eq!(stopping.job.state, State::Cancelling);
        assert_eq!(stopping.actions, [Action::HintCancel(fence(1, 7))]);
        let told = apply(
            &stopping.job,
            &Event::Stopped(fence(1, 7)),
            Context {
                now: end,
                jitter: 0.0,
            },
        );
        assert_eq!(code(&told.unwrap()), expected);
        let last = stopping.job.deadline.unwrap();
        assert_eq!(last, end + policy.cancel_grace + Duration::from_secs(2));
        let ended = timed_out(stopping.job, last);
        assert_eq!((ended.job.state, code(&ended)), (State::Failed, expected));
        assert_eq!(ended.job.deadline, None);
    }
}

#[test]
fn a_retry_has_what_is_left_of_the_total_time_and_no_limit_in_the_queue() {
    let next = decide(&job(State::Running), &event("crashed")).unwrap().job;
    assert_eq!(next.deadline, next.total_deadline);
    assert_eq!(next.total_deadline, Some(NOW + 10 * TTL));
}

#[test]
fn a_cancelled_run_is_ended_by_its_trainer_or_its_lease_and_at_the_latest_with_its_whole_time() {
    let next = decide(&job(State::Running), &Event::Cancel).unwrap().job;
    assert_eq!(next.deadline, next.total_deadline);
    let ended = timed_out(next, NOW + 10 * TTL).job;
    assert_eq!((ended.state, ended.deadline), (State::Cancelled, None));
}
