//! The job's row, small enough to be hashed a million times, and the way from it to the job of the state machine and
//! back. Times are ticks from now, so that the same situation later is the same row.

use std::{sync::LazyLock, time::Duration};

use domain::{
    id::LeaseId,
    job::{
        Job, Lease, Phase, Policy, RetryPolicy, State, StopReason,
        machine::{self, Context},
    },
    time::Time,
};
use uuid::Uuid;

/// How long a lease lasts, in ticks: a beat must come before the second.
pub(crate) const TTL: u8 = 2;
/// A time that does not come.
pub(crate) const NEVER: u8 = u8::MAX;

const TICK: Duration = Duration::from_secs(10);
const NOW: Time = Time(1_000_000_000_000);
/// Further away than any search goes.
const FAR: Duration = Duration::from_secs(1_000_000);

/// What proves a lease of an attempt; 0 is no lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fence {
    pub(crate) attempt: u8,
    pub(crate) lease: u8,
}

impl Fence {
    pub(crate) fn real(self) -> machine::Fence {
        machine::Fence {
            attempt: self.attempt.into(),
            lease: lease_id(self.lease),
        }
    }
}

/// The columns that a transition reads and writes. The order of states is that of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Row {
    pub(crate) state: State,
    pub(crate) attempt: u8,
    pub(crate) failures: u8,
    /// 0 for none.
    pub(crate) lease: u8,
    pub(crate) lease_left: u8,
    /// Until it may be claimed.
    pub(crate) wait: u8,
    pub(crate) cancelled: bool,
    pub(crate) timed_out: bool,
    pub(crate) deadline: Option<u8>,
    pub(crate) total: Option<u8>,
    pub(crate) event_no: u8,
}

/// How long a job may wait, run and take in all, in ticks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) queue: u8,
    pub(crate) run: u8,
    pub(crate) total: u8,
}

impl Limits {
    /// No deadline plays a part.
    pub(crate) const NONE: Limits = Limits {
        queue: NEVER,
        run: NEVER,
        total: NEVER,
    };
}

/// The job's policy: a retry waits for one tick, and whoever is told to stop has one.
pub(crate) fn policy(max_attempts: i32, limits: Limits) -> Policy {
    Policy {
        queue_timeout: span(limits.queue),
        run_timeout: span(limits.run),
        total_timeout: span(limits.total),
        cancel_grace: TICK - Duration::from_secs(2),
        retry: RetryPolicy {
            max_attempts,
            initial_backoff: 2 * TICK,
            factor: 1.0,
            max_backoff: 2 * TICK,
        },
        resource_class: String::new(),
        memory_limit_bytes: None,
        threads: None,
    }
}

/// What every decision is made with.
pub(crate) fn context() -> Context {
    Context {
        now: NOW,
        jitter: 0.0,
    }
}

pub(crate) fn ttl() -> Duration {
    span(TTL)
}

pub(crate) fn lease_id(lease: u8) -> LeaseId {
    LeaseId(Uuid::from_u128(lease.into()))
}

/// The trainer's name. A lease id is one trainer's alone, so it tells the trainers apart.
pub(crate) fn trainer() -> domain::id::Token {
    static NAME: LazyLock<domain::id::Token> = LazyLock::new(|| "trainer".parse().unwrap());
    NAME.clone()
}

impl Row {
    /// A new job.
    pub(crate) fn submitted(policy: &Policy, run: bool) -> Self {
        Self::of(&Job::submitted(policy.clone(), run, NOW), 1)
    }

    /// The job as the state machine knows it.
    pub(crate) fn job(&self, policy: &Policy) -> Job {
        Job {
            state: self.state,
            phase: Phase::Waiting,
            attempt: self.attempt.into(),
            failures: self.failures.into(),
            oom_failures: 0,
            lease: (self.lease != 0).then(|| Lease {
                id: lease_id(self.lease),
                trainer: trainer(),
                expires_at: at(self.lease_left),
            }),
            not_before: at(self.wait),
            stop_reason: match (self.cancelled, self.timed_out) {
                (true, _) => Some(StopReason::Cancel),
                (false, true) => Some(StopReason::Timeout),
                (false, false) => None,
            },
            deadline: self.deadline.map(at),
            total_deadline: self.total.map(at),
            policy: policy.clone(),
        }
    }

    /// The row of a job. Of one that has ended, only what is still read is kept.
    pub(crate) fn of(job: &Job, event_no: u8) -> Self {
        let over = job.state.is_terminal();
        let lease = job.lease.as_ref();
        Self {
            state: job.state,
            attempt: small(job.attempt),
            failures: small(job.failures),
            lease: lease.map_or(0, |lease| u8::try_from(lease.id.0.as_u128()).unwrap()),
            lease_left: lease.filter(|_| !over).map_or(0, |lease| left(lease.expires_at)),
            wait: if over { 0 } else { left(job.not_before) },
            cancelled: job.stop_reason == Some(StopReason::Cancel),
            timed_out: job.stop_reason == Some(StopReason::Timeout),
            deadline: job.deadline.map(left),
            total: job.total_deadline.filter(|_| !over).map(left),
            event_no,
        }
    }

    pub(crate) fn fence(&self) -> Fence {
        Fence {
            attempt: self.attempt,
            lease: self.lease,
        }
    }

    /// Whether a trainer is at work on it.
    pub(crate) fn is_held(&self) -> bool {
        matches!(self.state, State::Running | State::Cancelling)
    }

    /// Lets a tick pass.
    pub(crate) fn tick(&mut self) {
        for time in [&mut self.lease_left, &mut self.wait] {
            *time = sooner(*time);
        }
        for time in [&mut self.deadline, &mut self.total] {
            *time = time.map(sooner);
        }
    }
}

/// A tick less to wait.
pub(crate) fn sooner(left: u8) -> u8 {
    if left == NEVER {
        NEVER
    } else {
        left.saturating_sub(1)
    }
}

fn small(number: i32) -> u8 {
    u8::try_from(number).unwrap()
}

fn span(ticks: u8) -> Duration {
    if ticks == NEVER { FAR } else { TICK * ticks.into() }
}

fn at(left: u8) -> Time {
    NOW + span(left)
}

fn left(time: Time) -> u8 {
    let ticks = time.since(NOW).as_micros().div_ceil(TICK.as_micros());
    u8::try_from(ticks).unwrap_or(NEVER)
}
