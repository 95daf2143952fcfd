//! Rows as the solvers want them: centred and scaled by the square roots of their weights. Centring takes the
//! intercept out of the problem, so that it is not penalised.

mod raw;

use std::ops::Range;

use ndarray::{Array2, ArrayView1, ArrayViewMut1, ShapeBuilder, s};

use self::raw::Centre;
use crate::{
    instructions::Instructions,
    model::{FitContext, FitError, TrainingSet},
    models::linear::{
        lanes::{BLOCK, Rows},
        products::{add_gram, symmetric},
        require_finite,
        rows::{blocks, sum_over_rows},
    },
};

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

    /// The rows and the Gram matrix of all of them: (features, then the target) squared.
    ///
    /// # Errors
    /// When a feature holds a missing or an infinite value.
    pub(crate) fn with_gram(
        set: &'s TrainingSet<'a>,
        fit_intercept: bool,
        instructions: Instructions,
        ctx: &FitContext,
    ) -> Result<(Self, Array2<f64>), FitError> {
        if let Some(Centre { means, gram }) = raw::gram(set, fit_intercept, instructions, ctx)? {
            let y = ArrayView1::from(set.values()?);
            return Ok((Self { set, y, means }, gram));
        }
        let rows = Self::of(set, fit_intercept, ctx)?;
        let gram = rows.gram(instructions, ctx)?;
        Ok((rows, gram))
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

    /// # Errors
    /// When a feature holds a missing or an infinite value.
    pub(crate) fn require_finite(&self, ctx: &FitContext) -> Result<(), FitError> {
        require_finite(self.set, ctx)
    }

    /// All rows × these of (features, then the target); column-major.
    pub(crate) fn columns(&self, columns: Range<usize>, ctx: &FitContext) -> Result<Array2<f64>, FitError> {
        self.block(0..self.y.len(), columns, ctx)
    }

    /// These rows × these of (features, then the target); column-major.
    pub(crate) fn block(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        ctx: &FitContext,
    ) -> Result<Array2<f64>, FitError> {
        let roots = self.roots(rows.clone());
        let mut filled = Array2::zeros((rows.len(), columns.len()).f());
        for (mut to, j) in filled.columns_mut().into_iter().zip(columns) {
            ctx.go_on()?;
            self.fill(j, rows.clone(), roots.as_deref(), &mut to);
        }
        Ok(filled)
    }

    /// The square roots of the rows' weights.
    fn roots(&self, rows: Range<usize>) -> Option<Vec<f64>> {
        let weights = &self.set.weights?[rows];
        Some(weights.iter().map(|weight| weight.sqrt()).collect())
    }

    /// Fills a column of (features, then the target) with these rows.
    fn fill(&self, j: usize, rows: Range<usize>, roots: Option<&[f64]>, column: &mut ArrayViewMut1<f64>) {
        let source = if j == self.set.x.ncols() {
            self.y.view()
        } else {
            self.set.x.column(j)
        };
        let mean = self.means[j];
        column.zip_mut_with(&source.slice(s![rows]), |value, raw| *value = raw - mean);
        if let Some(roots) = roots {
            column.zip_mut_with(&ArrayView1::from(roots), |value, root| *value *= root);
        }
    }

    /// The Gram matrix of all rows, by way of a copy of each block.
    fn gram(&self, instructions: Instructions, ctx: &FitContext) -> Result<Array2<f64>, FitError> {
        let (n, p) = self.dim();
        let width = p + 1;
        let sums = sum_over_rows(n, width * width, |range, sums| {
            let mut columns: Vec<Rows> = vec![[0.0; BLOCK]; width];
            for block in blocks(range, BLOCK) {
                columns
                    .iter_mut()
                    .for_each(|column| column[block.len()..].fill(0.0));
                let roots = self.roots(block.clone());
                for (j, column) in columns.iter_mut().enumerate() {
                    let mut column = ArrayViewMut1::from(&mut column[..block.len()]);
                    self.fill(j, block.clone(), roots.as_deref(), &mut column);
                }
                let columns: Vec<&[f64]> = columns.iter().map(|column| &column[..]).collect();
                add_gram(instructions, &columns, sums, || ctx.go_on())?;
            }
            Ok(())
        })?;
        let gram = symmetric(sums, width, || ctx.go_on())?;
        // A value that is not finite makes its column's square so.
        if !gram.diag().iter().all(|square| square.is_finite()) {
            self.require_finite(ctx)?;
        }
        Ok(gram)
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

#[cfg(test)]
mod tests;
