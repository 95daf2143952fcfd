//! Whether a table fits the memory that may be used, found out before it is all there.

use super::Source;
use crate::{Error, error::Result};

/// A table takes its own size once as columns and once as the matrix that a model is fitted on.
const COPIES: f64 = 2.0;

/// What may be used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget<'a> {
    name: &'a str,
    bytes: Option<u64>,
}

impl<'a> Budget<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self {
            name: &source.name,
            bytes: source.memory_budget,
        }
    }

    /// Checks a table of which so many bytes of columns come from this share of the file, in (0, 1].
    ///
    /// # Errors
    /// `MEMORY_BUDGET`, with the estimate and the budget.
    pub(super) fn check(self, held: usize, share: f64) -> Result<()> {
        let Some(budget) = self.bytes else {
            return Ok(());
        };
        let estimate = held as f64 / share * COPIES;
        if estimate <= budget as f64 {
            return Ok(());
        }
        let message = format!(
            "{} would take about {} MiB of memory to learn from, and the attempt may use {} MiB",
            self.name,
            (estimate / f64::from(1 << 20)).ceil(),
            budget >> 20
        );
        Err(Error::data("MEMORY_BUDGET", message))
    }
}
