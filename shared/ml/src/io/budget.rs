//! Whether a table fits the memory that may be used, found out before it is there: from what a file says of itself
//! where it does (Parquet, Arrow), from counting its cells (XLSX), and else from its first block (CSV, NDJSON). As the
//! table grows it is asked again, since a file may say what is not so.

use super::Source;
use crate::{
    Error,
    error::Result,
    memory::{COPIES, excess},
};

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
        self.weigh(((held as f64 / share).ceil() as u64).saturating_mul(COPIES))
    }

    /// Checks a table before it is read: one of so many bytes of columns, while so many bytes of the file are held
    /// as they are.
    ///
    /// # Errors
    /// `MEMORY_BUDGET`, with the estimate and the budget.
    pub(super) fn check_ahead(self, columns: u64, raw: u64) -> Result<()> {
        let read = columns.saturating_add(raw);
        self.weigh(columns.saturating_mul(COPIES).max(read))
    }

    fn weigh(self, estimate: u64) -> Result<()> {
        match excess(estimate, self.bytes) {
            Some(excess) => Err(Error::memory(format!("{} {excess}", self.name))),
            None => Ok(()),
        }
    }
}
