//! Rows as the solvers want them: centred and scaled by the square roots of their weights. Centring takes the
//! intercept out of the problem, so that it is not penalised.

use std::ops::Range;

use ndarray::Array2;

use crate::{
    model::{FitContext, FitError, TrainingSet},
    models::linear::rows::{blocks, sum_over_rows},
};

/// The rows of a table, to be had centred and weighted.
pub(super) struct Centred<'s, 'a> {
    set: &'s TrainingSet<'a>,
    y: &'a [f64],
    /// The features' means, then the target's; zeros without an intercept.
    means: Vec<f64>,
}

impl<'s, 'a> Centred<'s, 'a> {
    pub(super) fn of(
        set: &'s TrainingSet<'a>,
        fit_intercept: bool,
        ctx: &FitContext,
    ) -> Result<Self, FitError> {
        let y = set.values()?;
        let (n, p) = set.x.dim();
        if !fit_intercept {
            return Ok(Self {
                set,
                y,
                means: vec![0.0; p + 1],
            });
        }
        let mut means = sum_over_rows(n, p + 2, |range, sums| {
            ctx.go_on()?;
            for row in range {
                let weight = set.weights.map_or(1.0, |weights| weights[row]);
                for (sum, value) in sums.iter_mut().zip(set.x.row(row)) {
                    *sum += weight * value;
                }
                sums[p] += weight * y[row];
                sums[p + 1] += weight;
            }
            Ok(())
        })?;
        let total = means.pop().unwrap_or(1.0);
        means.iter_mut().for_each(|mean| *mean /= total);
        Ok(Self { set, y, means })
    }

    /// Rows × (features, then the target), of the rows in `range`; column-major.
    pub(super) fn rows(&self, range: Range<usize>) -> Array2<f64> {
        let p = self.set.x.ncols();
        let roots: Option<Vec<f64>> = self
            .set
            .weights
            .map(|weights| weights[range.clone()].iter().map(|w| w.sqrt()).collect());
        let mut rows = Array2::zeros((p + 1, range.len())).reversed_axes();
        for (j, mut column) in rows.columns_mut().into_iter().enumerate() {
            for (value, row) in column.iter_mut().zip(range.clone()) {
                *value = if j == p { self.y[row] } else { self.set.x[[row, j]] } - self.means[j];
            }
            if let Some(roots) = &roots {
                column
                    .iter_mut()
                    .zip(roots)
                    .for_each(|(value, root)| *value *= root);
            }
        }
        rows
    }

    /// The Gram matrix of all rows: (features, then the target) squared.
    pub(super) fn gram(&self, ctx: &FitContext) -> Result<Array2<f64>, FitError> {
        let (n, p) = self.set.x.dim();
        let width = p + 1;
        let sums = sum_over_rows(n, width * width, |range, sums| {
            let mut gram = Array2::zeros((width, width));
            for block in blocks(range, 512) {
                ctx.go_on()?;
                let rows = self.rows(block);
                ndarray::linalg::general_mat_mul(1.0, &rows.t(), &rows, 1.0, &mut gram);
            }
            sums.copy_from_slice(gram.as_slice().unwrap_or_default());
            Ok(())
        })?;
        Ok(Array2::from_shape_fn((width, width), |(i, j)| {
            sums[i * width + j]
        }))
    }

    /// What is predicted where all features are zero.
    pub(super) fn intercept(&self, coefficients: &[f64]) -> f64 {
        let p = coefficients.len();
        self.means[p]
            - self
                .means
                .iter()
                .zip(coefficients)
                .map(|(mean, beta)| mean * beta)
                .sum::<f64>()
    }
}
