//! The histogram tree core: decision trees grown on binned features. Every tree model is built on it.
//!
//! Features are cut into at most 255 bins ([`bins`]), so that finding the best split of a node takes one pass
//! over its rows per feature (`search`) instead of a sort. Sums are whole numbers ([`cell`]): they are exact, so
//! they do not depend on the order of adding. Missing values have a bin of their own and go to the side where
//! they fit best; where training saw none, to the side with more rows. Infinite values are just large ones.
//! Nodes are cut in two in place, the rows staying in order ([`grow`]). A node's features are drawn ([`draw`]), or
//! all are tried and histograms kept for the children ([`summed`]), or they are cut [`anywhere`]. A fitted tree
//! ([`fitted`]) works on bins, into which a model's [`thresholds`] turn a row's numbers, many rows [by blocks](blocks).
//!
//! Sources: Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984; histograms as in
//! Ke et al., "LightGBM", NIPS 2017.

pub(crate) mod anywhere;
pub(crate) mod bag;
pub(crate) mod bins;
pub(crate) mod blocks;
pub(crate) mod cell;
pub(crate) mod class_cell;
pub(crate) mod classes;
pub(crate) mod draw;
pub(crate) mod fill;
pub(crate) mod fitted;
pub(crate) mod grow;
pub(crate) mod leaves;
pub(crate) mod memory;
pub(crate) mod objective;
pub(crate) mod rows;
pub(crate) mod score;
pub(crate) mod search;
pub(crate) mod summed;
pub(crate) mod thresholds;
pub(crate) mod values;
