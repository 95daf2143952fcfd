//! How much memory a fit takes, told before it begins, so that one for which there is no room is refused instead of
//! being killed half-way.

use domain::job::FailureKind;

use super::{FitContext, FitError, Target, TrainingSet};

/// A fit that needs less is never refused: the program around it takes more.
const OF_NO_ACCOUNT: f64 = (1 << 20) as f64;

/// The memory that a training may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// How much that is, in bytes.
    pub budget: u64,
    /// How much of it is taken when the fit begins, the training set's included.
    pub taken: u64,
}

/// What the memory of a fit depends on beside its hyperparameters. Counts are floating-point numbers, so that no
/// product of them overflows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Rows.
    pub rows: f64,
    /// Features.
    pub features: f64,
    /// Classes; none where a number is predicted.
    pub classes: Option<f64>,
    /// Threads to use.
    pub threads: f64,
}

impl Shape {
    /// That of a fit on so many threads.
    pub fn of(set: &TrainingSet, threads: usize) -> Self {
        let (rows, features) = set.x.dim();
        Self {
            rows: rows as f64,
            features: features as f64,
            classes: match set.target {
                Target::Classes { labels, .. } => Some(labels.len() as f64),
                Target::Values(_) => None,
            },
            threads: threads.max(1) as f64,
        }
    }

    /// Numbers predicted for a row: one for a number and for two classes, else one for each class.
    pub(crate) fn outputs(&self) -> f64 {
        self.classes.filter(|classes| *classes > 2.0).unwrap_or(1.0)
    }
}

/// What a fit needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need {
    /// About how many bytes it takes at its peak beside its training set, the fitted model included.
    pub bytes: f64,
    /// What would need less, after "use".
    pub instead: &'static str,
}

impl Need {
    /// # Errors
    /// `MEMORY_BUDGET` where the fit of this model needs more than is left.
    pub(super) fn require(self, model: &str, set: &TrainingSet, ctx: &FitContext) -> Result<(), FitError> {
        let Some(Memory { budget, taken }) = ctx.memory else {
            return Ok(());
        };
        if self.bytes <= OF_NO_ACCOUNT || self.bytes <= budget.saturating_sub(taken) as f64 {
            return Ok(());
        }
        let (rows, features) = set.x.dim();
        let mib = |bytes: f64| (bytes / f64::from(1 << 20)).ceil();
        let message = format!(
            "{model} would take about {} MiB of memory to fit on {rows} rows × {features} features; the attempt may use {} MiB, of which the table takes about {} MiB: use {}, or allow it more memory",
            mib(self.bytes),
            budget >> 20,
            mib(taken as f64),
            self.instead,
        );
        Err(FitError::failed(
            FailureKind::OutOfMemory,
            "MEMORY_BUDGET",
            message,
        ))
    }
}
