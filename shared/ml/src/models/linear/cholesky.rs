//! The Cholesky factor of a symmetric positive definite matrix and the solution of systems with it. It is our
//! own because it must say when a matrix is so close to singular that the solution means nothing.

use std::{convert::Infallible, ops::Range};

use ndarray::Array2;

use crate::{
    instructions::Instructions,
    models::linear::{
        lanes::{LANES, dot},
        products::add_products,
    },
};

/// Below this share of its diagonal element, a pivot is rounding noise.
const PIVOT_FLOOR: f64 = 1e-11;
/// Rows that are factored at a time. So many columns before them are whole tiles of lanes.
const PANEL: usize = LANES;
/// Columns of a panel between two looks whether to go on.
const ASKED: usize = 1024;

/// A lower triangular `L` with `A = L Lᵀ`.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    /// By rows; what lies above the diagonal means nothing.
    lower: Vec<f64>,
    n: usize,
}

impl Cholesky {
    /// The factor of `matrix`, of which the lower triangle is read; none if it is not safely positive definite.
    pub(crate) fn of(matrix: Array2<f64>) -> Option<Self> {
        let Ok(factor) = Self::unless(matrix, Instructions::widest(), || Ok::<_, Infallible>(()));
        factor
    }

    /// As `of`, by these instructions; `stop` is asked now and then whether to go on.
    pub(crate) fn unless<E>(
        matrix: Array2<f64>,
        instructions: Instructions,
        stop: impl Fn() -> Result<(), E>,
    ) -> Result<Option<Self>, E> {
        let n = matrix.nrows();
        let mut lower = match matrix.is_standard_layout() {
            true => {
                let (mut numbers, offset) = matrix.into_raw_vec_and_offset();
                numbers.drain(..offset.unwrap_or(0));
                numbers
            }
            false => matrix.iter().copied().collect(),
        };
        for rows in panels(n) {
            let diagonal: Vec<f64> = rows.clone().map(|i| lower[i * n + i]).collect();
            for columns in panels(rows.end) {
                if columns.start % ASKED == 0 {
                    stop()?;
                }
                subtract_known(&mut lower, n, rows.clone(), columns.clone(), instructions);
                for i in rows.clone() {
                    let (above, row) = lower.split_at_mut(i * n);
                    for j in columns.start..columns.end.min(i) {
                        let other = &above[j * n..][..=j];
                        let known: f64 = (columns.start..j).map(|k| row[k] * other[k]).sum();
                        row[j] = (row[j] - known) / other[j];
                    }
                    if !columns.contains(&i) {
                        continue;
                    }
                    let known: f64 = row[columns.start..i].iter().map(|value| value * value).sum();
                    let (pivot, diagonal) = (row[i] - known, diagonal[i - rows.start]);
                    if !pivot.is_finite() || pivot <= PIVOT_FLOOR * diagonal || pivot <= f64::MIN_POSITIVE {
                        return Ok(None);
                    }
                    row[i] = pivot.sqrt();
                }
            }
        }
        Ok(Some(Self { lower, n }))
    }

    /// The natural logarithm of the determinant of `A`.
    pub(crate) fn ln_determinant(&self) -> f64 {
        let diagonal = self.lower.iter().step_by(self.n + 1);
        2.0 * diagonal.map(|pivot| pivot.ln()).sum::<f64>()
    }

    /// Turns `b` into the solution of `A x = b`.
    pub(crate) fn solve(&self, b: &mut [f64]) {
        for (i, row) in self.lower.chunks_exact(self.n.max(1)).enumerate() {
            let (solved, rest) = b.split_at_mut(i);
            rest[0] = (rest[0] - dot(&row[..i], solved)) / row[i];
        }
        for (i, row) in self.lower.chunks_exact(self.n.max(1)).enumerate().rev() {
            let (left, rest) = b.split_at_mut(i);
            rest[0] /= row[i];
            let terms = left.iter_mut().zip(&row[..i]);
            terms.for_each(|(left, factor)| *left -= rest[0] * factor);
        }
    }
}

/// Rows or columns in panels.
fn panels(n: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n)
        .step_by(PANEL)
        .map(move |start| start..(start + PANEL).min(n))
}

/// Subtracts from these elements the products of what is known of their rows and columns: all before `columns`.
fn subtract_known(
    lower: &mut [f64],
    n: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    instructions: Instructions,
) {
    if columns.start == 0 {
        return;
    }
    let known =
        |range: Range<usize>| -> Vec<&[f64]> { range.map(|i| &lower[i * n..][..columns.start]).collect() };
    let mut products = [0.0; PANEL * PANEL];
    add_products(
        instructions,
        &known(rows.clone()),
        &known(columns.clone()),
        &mut products,
        PANEL,
    );
    for (i, products) in rows.zip(products.chunks_exact(PANEL)) {
        let elements = lower[i * n..][columns.clone()].iter_mut().zip(products);
        elements.for_each(|(element, product)| *element -= product);
    }
}

#[cfg(test)]
mod tests;
