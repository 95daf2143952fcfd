//! One evaluation of the logistic loss and its gradient, for `benches/kernels.rs`.

use ndarray::ArrayView2;

use super::{
    kernel::{self, Block, Loss, Sums},
    standardize::Standardized,
};
use crate::{instructions::Instructions, models::bench::around};

/// A table and its classes in the blocks of rows that the kernel takes.
pub struct Blocks<'a> {
    x: Standardized<'a>,
    codes: &'a [u32],
}

impl<'a> Blocks<'a> {
    /// Of `x` (rows × features) and a class per row.
    pub fn of(x: ArrayView2<'a, f64>, codes: &'a [u32]) -> Self {
        let x = Standardized::of(x, true, &around()).expect("nobody cancels");
        Self { x, codes }
    }

    /// The loss at `parameters`, outputs × (features, then the intercept), whose gradient is added to `gradient`; on one
    /// thread, by the widest instructions there are. Two classes have one output.
    pub fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let mut scores = Vec::new();
        let loss = |at: usize| {
            let columns: Vec<_> = (0..self.x.features())
                .map(|feature| self.x.column(at, feature))
                .collect();
            let block = Block {
                loss: Loss::Logistic,
                columns: &columns,
                codes: &self.codes[self.x.range(at)],
                weights: None,
            };
            let mut sums = Sums {
                parameters,
                gradient: &mut *gradient,
                scores: &mut scores,
            };
            kernel::block(Instructions::widest(), block, &mut sums)
        };
        (0..self.x.blocks()).map(loss).sum()
    }
}
