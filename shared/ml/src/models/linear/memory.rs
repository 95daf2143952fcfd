//! What fits of linear models for a number need of memory. With `n` rows and `w` columns, the target's among them, a
//! copy of the table has `n w` numbers and its Gram matrix `w²`.

use super::{
    Engine,
    lanes::BLOCK,
    least_squares::{FEATURES, ROWS},
    rows::parts,
};
use crate::model::{Need, Shape};

/// What needs less.
const INSTEAD: &str = "fewer features or rows";

/// Of so many numbers.
pub(crate) fn of_numbers(numbers: f64) -> Need {
    Need {
        bytes: numbers * size_of::<f64>() as f64,
        instead: INSTEAD,
    }
}

/// Numbers of a sum over rows that is so wide: one for each part.
pub(crate) fn sums(rows: f64, width: f64) -> f64 {
    parts(rows as usize, width as usize) as f64 * width
}

/// Numbers while a Gram matrix is summed up, and two more of it: for each part one, for each thread a block of rows.
pub(crate) fn gram(shape: &Shape) -> f64 {
    let width = shape.features + 1.0;
    let square = width * width;
    let block = BLOCK as f64 * width;
    sums(shape.rows, square) + shape.threads * block + 2.0 * square
}

/// Least squares: a Gram matrix. Without a penalty columns may depend on each other, and with more features than rows they
/// do. Where a Gram matrix is close to singular, the table's triangle is made of a few rows at a time. With more features
/// than rows a copy's columns become a triangle, of which there is one from the other side and its reflections; with a
/// penalty there are the rows' products, twice, and two copies of some features, or a copy from the other side, its
/// reflections and a square. linfa has the table four times: centred, with the penalty below it, and as both factors.
pub(crate) fn least_squares(alpha: f64, engine: Engine, shape: &Shape) -> Need {
    let (n, p) = (shape.rows, shape.features);
    let table = n * (p + 1.0);
    of_numbers(match engine {
        Engine::Linfa if alpha > 0.0 => 4.0 * (n + p) * (p + 1.0),
        Engine::Linfa => 4.0 * table,
        Engine::Native if p <= n => {
            let width = p + 1.0;
            let block = n.min((BLOCK as f64).max(width * ROWS as f64));
            gram(shape).max(2.0 * width * (width + block) + 2.0 * width * width)
        }
        Engine::Native if alpha > 0.0 => {
            (2.0 * n * (n + p.min(FEATURES as f64))).max(2.0 * n * p + 4.0 * n * n)
        }
        Engine::Native => table + 2.0 * n * p,
    })
}

/// Coordinate descent: a Gram matrix, or a copy of a table with more features than rows.
pub(crate) fn coordinate_descent(shape: &Shape) -> Need {
    of_numbers(if shape.features <= shape.rows {
        gram(shape)
    } else {
        shape.rows * (shape.features + 3.0)
    })
}
