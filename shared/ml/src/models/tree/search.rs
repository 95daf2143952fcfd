//! The search for a node's best cut by one feature: sums over the node's rows by bin, then one sweep over the bins
//! with missing values on the right and, where there are any, one with them on the left.
//!
//! Few rows are put in the order of their bins by comparing each with each; some are added to a histogram whose
//! touched bins are noted, so that empty ones need not be looked at; many fill a whole histogram.

mod classes;
mod judge;
mod order;
mod scalar;
mod swept;

pub(crate) use classes::ClassSearch;
pub(crate) use scalar::{Histogram, ScalarSearch};
pub(crate) use swept::Swept;
