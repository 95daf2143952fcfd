//! What logistic regression and the linear support vector classifier need of memory.

use super::{
    preconditioner::{MOST_FACTORED, MOST_NUMBERS, SAMPLE},
    standardize::BLOCK,
};
use crate::{
    model::{Need, Shape},
    models::linear::memory::{of_numbers, sums},
};

/// Points, gradients and remembered steps of the minimiser.
const KEPT: f64 = 30.0;

/// With `outputs` lists of `w` parameters: a copy of the features, for tables whose columns cannot stay as they are; two
/// numbers per row; the sums of each part of the rows; the rows that the curvature is estimated from, up to twice as
/// many as are asked for; matrices of `w²` for each list, or one for all, before and after they are computed anew.
pub(in crate::models) fn native(outputs: f64, shape: &Shape) -> Need {
    let (rows, width) = (shape.rows, shape.features + 1.0);
    let (least, per_feature) = SAMPLE;
    let sampled = rows.min(2.0 * (least as f64).max(per_feature as f64 * shape.features));
    let square = width * width;
    let matrix = if width > MOST_FACTORED as f64 + 1.0 {
        width
    } else {
        square
    };
    let matrices = if outputs * square > MOST_NUMBERS as f64 {
        1.0
    } else {
        outputs
    };
    let block = BLOCK as f64;
    of_numbers(
        (rows + block) * shape.features
            + 2.0 * rows
            + sums(rows, outputs * width + 1.0)
            + sampled * (width + outputs)
            + shape.threads * 3.0 * block * (width + outputs)
            + 2.0 * matrices * matrix
            + KEPT * outputs * width,
    )
}

/// linfa's: a copy of the table by rows, and some numbers per row.
pub(super) fn linfa(shape: &Shape) -> Need {
    of_numbers(shape.rows * (shape.features + 16.0))
}
