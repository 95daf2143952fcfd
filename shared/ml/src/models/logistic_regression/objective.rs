//! The function that logistic regression minimises, on standardised features: its value and gradient in one
//! pass over the rows. Penalties on magnitudes are not part of it.
//!
//! Parameters lie class by class (one for two classes): a coefficient per feature, then the intercept.

use super::{
    kernel::{self, Block, Loss, Sums},
    preconditioner::{Preconditioner, enough, is_cheap},
    standardize::Standardized,
};
use crate::{
    instructions::Instructions,
    model::{FitContext, FitError},
    models::linear::{lanes::BLOCK, lbfgs::Problem, rows::sum_over_rows},
    observer::Step,
};

/// Steps after which the preconditioner is computed anew. A search that began near the minimum ends before the first.
const REFRESHED: [usize; 4] = [12, 36, 108, 324];

/// The objective.
pub(super) struct Objective<'a> {
    pub(super) x: &'a Standardized<'a>,
    pub(super) codes: &'a [u32],
    pub(super) weights: Option<&'a [f64]>,
    /// Lists of coefficients: one for two classes, else one for each class.
    pub(super) outputs: usize,
    pub(super) loss: Loss,
    pub(super) fit_intercept: bool,
    /// The penalty on each standardised coefficient's square, doubled.
    pub(super) penalties: Vec<f64>,
    pub(super) ctx: &'a FitContext<'a>,
    /// Iterations at most, over all minimisations.
    pub(super) all_iterations: usize,
    pub(super) preconditioner: Preconditioner,
    pub(super) instructions: Instructions,
    /// Every such block of rows is looked at, standing for all.
    pub(super) stride: usize,
    /// Iterations made before the current minimisation.
    pub(super) made: usize,
}

impl Objective<'_> {
    /// Parameters of one class.
    pub(super) fn width(&self) -> usize {
        self.x.features() + 1
    }

    /// What the rows of every `stride`-th block weigh.
    pub(super) fn weight_of(&self, stride: usize) -> f64 {
        (0..self.x.blocks())
            .step_by(stride)
            .map(|block| match self.weights {
                Some(weights) => weights[self.x.range(block)].iter().sum(),
                None => self.x.range(block).len() as f64,
            })
            .sum()
    }

    fn curvature_is_cheap(&self) -> bool {
        let rows = self.x.rows() / self.stride;
        is_cheap(enough(self.x.features()) as f64, self.width() as f64, rows as f64)
    }

    /// Tells that a step was made.
    pub(super) fn tick(&self, iteration: usize) {
        self.ctx.observer.step(Step {
            completed: (self.made + iteration).min(self.all_iterations) as u64,
            total: self.all_iterations as u64,
            unit: "iterations",
        });
    }
}

impl Problem for Objective<'_> {
    type Stop = FitError;

    fn evaluate(&mut self, parameters: &[f64], gradient: &mut [f64]) -> Result<f64, FitError> {
        let at = self.x.to_columns(parameters);
        let (p, stride) = (self.x.features(), self.stride);
        let blocks = self.x.blocks().div_ceil(stride);
        // Whole blocks are dealt out, so that the kernel never sees part of one.
        let sums = sum_over_rows(blocks * BLOCK, at.len() + 1, |range, sums| {
            let (loss, gradient) = sums.split_first_mut().expect("the loss comes first");
            let (mut columns, mut scores) = (Vec::with_capacity(p), Vec::new());
            for block in range.start.div_ceil(BLOCK)..range.end.div_ceil(BLOCK) {
                self.ctx.go_on()?;
                let block = block * stride;
                let rows = self.x.range(block);
                columns.clear();
                columns.extend((0..p).map(|feature| self.x.column(block, feature)));
                let block = Block {
                    loss: self.loss,
                    columns: &columns,
                    codes: &self.codes[rows.clone()],
                    weights: self.weights.map(|weights| &weights[rows]),
                };
                let mut sums = Sums {
                    parameters: &at,
                    gradient,
                    scores: &mut scores,
                };
                *loss += kernel::block(self.instructions, block, &mut sums);
            }
            Ok(())
        })?;
        gradient.copy_from_slice(&sums[1..]);
        self.x.standardise_gradient(gradient);
        let mut value = sums[0];
        if stride > 1 {
            let inflation = self.weight_of(1) / self.weight_of(stride);
            value *= inflation;
            gradient.iter_mut().for_each(|gradient| *gradient *= inflation);
        }
        for (parameters, gradient) in parameters.chunks(p + 1).zip(gradient.chunks_mut(p + 1)) {
            for ((v, g), penalty) in parameters.iter().zip(&mut *gradient).zip(&self.penalties) {
                value += 0.5 * penalty * v * v;
                *g += penalty * v;
            }
            if !self.fit_intercept {
                gradient[p] = 0.0;
            }
        }
        Ok(value)
    }

    fn precondition(&self, gradient: &mut [f64]) {
        self.preconditioner.apply(gradient);
    }

    fn stepped(&mut self, iteration: usize, parameters: &[f64]) -> Result<bool, FitError> {
        self.tick(iteration);
        let anew = REFRESHED.contains(&iteration) && self.curvature_is_cheap();
        if anew {
            self.preconditioner = Preconditioner::at(self, parameters)?;
        }
        Ok(anew)
    }
}
