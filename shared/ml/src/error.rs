//! What ends a computation early. Either the user has something to put right, which is a [`Failure`] ready to be
//! shown, or the computation was told to stop.

use domain::job::{Failure, FailureKind};

use crate::model::FitError;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Something failed, for the reason given.
    #[error("{}", told(.0))]
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

    /// What was asked would take more memory than the attempt may use; another trainer may have more.
    pub fn memory(message: impl Into<String>) -> Self {
        Self::Failed(Failure::new(FailureKind::OutOfMemory, "MEMORY_BUDGET", message))
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

    /// The same, in this node of this type, whose message then begins with the type; a node named already stays.
    #[must_use]
    pub(crate) fn in_node(self, node_id: &str, key: &str) -> Self {
        match self {
            Self::Failed(failure) if failure.node_id.is_none() => {
                let message = format!("{key}: {}", failure.message);
                Self::Failed(Failure { message, ..failure }.at(node_id))
            }
            named @ (Self::Failed(_) | Self::Cancelled) => named,
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

impl From<FitError> for Error {
    fn from(error: FitError) -> Self {
        match error {
            FitError::Cancelled => Self::Cancelled,
            FitError::Failed(failure) => Self::Failed(failure),
        }
    }
}

/// A failure on one line, with the node that failed if one did.
fn told(failure: &Failure) -> String {
    let Failure { code, message, .. } = failure;
    match &failure.node_id {
        Some(node_id) => format!("node {node_id}: {message} ({code})"),
        None => format!("{message} ({code})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_node_and_its_type_once() {
        let error = Error::data("BAD", "it is bad");
        assert_eq!(error.to_string(), "it is bad (BAD)");
        let error = error.in_node("n1", "drop_columns");
        assert_eq!(error.to_string(), "node n1: drop_columns: it is bad (BAD)");
        assert_eq!(error.clone().in_node("n2", "dataset").at("n3"), error);
    }
}
