//! The words of the state machine: what can happen to a job, what becomes of it, and what must be done then. Apart
//! from the decisions, because every caller speaks them and only one file decides.

use std::time::Duration;

use crate::{
    id::{LeaseId, Token},
    job::{Failure, Job, State},
    time::Time,
};

/// What happened to a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A person starts a job submitted with `run_training = false`.
    Start,
    /// A trainer asks for the attempt.
    Claim {
        /// The attempt it was told of.
        attempt: i32,
        /// The lease it chose.
        lease: LeaseId,
        /// The trainer.
        trainer: Token,
        /// How long the lease lasts.
        ttl: Duration,
    },
    /// A trainer lives and holds the attempt.
    Beat {
        /// The fence.
        fence: Fence,
        /// How long the lease lasts from now.
        ttl: Duration,
    },
    /// The attempt ended with a model whose files were checked.
    Succeeded(Fence),
    /// The attempt ended without a model.
    AttemptFailed(Fence, Failure),
    /// The attempt was told to stop, and did.
    Stopped(Fence),
    /// The lease's time passed without a beat.
    LeaseExpired(Fence),
    /// A person asks to stop the job.
    Cancel,
    /// The job's deadline passed.
    DeadlinePassed,
}

/// What proves that a trainer speaks of the attempt it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The attempt.
    pub attempt: i32,
    /// The lease.
    pub lease: LeaseId,
}

/// What the decision may use besides job and event.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The database's time.
    pub now: Time,
    /// A random number in [0, 1) for backoff.
    pub jitter: f64,
}

/// What becomes of the job.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// The job afterwards.
    pub job: Job,
    /// The entry for its history; none for a beat or a repeated claim.
    pub change: Option<Change>,
    /// What must be done in the same commit, or told after it.
    pub actions: Vec<Action>,
}

/// A change of state, for the job's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The state it left.
    pub from: State,
    /// The state it entered.
    pub to: State,
    /// Why, for people.
    pub reason: String,
    /// What failed, if something did.
    pub failure: Option<Failure>,
}

/// What must be done in the commit of a transition, or told after it.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// In the commit: an outbox row that announces the attempt to trainers, not before the job's `not_before`.
    Announce,
    /// In the commit: a row for the claimed attempt.
    OpenAttempt,
    /// In the commit: the outcome in the row of the attempt that ended.
    CloseAttempt {
        /// The attempt that ended.
        fence: Fence,
        /// How, in one word.
        outcome: &'static str,
    },
    /// After it: tell the trainer to stop.
    HintCancel(Fence),
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// It is late, a duplicate, or not the holder's: acknowledge and count it.
    Stale,
    /// It is a claim that came before the job's `not_before`.
    TooEarly,
    /// The request asks for what is already so: answer with the job as it is.
    AlreadyDone,
}

/// What a trainer is told when it beats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeatAnswer {
    /// Go on.
    Ok,
    /// Stop, and report it.
    CancelRequested,
    /// The terminal report is committed: forget the job.
    Done,
    /// The lease is another's, or nobody's: kill the child and delete its files.
    Fenced,
}
