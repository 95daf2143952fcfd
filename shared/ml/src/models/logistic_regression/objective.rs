//! The function that logistic regression minimises, on standardised features: its value and gradient in one
//! pass over the rows.
//!
//! Parameters lie class by class (one for two classes): a coefficient per feature, then the intercept.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, linalg::general_mat_mul, s};

use super::{preconditioner::Preconditioner, sigmoid, softmax, standardize::Standardized};
use crate::{
    model::{FitContext, FitError},
    models::linear::{lbfgs::Problem, rows::sum_over_rows},
    observer::Step,
};

/// Steps after which the preconditioner is computed anew: early, while probabilities change most.
const REFRESHED: [usize; 7] = [3, 6, 12, 24, 48, 96, 192];

/// The objective.
pub(super) struct Objective<'a> {
    pub(super) x: &'a Standardized,
    pub(super) codes: &'a [u32],
    pub(super) weights: Option<&'a [f64]>,
    /// Lists of coefficients: one for two classes, else one for each class.
    pub(super) outputs: usize,
    pub(super) fit_intercept: bool,
    /// The penalty on each standardised coefficient's square, doubled.
    pub(super) penalties: Vec<f64>,
    pub(super) ctx: &'a FitContext<'a>,
    pub(super) max_iterations: usize,
    pub(super) preconditioner: Preconditioner,
}

impl Objective<'_> {
    /// Parameters of one class.
    pub(super) fn width(&self) -> usize {
        self.x.features() + 1
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Adds the gradient over the block's rows to `gradient` (outputs × width) and returns their loss.
    fn block(&self, block: usize, parameters: ArrayView2<f64>, gradient: &mut ArrayViewMut2<f64>) -> f64 {
        let p = self.x.features();
        let (start, x) = self.x.block(block);
        let mut residuals = Array2::zeros((x.ncols(), self.outputs));
        for mut row in residuals.rows_mut() {
            row.assign(&parameters.column(p));
        }
        let loss = if self.outputs == 1 {
            let scores = residuals.as_slice_mut().unwrap_or_default();
            for (column, beta) in x.rows().into_iter().zip(parameters.row(0)) {
                let column = column.to_slice().unwrap_or_default();
                scores
                    .iter_mut()
                    .zip(column)
                    .for_each(|(score, value)| *score += beta * value);
            }
            let loss = self.binary(start, scores);
            for (column, gradient) in x.rows().into_iter().zip(gradient.row_mut(0)) {
                *gradient += column.dot(&ndarray::ArrayView1::from(&*scores));
            }
            loss
        } else {
            general_mat_mul(
                1.0,
                &x.t(),
                &parameters.slice(s![.., ..p]).t(),
                1.0,
                &mut residuals,
            );
            let loss = self.multinomial(start, &mut residuals);
            general_mat_mul(
                1.0,
                &residuals.t(),
                &x.t(),
                1.0,
                &mut gradient.slice_mut(s![.., ..p]),
            );
            loss
        };
        if self.fit_intercept {
            let sums = residuals.sum_axis(ndarray::Axis(0));
            gradient
                .column_mut(p)
                .zip_mut_with(&sums, |gradient, sum| *gradient += sum);
        }
        loss
    }

    /// Rows × outputs of a block's features × rows.
    pub(super) fn scores(&self, x: ArrayView2<f64>, parameters: ArrayView2<f64>) -> Array2<f64> {
        let p = self.x.features();
        let mut scores = Array2::zeros((x.ncols(), self.outputs));
        scores
            .rows_mut()
            .into_iter()
            .for_each(|mut row| row.assign(&parameters.column(p)));
        if self.outputs > 1 {
            general_mat_mul(1.0, &x.t(), &parameters.slice(s![.., ..p]).t(), 1.0, &mut scores);
            return scores;
        }
        let column = scores.as_slice_mut().unwrap_or_default();
        for (values, beta) in x.rows().into_iter().zip(parameters.row(0)) {
            let values = values.to_slice().unwrap_or_default();
            column
                .iter_mut()
                .zip(values)
                .for_each(|(score, value)| *score += beta * value);
        }
        scores
    }

    /// Turns scores into residuals and returns the loss.
    fn binary(&self, start: usize, scores: &mut [f64]) -> f64 {
        let mut loss = 0.0;
        for (i, score) in scores.iter_mut().enumerate() {
            let (row, positive) = (start + i, self.codes[start + i] == 1);
            let against = if positive { -*score } else { *score };
            // ln(1 + exp(a)), without overflow
            let weight = self.weight(row);
            loss += weight * (against.max(0.0) + (-against.abs()).exp().ln_1p());
            *score = weight
                * if positive {
                    -sigmoid(against)
                } else {
                    sigmoid(against)
                };
        }
        loss
    }

    /// Turns scores into residuals and returns the loss.
    fn multinomial(&self, start: usize, scores: &mut Array2<f64>) -> f64 {
        let mut loss = 0.0;
        for (i, mut scores) in scores.rows_mut().into_iter().enumerate() {
            let (weight, code) = (self.weight(start + i), self.codes[start + i] as usize);
            let own = scores[code];
            loss += weight * (softmax(scores.as_slice_mut().unwrap_or_default()) - own);
            scores[code] -= 1.0;
            scores *= weight;
        }
        loss
    }
}

impl Problem for Objective<'_> {
    type Stop = FitError;

    fn evaluate(&mut self, parameters: &[f64], gradient: &mut [f64]) -> Result<f64, FitError> {
        let shape = (self.outputs, self.width());
        let matrix = ArrayView2::from_shape(shape, parameters).expect("one parameter per place");
        let numbers = parameters.len();
        // Whole blocks are dealt out, so that a block's kernels never see part of one.
        let rows_in_blocks = self.x.blocks() * super::standardize::BLOCK;
        let sums = sum_over_rows(rows_in_blocks, numbers + 1, |range, sums| {
            let first = range.start.div_ceil(super::standardize::BLOCK);
            let last = range.end.div_ceil(super::standardize::BLOCK);
            let (loss, sums) = sums.split_first_mut().expect("the loss comes first");
            let mut sums = ArrayViewMut2::from_shape(shape, sums).expect("one sum per parameter");
            for block in first..last {
                self.ctx.go_on()?;
                *loss += self.block(block, matrix, &mut sums);
            }
            Ok(())
        })?;
        gradient.copy_from_slice(&sums[1..]);
        let mut value = sums[0];
        for (parameters, gradient) in parameters
            .chunks(self.width())
            .zip(gradient.chunks_mut(self.x.features() + 1))
        {
            for ((v, g), penalty) in parameters.iter().zip(gradient).zip(&self.penalties) {
                value += 0.5 * penalty * v * v;
                *g += penalty * v;
            }
        }
        Ok(value)
    }

    fn precondition(&self, gradient: &mut [f64]) {
        self.preconditioner.apply(gradient);
    }

    fn stepped(&mut self, iteration: usize, parameters: &[f64]) -> Result<(), FitError> {
        let (completed, total) = (iteration as u64, self.max_iterations as u64);
        self.ctx.observer.step(Step {
            completed,
            total,
            unit: "iterations",
        });
        if REFRESHED.contains(&iteration) {
            self.preconditioner = Preconditioner::at(self, parameters)?;
        }
        Ok(())
    }
}
