//! The histogram tree core: decision trees grown on binned features. Every tree model is built on it.
//!
//! Features are cut into at most 255 bins (`bins`), so that finding the best split of a node takes one pass
//! over its rows per feature (`search`) instead of a sort. Sums are integers ([`objective`]): they are exact, so
//! they do not depend on the order of adding. Missing values have a bin of their own and go to the side where
//! they fit best; where training saw none, to the side with more rows. Infinite values are just large ones.
//! Nodes are cut in two in place, the rows staying in order (`grow`). A fitted tree ([`fitted`]) holds raw
//! thresholds, midway between neighbouring training values, and needs no bins.
//!
//! Sources: Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984; histograms as in
//! Ke et al., "LightGBM", NIPS 2017.

pub(crate) mod bag;
pub(crate) mod bins;
pub(crate) mod classes;
pub(crate) mod fitted;
pub(crate) mod grow;
pub(crate) mod objective;
mod search;
pub(crate) mod values;
