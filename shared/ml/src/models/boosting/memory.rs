//! What gradient boosting needs of memory.

use super::{Params, fit::MOST_AT_ONCE};
use crate::{
    model::{Need, Shape},
    models::tree::memory,
};

/// The table in bins, column by column and row by row, the rows that are trained on (and were split from those that
/// judge), every output's raw numbers, a bag of slopes, what probabilities are divided by, the histograms of nodes that
/// wait, and the trees.
pub(crate) fn memory(params: &Params, shape: &Shape) -> Need {
    let (rows, outputs, limits) = (shape.rows, shape.outputs(), params.limits());
    let leaves = memory::leaves(rows, &limits);
    let trees = params.max_iter as f64 * outputs * memory::tree(leaves, 1.0);
    let by_row = 24.0 + 16.0 + 8.0 * outputs;
    Need {
        bytes: memory::table(shape)
            + memory::rows(shape)
            + memory::bag(rows)
            + rows * by_row
            + memory::histograms(
                rows,
                shape.features,
                &limits,
                shape.threads.min(MOST_AT_ONCE as f64),
            )
            + trees,
        instead: "fewer rows or features, a lower max_leaf_nodes or a lower max_iter",
    }
}
