//! What comes of a fit that does not succeed.

use domain::job::{Failure, FailureKind};

/// Why there is no fitted model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FitError {
    /// The observer asked to stop.
    Cancelled,
    /// The rows or the parameters do not allow it.
    Failed(Failure),
}

impl FitError {
    /// That of a classifier that cannot do with one class.
    pub(crate) fn one_class() -> Self {
        let message = "a classifier needs rows of two classes or more";
        Self::failed(FailureKind::InvalidData, "ONE_CLASS", message)
    }

    /// A failure of this kind.
    pub(crate) fn failed(kind: FailureKind, code: &str, message: impl Into<String>) -> Self {
        FitError::Failed(Failure::new(kind, code, message))
    }
}
