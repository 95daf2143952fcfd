//! Why an attempt, or a whole job, ended without a model: what a user sees, and what decides about a retry.

use serde::{Deserialize, Serialize};

/// What failed, for programs and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind, which decides whether it is retried.
    pub kind: FailureKind,
    /// A stable word for programs, such as `COLUMN_NOT_FOUND`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The node that failed, if one did.
    pub node_id: Option<String>,
}

impl Failure {
    /// A failure that no node is to blame for.
    pub fn new(kind: FailureKind, code: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: message.into(),
            node_id: None,
        }
    }

    /// The same, at this node; a node named already stays.
    pub fn at(mut self, node_id: &str) -> Self {
        self.node_id.get_or_insert_with(|| node_id.to_owned());
        self
    }
}

/// The kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FailureKind {
    /// The graph or a parameter cannot work on this table.
    InvalidSpec,
    /// The table cannot be read or used.
    InvalidData,
    /// This version cannot do what was asked.
    Unsupported,
    /// A deadline passed.
    TimedOut,
    /// The attempt used more memory than it may, or would have by the estimate.
    OutOfMemory,
    /// The attempt's process died.
    Crashed,
    /// The attempt did nothing for too long.
    Stuck,
    /// The trainer was not heard of for too long.
    LeaseExpired,
    /// Data or artifacts could not be read or written for now.
    StorageUnavailable,
    /// The trainer gave the job back.
    Released,
}

/// How often a failure of some kind is followed by another attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    /// Not at all.
    Never,
    /// Once in a job's life.
    Once,
    /// As long as the policy's `max_attempts` is not reached.
    UpToMaxAttempts,
    /// Always, and the attempt does not count.
    Always,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [FailureKind; 10] = [
        FailureKind::InvalidSpec,
        FailureKind::InvalidData,
        FailureKind::Unsupported,
        FailureKind::TimedOut,
        FailureKind::OutOfMemory,
        FailureKind::Crashed,
        FailureKind::Stuck,
        FailureKind::LeaseExpired,
        FailureKind::StorageUnavailable,
        FailureKind::Released,
    ];

    /// How often it is followed by another attempt.
    pub fn retried(self) -> Retried {
        match self {
            FailureKind::InvalidSpec
            | FailureKind::InvalidData
            | FailureKind::Unsupported
            | FailureKind::TimedOut => Retried::Never,
            FailureKind::OutOfMemory => Retried::Once,
            FailureKind::Crashed
            | FailureKind::Stuck
            | FailureKind::LeaseExpired
            | FailureKind::StorageUnavailable => Retried::UpToMaxAttempts,
            FailureKind::Released => Retried::Always,
        }
    }

    /// The kind's name, such as `INVALID_DATA`.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::InvalidSpec => "INVALID_SPEC",
            FailureKind::InvalidData => "INVALID_DATA",
            FailureKind::Unsupported => "UNSUPPORTED",
            FailureKind::TimedOut => "TIMED_OUT",
            FailureKind::OutOfMemory => "OUT_OF_MEMORY",
            FailureKind::Crashed => "CRASHED",
            FailureKind::Stuck => "STUCK",
            FailureKind::LeaseExpired => "LEASE_EXPIRED",
            FailureKind::StorageUnavailable => "STORAGE_UNAVAILABLE",
            FailureKind::Released => "RELEASED",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<FailureKind> {
        FailureKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}
