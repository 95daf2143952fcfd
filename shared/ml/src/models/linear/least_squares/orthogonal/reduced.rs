//! Least squares on a square of numbers instead of a table: a table of more rows than features is turned, block by block,
//! into the triangle that has its columns' products; one of more features than rows is turned from the other side (Golub and
//! Van Loan, "Matrix Computations", 2013, section 5.2).

use super::{reflect, reflect_in_order, reflection, shortest_of};
use crate::{
    model::{FitContext, FitError},
    models::linear::{centred::Centred, lanes::BLOCK, rows::blocks},
};

/// Rows turned at a time, in columns.
pub(in crate::models::linear) const ROWS: usize = 4;

/// The shortest solution where there are no more features than rows.
pub(super) fn tall(rows: &Centred, alpha: f64, ctx: &FitContext) -> Result<Vec<f64>, FitError> {
    let (_, p) = rows.dim();
    let scales = scales(rows, p, ctx)?;
    let mut columns = triangle(rows, &scales, ctx)?;
    let height = columns[p].len();
    let mut y = columns.pop().unwrap_or_default();
    y.iter_mut().for_each(|value| *value *= scales[p]);
    if alpha > 0.0 {
        y.resize(height + p, 0.0);
        for (j, column) in columns.iter_mut().enumerate() {
            column.resize(height + p, 0.0);
            column[height + j] = alpha.sqrt() / scales[j];
        }
    }
    shortest_of(columns, scales[..p].to_vec(), y, ctx)
}

/// The largest magnitude in each of (features, then the target); 1 for zeros.
fn scales(rows: &Centred, p: usize, ctx: &FitContext) -> Result<Vec<f64>, FitError> {
    let (n, _) = rows.dim();
    let mut largest = vec![0.0; p + 1];
    for block in blocks(0..n, BLOCK) {
        let block = rows.block(block, 0..p + 1, ctx)?;
        for (largest, column) in largest.iter_mut().zip(block.columns()) {
            *largest = column.iter().fold(*largest, |a: f64, b| a.max(b.abs()));
        }
    }
    Ok(largest
        .into_iter()
        .map(|scale| if scale > 0.0 { scale } else { 1.0 })
        .collect())
}

/// The triangle of (features, then the target), each divided by its scale: columns of as many numbers.
fn triangle(rows: &Centred, scales: &[f64], ctx: &FitContext) -> Result<Vec<Vec<f64>>, FitError> {
    let ((n, _), width) = (rows.dim(), scales.len());
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); width];
    for block in blocks(0..n, BLOCK.max(ROWS * width)) {
        let block = rows.block(block, 0..width, ctx)?;
        for ((column, more), scale) in columns.iter_mut().zip(block.columns()).zip(scales) {
            column.extend(more.iter().map(|value| value / scale));
        }
        for k in 0..width.min(columns[0].len()) {
            let reflection = reflection(&columns[k][k..]);
            for column in &mut columns[k..] {
                ctx.go_on()?;
                reflect(&reflection, &mut column[k..]);
            }
            // What is left there is rounding.
            columns[k][k + 1..].fill(0.0);
        }
        columns.iter_mut().for_each(|column| column.truncate(width));
    }
    Ok(columns)
}

/// The solution with a penalty where there are more features than rows: `Xᵀ = Q R`, `β = Q z`, and `z` has the least
/// `‖Rᵀ z − y‖² + α ‖z‖²`.
pub(super) fn wide(rows: &Centred, alpha: f64, ctx: &FitContext) -> Result<Vec<f64>, FitError> {
    let (n, p) = rows.dim();
    let scales = scales(rows, p, ctx)?;
    let largest = scales[..p].iter().copied().fold(0.0, f64::max);
    let mut sides: Vec<Vec<f64>> = vec![Vec::with_capacity(p); n];
    for j in 0..p {
        let column = rows.columns(j..j + 1, ctx)?;
        for (side, value) in sides.iter_mut().zip(&column) {
            side.push(value / largest);
        }
    }
    let reflections = reflect_in_order(&mut sides, ctx)?;
    let mut y = rows.columns(p..p + 1, ctx)?.into_raw_vec_and_offset().0;
    y.resize(2 * n, 0.0);
    let columns = (0..n).map(|k| {
        let mut column: Vec<f64> = (0..n).map(|i| if k <= i { sides[i][k] } else { 0.0 }).collect();
        column.resize(2 * n, 0.0);
        column[n + k] = alpha.sqrt() / largest;
        column
    });
    let mut solution = shortest_of(columns.collect(), vec![1.0; n], y, ctx)?;
    solution.resize(p, 0.0);
    for (k, reflection) in reflections.iter().enumerate().rev() {
        ctx.go_on()?;
        reflect(reflection, &mut solution[k..]);
    }
    solution.iter_mut().for_each(|beta| *beta /= largest);
    Ok(solution)
}
