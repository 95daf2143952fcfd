//! Rows as the solvers want them: centred and scaled by the square roots of their weights. Centring takes the
//! intercept out of the problem, so that it is not penalised.

use std::ops::Range;

use ndarray::{Array2, ArrayView1, s};

use crate::{
    model::{FitContext, FitError, TrainingSet},
    models::linear::rows::{blocks, sum_over_rows},
};

/// Multiplications at most between two questions whether to stop.
const WORK: usize = 100_000_000;
/// Rows at most that are multiplied at once.
pub(super) const MOST_BLOCK: usize = 512;

/// The rows of a table, to be had centred and weighted.
pub(crate) struct Centred<'s, 'a> {
    set: &'s TrainingSet<'a>,
    y: ArrayView1<'a, f64>,
    /// The features' means, then the target's; zeros without an intercept.
    means: Vec<f64>,
}

impl<'s, 'a> Centred<'s, 'a> {
    pub(crate) fn of(
        set: &'s TrainingSet<'a>,
        fit_intercept: bool,
        ctx: &FitContext,
    ) -> Result<Self, FitError> {
        let y = ArrayView1::from(set.values()?);
        let (n, p) = set.x.dim();
        if !fit_intercept {
            return Ok(Self {
                set,
                y,
                means: vec![0.0; p + 1],
            });
        }
        let mut means = sum_over_rows(n, p + 2, |range, sums| {
            let weights = set
                .weights
                .map(|weights| ArrayView1::from(&weights[range.clone()]));
            let sum = |column: ArrayView1<f64>| match &weights {
                Some(weights) => column.dot(weights),
                None => column.sum(),
            };
            for (sums, column) in sums.iter_mut().zip(set.x.columns()) {
                ctx.go_on()?;
                *sums = sum(column.slice(s![range.clone()]));
            }
            sums[p] = sum(y.slice(s![range.clone()]));
            sums[p + 1] = weights.map_or(range.len() as f64, |weights| weights.sum());
            Ok(())
        })?;
        let total = means.pop().unwrap_or(1.0);
        means.iter_mut().for_each(|mean| *mean /= total);
        Ok(Self { set, y, means })
    }

    /// Rows and features.
    pub(crate) fn dim(&self) -> (usize, usize) {
        self.set.x.dim()
    }

    /// What the rows weigh together.
    pub(crate) fn total_weight(&self) -> f64 {
        match self.set.weights {
            Some(weights) => weights.iter().sum(),
            None => self.y.len() as f64,
        }
    }

    /// Rows × (features, then the target), of the rows in `range`; column-major.
    pub(crate) fn rows(&self, range: Range<usize>) -> Array2<f64> {
        let p = self.set.x.ncols();
        let roots: Option<Vec<f64>> = self
            .set
            .weights
            .map(|weights| weights[range.clone()].iter().map(|w| w.sqrt()).collect());
        let mut rows = Array2::zeros((p + 1, range.len())).reversed_axes();
        for (j, mut column) in rows.columns_mut().into_iter().enumerate() {
            let source = if j == p {
                self.y.view()
            } else {
                self.set.x.column(j)
            };
            let mean = self.means[j];
            column.zip_mut_with(&source.slice(s![range.clone()]), |value, raw| *value = raw - mean);
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
    pub(crate) fn gram(&self, ctx: &FitContext) -> Result<Array2<f64>, FitError> {
        let (n, p) = self.dim();
        let width = p + 1;
        let size = (WORK / (width * width)).clamp(8, MOST_BLOCK);
        let sums = sum_over_rows(n, width * width, |range, sums| {
            let mut gram = Array2::zeros((width, width));
            for block in blocks(range, size) {
                ctx.go_on()?;
                let rows = self.rows(block);
                ndarray::linalg::general_mat_mul(1.0, &rows.t(), &rows, 1.0, &mut gram);
            }
            sums.copy_from_slice(gram.as_slice().unwrap_or_default());
            Ok(())
        })?;
        Ok(Array2::from_shape_vec((width, width), sums).expect("one sum per pair of columns"))
    }

    /// What is predicted where all features are zero.
    pub(crate) fn intercept(&self, coefficients: &[f64]) -> f64 {
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
