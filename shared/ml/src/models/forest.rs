//! Forests: the mean of trees that look at a draw of rows or of features, and a forest of one, the decision tree.
//! What random forests, extremely random trees and decision trees share.
//!
//! Sources: Breiman, "Random Forests", Machine Learning 2001; Geurts, Ernst and Wehenkel, "Extremely randomized
//! trees", Machine Learning 2006. As in scikit-learn, classifiers average the leaves' probabilities instead of
//! counting votes, and rows are drawn as weights. Unlike scikit-learn, splits lie between bins of values (at most
//! 255 per feature), missing and infinite values need no preparation and `random_state` always has a value.

mod fit;
mod fitted;
mod memory;
mod onnx;
mod outside;
mod params;
mod saved;
#[cfg(test)]
mod tests;

pub(crate) use fit::{classifier, regressor};
pub(crate) use fitted::Forest;
pub(crate) use memory::memory;
pub(crate) use params::Params;
pub(crate) use params::{Defaults, OrNone, integer_or_none, specs};
pub(crate) use saved::{SavedThresholds, SavedTree, SavingTrees};
