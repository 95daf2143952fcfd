//! What forests need of memory.

use super::{Params, params::MaxFeatures};
use crate::{
    model::{Need, Shape},
    models::tree::{class_cell::MOST_CLASSES, memory},
};

/// Share of the rows that a bootstrap draws: `1 − 1/e`.
const DRAWN: f64 = 0.633;
/// Gives the out-of-bag score: a row's number and a list, twice.
const JUDGED: f64 = 64.0;

/// The table in bins, the trees, and what each thread needs to grow one (of which nodes double as they grow).
///
/// Trees have as many leaves as limits allow. Without limits a regressor's are its rows; a classifier's leaves are
/// pure and kept once for each class, and are fewer than `1 − 1/k` of the rows: among rows whose `k` classes are drawn
/// by chance, that is how often the next has another class.
pub(crate) fn memory(params: &Params, shape: &Shape) -> Need {
    let (limits, trees) = (params.limits(), params.n_estimators as f64);
    let rows = shape.rows * if params.bootstrap { DRAWN } else { 1.0 };
    let numbers = shape.classes.unwrap_or(1.0);
    let leaves = memory::leaves(rows, &limits);
    let all_pure = shape.classes.is_some() && leaves >= rows;
    let tree = if all_pure {
        memory::tree(rows * (1.0 - 1.0 / numbers.max(2.0)), 0.0)
    } else {
        memory::tree(leaves, numbers)
    };
    let at_once = shape.threads.min(trees);
    // Only where sums are kept for the children: those of a number, or of few classes.
    let in_cells = shape.outputs() <= 1.0 || numbers <= MOST_CLASSES as f64;
    let all_tried =
        MaxFeatures::resolve(params.max_features, shape.features as usize) as f64 >= shape.features;
    let kept = all_tried && !params.random_cuts() && in_cells;
    let histograms = if kept {
        memory::histograms(rows, shape.features, &limits, 1.0)
    } else {
        0.0
    };
    let turned = if kept || params.random_cuts() {
        memory::rows(shape)
    } else {
        0.0
    };
    let typical = if params.random_cuts() {
        memory::typical(shape)
    } else {
        0.0
    };
    let growing = memory::bag(shape.rows) + histograms + 2.0 * tree;
    let outside = if params.oob_score && params.bootstrap {
        shape.rows * (trees / 8.0 + 2.0 * JUDGED + 8.0 * numbers)
    } else {
        0.0
    };
    let gains = trees * shape.features * 8.0;
    Need {
        bytes: memory::table(shape) + turned + typical + at_once * growing + trees * tree + gains + outside,
        instead: if params.n_estimators > 1 {
            "fewer rows, a lower max_depth or fewer n_estimators"
        } else {
            "fewer rows or features, or a lower max_depth"
        },
    }
}
