//! A job's life: its states, the failures that can befall it, the limits it runs under, and the state machine
//! that alone decides what may happen next.

mod failure;
pub mod machine;
mod policy;

use serde::{Deserialize, Serialize};

pub use failure::{Failure, FailureKind, Retried};
pub use policy::{Policy, RetryPolicy};

use crate::{
    id::{LeaseId, Token},
    time::Time,
};

/// What the state machine needs to know of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Where it stands.
    pub state: State,
    /// What it is doing, for people.
    pub phase: Phase,
    /// The current attempt, from 1; only ever grows, and with the lease it is the fence.
    pub attempt: i32,
    /// Attempts that failed and count against the policy's `max_attempts`.
    pub failures: i32,
    /// How many of the failures were for want of memory.
    pub oom_failures: i32,
    /// The lease last granted. A terminal job keeps it, so that its trainer can be told.
    pub lease: Option<Lease>,
    /// The earliest time of the next claim.
    pub not_before: Time,
    /// Why it is being stopped; present while CANCELLING.
    pub stop_reason: Option<StopReason>,
    /// When time alone moves it on: out of the queue, out of its run, out of its stopping. None where nothing does.
    pub deadline: Option<Time>,
    /// When its time is over in all; counted from when it was first queued.
    pub total_deadline: Option<Time>,
    /// The limits it runs under.
    pub policy: Policy,
}

impl Job {
    /// A job submitted at `now`, queued at once if `run`.
    pub fn submitted(policy: Policy, run: bool, now: Time) -> Self {
        let mut job = Self {
            state: State::Created,
            phase: Phase::Waiting,
            attempt: 1,
            failures: 0,
            oom_failures: 0,
            lease: None,
            not_before: now,
            stop_reason: None,
            deadline: None,
            total_deadline: None,
            policy,
        };
        if run {
            job.enter_queue(now);
        }
        job
    }

    /// Queues it for the first time, which is when its deadlines begin.
    fn enter_queue(&mut self, now: Time) {
        let total = now + self.policy.total_timeout;
        self.state = State::Queued;
        self.not_before = now;
        self.total_deadline = Some(total);
        self.deadline = Some(total.min(now + self.policy.queue_timeout));
    }
}

/// A trainer's right to an attempt, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The id the trainer chose.
    pub id: LeaseId,
    /// The trainer.
    pub trainer: Token,
    /// When the right ends without a beat.
    pub expires_at: Time,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Submitted, not to be run until started.
    Created,
    /// Waiting for a trainer.
    Queued,
    /// Held by a trainer.
    Running,
    /// Told to stop.
    Cancelling,
    /// Ended with a model.
    Succeeded,
    /// Ended without a model.
    Failed,
    /// Ended by a person.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [State; 7] = [
        State::Created,
        State::Queued,
        State::Running,
        State::Cancelling,
        State::Succeeded,
        State::Failed,
        State::Cancelled,
    ];

    /// Whether nothing can happen to the job any more.
    pub fn is_terminal(self) -> bool {
        match self {
            State::Succeeded | State::Failed | State::Cancelled => true,
            State::Created | State::Queued | State::Running | State::Cancelling => false,
        }
    }

    /// The state's name, such as `RUNNING`.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Created => "CREATED",
            State::Queued => "QUEUED",
            State::Running => "RUNNING",
            State::Cancelling => "CANCELLING",
            State::Succeeded => "SUCCEEDED",
            State::Failed => "FAILED",
            State::Cancelled => "CANCELLED",
        }
    }

    /// The state with this name.
    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Why a running job is being stopped, which decides where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// A person asked for it.
    Cancel,
    /// A deadline passed.
    Timeout,
}

impl StopReason {
    /// The reason's name.
    pub fn as_str(self) -> &'static str {
        match self {
            StopReason::Cancel => "cancel",
            StopReason::Timeout => "timeout",
        }
    }

    /// The reason with this name.
    pub fn from_name(name: &str) -> Option<StopReason> {
        [StopReason::Cancel, StopReason::Timeout]
            .into_iter()
            .find(|reason| reason.as_str() == name)
    }
}

/// What a job is doing, for people; programs use the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waiting for a trainer.
    Waiting,
    /// Waiting before the next attempt.
    RetryBackoff,
    /// A trainer starts a process for it.
    Starting,
    /// Reading the table.
    LoadingData,
    /// Running the upstream nodes.
    Preparing,
    /// Fitting the model.
    Fitting,
    /// Measuring the model.
    Evaluating,
    /// Writing the artifact.
    Saving,
    /// Nothing any more.
    Done,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Phase; 9] = [
        Phase::Waiting,
        Phase::RetryBackoff,
        Phase::Starting,
        Phase::LoadingData,
        Phase::Preparing,
        Phase::Fitting,
        Phase::Evaluating,
        Phase::Saving,
        Phase::Done,
    ];

    /// The phase's name, such as `loading_data`.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Waiting => "waiting",
            Phase::RetryBackoff => "retry_backoff",
            Phase::Starting => "starting",
            Phase::LoadingData => "loading_data",
            Phase::Preparing => "preparing",
            Phase::Fitting => "fitting",
            Phase::Evaluating => "evaluating",
            Phase::Saving => "saving",
            Phase::Done => "done",
        }
    }

    /// The phase with this name.
    pub fn from_name(name: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.as_str() == name)
    }
}
