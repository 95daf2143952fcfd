//! The shortest least-squares solution by a complete orthogonal decomposition: Householder reflections with column
//! pivoting tell how many columns are independent, a second set from the other side makes the solution the
//! shortest (Golub and Van Loan, "Matrix Computations", 2013, section 5.5.2).
//!
//! It is our own because it can be stopped, and because it judges columns after bringing them to one length, so
//! that a feature of small scale is not taken for noise.

mod reduced;

pub(in crate::models::linear) use reduced::ROWS;

use crate::{
    model::{FitContext, FitError},
    models::linear::{centred::Centred, lanes::dot},
};

/// The solution of `XᵀX β + αβ = Xᵀy`, of all the shortest.
pub(super) fn shortest(rows: &Centred, alpha: f64, ctx: &FitContext) -> Result<Vec<f64>, FitError> {
    rows.require_finite(ctx)?;
    let (n, p) = rows.dim();
    if p <= n {
        return reduced::tall(rows, alpha, ctx);
    }
    if alpha > 0.0 {
        return reduced::wide(rows, alpha, ctx);
    }
    let mut columns = (0..=p)
        .map(|j| Ok(rows.columns(j..j + 1, ctx)?.into_raw_vec_and_offset().0))
        .collect::<Result<Vec<_>, FitError>>()?;
    let y = columns.pop().unwrap_or_default();
    shortest_of(columns, vec![1.0; p], y, ctx)
}

/// The shortest least-squares solution for these columns, each divided by its scale, and this target.
fn shortest_of(
    mut columns: Vec<Vec<f64>>,
    mut lengths: Vec<f64>,
    mut y: Vec<f64>,
    ctx: &FitContext,
) -> Result<Vec<f64>, FitError> {
    let p = columns.len();
    for (column, length) in columns.iter_mut().zip(&mut lengths) {
        ctx.go_on()?;
        *length *= normalize(column);
    }
    let floor = f64::EPSILON * y.len().max(p) as f64;
    let order = triangle(&mut columns, &mut y, floor, ctx)?;
    let rank = order.len().min(p);
    let mut solution = vec![0.0; p];
    if rank == p {
        let factor: Vec<&[f64]> = order.iter().map(|j| &columns[*j][..rank]).collect();
        back_substitute(&factor, &mut y[..rank]);
        for (place, j) in order.iter().enumerate() {
            solution[*j] = y[place] / lengths[*j];
        }
        return Ok(solution);
    }
    let largest = lengths.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return Ok(solution);
    }
    // The first `rank` rows of the triangle, on raw scales, turned on their side: β = Q T⁻ᵀ c.
    let mut sides: Vec<Vec<f64>> = (0..rank)
        .map(|k| (0..p).map(|j| columns[j][k] * (lengths[j] / largest)).collect())
        .collect();
    let reflections = reflect_in_order(&mut sides, ctx)?;
    for k in 0..rank {
        let known: f64 = (0..k).map(|i| sides[k][i] * solution[i]).sum();
        solution[k] = (y[k] - known) / sides[k][k];
    }
    for (k, reflection) in reflections.iter().enumerate().rev() {
        reflect(reflection, &mut solution[k..]);
    }
    solution.iter_mut().for_each(|beta| *beta /= largest);
    Ok(solution)
}

/// Brings a column to length 1 and returns the length it had; a column of zeros stays. By way of its largest
/// number, so that squares neither overflow nor vanish.
fn normalize(column: &mut [f64]) -> f64 {
    let largest = column.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    column.iter_mut().for_each(|value| *value /= largest);
    let length = dot(column, column).sqrt();
    column.iter_mut().for_each(|value| *value /= length);
    largest * length
}

/// Turns `columns` into a triangle in the order that is returned, and `y` along with them. Ends where no column
/// is longer than `floor`.
fn triangle(
    columns: &mut [Vec<f64>],
    y: &mut [f64],
    floor: f64,
    ctx: &FitContext,
) -> Result<Vec<usize>, FitError> {
    let mut order: Vec<usize> = Vec::new();
    let mut left: Vec<usize> = (0..columns.len()).collect();
    for k in 0..columns.len().min(y.len()) {
        let mut longest = (0, 0.0);
        for (place, j) in left.iter().enumerate() {
            ctx.go_on()?;
            let squares = dot(&columns[*j][k..], &columns[*j][k..]);
            if squares > longest.1 {
                longest = (place, squares);
            }
        }
        if longest.1.sqrt() <= floor {
            break;
        }
        let pivot = left.remove(longest.0);
        let reflection = reflection(&columns[pivot][k..]);
        reflect(&reflection, &mut y[k..]);
        for j in left.iter().chain([&pivot]) {
            ctx.go_on()?;
            reflect(&reflection, &mut columns[*j][k..]);
        }
        order.push(pivot);
    }
    Ok(order)
}

/// The same without a choice of columns and without a target; returns the reflections.
fn reflect_in_order(columns: &mut [Vec<f64>], ctx: &FitContext) -> Result<Vec<Vec<f64>>, FitError> {
    let mut reflections = Vec::with_capacity(columns.len());
    for k in 0..columns.len() {
        let reflection = reflection(&columns[k][k..]);
        for column in &mut columns[k..] {
            ctx.go_on()?;
            reflect(&reflection, &mut column[k..]);
        }
        reflections.push(reflection);
    }
    Ok(reflections)
}

/// The `v` of length √2 whose `I − v vᵀ` turns `x` onto the first axis.
fn reflection(x: &[f64]) -> Vec<f64> {
    let mut v = x.to_vec();
    if normalize(&mut v) == 0.0 {
        return v;
    }
    v[0] += 1f64.copysign(v[0]);
    let scale = (2.0 / dot(&v, &v)).sqrt();
    v.iter_mut().for_each(|value| *value *= scale);
    v
}

fn reflect(reflection: &[f64], x: &mut [f64]) {
    let share = dot(reflection, x);
    x.iter_mut().zip(reflection).for_each(|(x, v)| *x -= share * v);
}

fn back_substitute(columns: &[&[f64]], y: &mut [f64]) {
    for k in (0..columns.len()).rev() {
        y[k] /= columns[k][k];
        let solved = y[k];
        for (y, r) in y[..k].iter_mut().zip(columns[k]) {
            *y -= r * solved;
        }
    }
}
