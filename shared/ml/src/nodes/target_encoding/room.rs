//! Whether there is room for a mean of each category and class, and for a column of each class.

use super::Learning;
use crate::{error::Result, node::Context, nodes::room::NewColumns};

/// The frame has the new columns, the matrix that a model is fitted on has them once more, and the cross-fitted means
/// of training rows are there beside them.
const COPIES: u64 = 3;

/// The means over all training rows are kept while those over some of the folds are computed.
const MEANS: u64 = 2;

impl Learning {
    /// Refuses more columns than there is room for in a table of so many rows and bytes, before any mean is computed.
    /// Where one column takes the place of another, there is.
    ///
    /// # Errors
    /// `TOO_MANY_COLUMNS`; `MEMORY_BUDGET` where memory is limited.
    pub(super) fn require_room(&self, height: usize, bytes: usize, ctx: &Context<'_>) -> Result<()> {
        let width = self.outcome.width();
        if width == 1 {
            return Ok(());
        }
        let made = self.columns.len().saturating_mul(width);
        let size = |cells: &[usize]| {
            let count = cells
                .iter()
                .fold(1_u64, |all, cells| all.saturating_mul(*cells as u64));
            count.saturating_mul(size_of::<f64>() as u64)
        };
        let categories: usize = self.columns.iter().map(|coded| coded.values.len() + 1).sum();
        let estimate = size(&[height, made])
            .saturating_mul(COPIES)
            .saturating_add(size(&[categories, width]).saturating_mul(MEANS));
        let new = NewColumns {
            count: made,
            told: format!(
                "{} columns and {width} classes of {:?} make {made} columns of means",
                self.columns.len(),
                ctx.target
            ),
            remedy: "name fewer columns",
        };
        new.require(bytes, estimate, ctx)
    }
}
