//! What a tree separates: classes, numbers, gradients. Growing knows none of them, only that a search finds a
//! node's best cut by a feature.

use super::{
    anywhere::{Cuts, kernel::Lanes, table::Panel},
    bag::Sample,
    leaves::Leaves,
};

/// What a tree separates.
pub(crate) trait Objective: Sync {
    /// What is to be predicted for a row, and its weight.
    type Mark: Copy + Send + Sync;
    /// Finds cuts.
    type Search: Search<Self::Mark> + Send;

    /// A table row's mark in a bag where it has this weight.
    fn mark(&self, row: u32, weight: u32) -> Self::Mark;

    /// How many numbers a leaf holds.
    fn outputs(&self) -> usize;

    /// Puts the leaf of these rows among the others and returns its place.
    fn leaf(&self, samples: &[Sample<Self::Mark>], leaves: &mut Leaves) -> u32;

    /// What finds cuts.
    fn search(&self) -> Self::Search;
}

/// Finds a node's cuts.
pub(crate) trait Search<M: Copy> {
    /// Begins a node. Returns whether anything is left to separate.
    fn start(&mut self, samples: &[Sample<M>]) -> bool;

    /// What the node's rows weigh.
    fn weight(&self) -> f64;

    /// The best cut by a feature whose bins are `column`, with at least `min_leaf` rows on both sides.
    fn best(&mut self, column: &[u8], samples: &[Sample<M>], min_leaf: u64) -> Found;

    /// The scores of one cut by each feature of a panel; not a number where it leaves fewer than `min_leaf` rows on
    /// a side.
    fn judge(&mut self, panel: Panel, samples: &[Sample<M>], cuts: &Cuts, min_leaf: u64) -> Lanes<f64>;

    /// How much a cut of this score takes from weight × impurity.
    fn gain(&self, score: f64) -> f64;
}

/// What a feature offers a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Found {
    /// The rows do not differ in it.
    Constant,
    /// No cut leaves enough rows on both sides.
    Nothing,
    /// A cut.
    Cut(Cut),
}

/// A cut between two bins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    /// How good it is; comparable within a node, more is better.
    pub(crate) score: f64,
    /// The last bin of the node that goes left.
    pub(crate) low: u8,
    /// The first bin of the node that goes right; that of missing values if all others go left.
    pub(crate) high: u8,
    /// Where missing values go, if the node has any.
    pub(crate) missing_left: Option<bool>,
}

/// A split of a node by one feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Split {
    /// The feature.
    pub(crate) feature: u32,
    /// Where it is cut.
    pub(crate) cut: Cut,
    /// How much it takes from weight × impurity.
    pub(crate) gain: f64,
}
