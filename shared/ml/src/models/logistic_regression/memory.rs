//! What logistic regression and the linear support vector classifier need of memory.

use super::{
    native::SAMPLED,
    preconditioner::{MOST_FACTORED, MOST_NUMBERS, enough, is_cheap},
};
use crate::{
    model::{Need, Shape},
    models::linear::{
        lanes::BLOCK,
        memory::{of_numbers, sums},
    },
};

/// Points, gradients and remembered steps of the minimiser.
const KEPT: f64 = 44.0;

/// With `outputs` lists of `w` parameters: a copy of the features, for tables whose columns cannot stay as they are; two
/// numbers per row; the sums of each part of the rows; those of the sample that the curvature is estimated from, up to
/// twice as many rows as are asked for; a matrix of `w²`, or, where the curvature is computed anew (as it always is with a
/// penalty on `magnitudes`), matrices for each list, or one for all, before and after.
pub(in crate::models) fn native(outputs: f64, magnitudes: bool, shape: &Shape) -> Need {
    let (rows, width) = (shape.rows, shape.features + 1.0);
    let enough = enough(shape.features as usize) as f64;
    let sampled = rows.min(2.0 * enough);
    let anew = magnitudes || rows >= *SAMPLED.start() as f64 * enough || is_cheap(enough, width, rows);
    let square = width * width;
    let matrix = if width > MOST_FACTORED as f64 + 1.0 {
        width
    } else {
        square
    };
    let matrices = if !anew || outputs * square > MOST_NUMBERS as f64 {
        1.0
    } else {
        outputs
    };
    let held = if anew { 2.0 } else { 1.0 };
    let block = BLOCK as f64;
    of_numbers(
        (rows + block) * shape.features
            + 2.0 * rows
            + sums(rows, outputs * width + 1.0)
            + sums(sampled, matrices * matrix)
            + shape.threads * 3.0 * block * (width + outputs)
            + held * matrices * matrix
            + KEPT * outputs * width,
    )
}

/// linfa's: a copy of the table by rows, and some numbers per row.
pub(super) fn linfa(shape: &Shape) -> Need {
    of_numbers(shape.rows * (shape.features + 16.0))
}
