//! Whether a table fits the memory that may be used, found out before it is there: from what a file says of itself
//! where it does (Parquet, Arrow), from counting its cells (XLSX), and else from its first block (CSV, NDJSON). As the
//! table grows it is asked again, since a file may say what is not so.

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

    /// Whether there is a limit, so that an estimate is worth its time.
    pub(super) fn is_limited(self) -> bool {
        self.bytes.is_some()
    }

    /// Checks a table of which so many bytes of columns come from this share of the file, in (0, 1].
    ///
    /// # Errors
    /// `MEMORY_BUDGET`, with the estimate and the budget.
    pub(super) fn check(self, held: usize, share: f64) -> Result<()> {
        self.weigh(held as f64 / share * COPIES)
    }

    /// Checks a table before it is read: one of so many bytes of columns, while so many bytes of the file are held
    /// as they are.
    ///
    /// # Errors
    /// `MEMORY_BUDGET`, with the estimate and the budget.
    pub(super) fn check_ahead(self, columns: u64, raw: u64) -> Result<()> {
        let columns = columns as f64;
        self.weigh((columns * COPIES).max(columns + raw as f64))
    }

    fn weigh(self, estimate: f64) -> Result<()> {
        let Some(budget) = self.bytes else {
            return Ok(());
        };
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
