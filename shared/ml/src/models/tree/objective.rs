//! What a tree separates: classes or numbers. The search for splits and the growing know neither, only that
//! sums over rows say how good a split is.

use super::bag::Sample;

/// Bits of a histogram cell that count rows; those above hold their weights.
pub(super) const COUNT_BITS: u32 = 28;

/// What a tree separates.
pub(crate) trait Objective: Sync {
    /// What is to be predicted for a row.
    type Mark: Copy + Send + Sync;
    /// The sums while a split moves through a node.
    type Sweep: Sweep + Send;

    /// A table row's mark.
    fn mark(&self, row: u32) -> Self::Mark;

    /// Cells of a histogram per bin.
    fn cells(&self) -> usize;

    /// Adds `sample` to the cells of a whole histogram.
    fn add(&self, cells: &mut [u64], bin: u8, sample: &Sample<Self::Mark>);

    /// The sums of a node, all of it on the right; `reused` is any earlier one.
    fn start(&self, samples: &[Sample<Self::Mark>], reused: &mut Self::Sweep);

    /// Sums of nothing.
    fn sweep(&self) -> Self::Sweep;

    /// Whether nothing is left to separate.
    fn pure(&self, samples: &[Sample<Self::Mark>]) -> bool;

    /// How many numbers a leaf holds.
    fn outputs(&self) -> usize;

    /// The leaf of these rows: appended to `leaves`, unless it is there already. Returns its place.
    fn leaf(
        &self,
        samples: &[Sample<Self::Mark>],
        leaves: &mut Vec<f64>,
        known: &mut Vec<Option<u32>>,
    ) -> u32;
}

/// The sums on both sides of a split that moves from left to right.
pub(crate) trait Sweep {
    /// Puts everything on the right again.
    fn reset(&mut self);

    /// Moves one bin's cells to the left.
    fn take(&mut self, cells: &[u64]);

    /// Rows on the left and on the right.
    fn rows(&self) -> (u64, u64);

    /// How pure the two sides are, neither of them empty; comparable within a node, more is better.
    fn score(&self) -> f64;
}

/// A cell that counts one row of this weight.
pub(super) fn cell(weight: u32) -> u64 {
    u64::from(weight) << COUNT_BITS | 1
}

/// The rows and the weight in a cell.
pub(super) fn unpack(cell: u64) -> (u64, u64) {
    (cell & ((1 << COUNT_BITS) - 1), cell >> COUNT_BITS)
}
