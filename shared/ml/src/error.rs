//! What ends a computation early. Either the user has something to put right, which is a [`Failure`] ready to be
//! shown, or the computation was told to stop.

use domain::job::{Failure, FailureKind};

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Something failed, for the reason given.
    #[error("{} ({})", .0.message, .0.code)]
    Failed(Failure),
    /// The observer asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// A result, or why there is none.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The graph or a parameter cannot work on this table.
    pub fn spec(code: &str, message: impl Into<String>) -> Self {
        Self::Failed(Failure::new(FailureKind::InvalidSpec, code, message))
    }

    /// The table cannot be read or used.
    pub fn data(code: &str, message: impl Into<String>) -> Self {
        Self::Failed(Failure::new(FailureKind::InvalidData, code, message))
    }

    /// This version cannot do what was asked.
    pub fn unsupported(code: &str, message: impl Into<String>) -> Self {
        Self::Failed(Failure::new(FailureKind::Unsupported, code, message))
    }

    /// A file could not be read or written for now.
    pub fn storage(code: &str, message: impl Into<String>) -> Self {
        Self::Failed(Failure::new(FailureKind::StorageUnavailable, code, message))
    }

    /// The same, at this node; a node named already stays.
    #[must_use]
    pub fn at(self, node_id: &str) -> Self {
        match self {
            Self::Failed(failure) => Self::Failed(failure.at(node_id)),
            Self::Cancelled => Self::Cancelled,
        }
    }

    /// The failure, unless the computation was told to stop.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Cancelled => None,
        }
    }
}
