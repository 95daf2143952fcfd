//! One evaluation on a block of rows: scores, what they cost and the residuals they leave, and the gradient; compiled
//! for each set of instructions and chosen at run time.
//!
//! Every sum has eight lanes whatever the width of the registers, so AVX2 and AVX-512 give the same bytes; plain
//! instructions round once more, having no fused multiply-add.

#![allow(unsafe_code)]

mod functions;
mod loss;

use crate::{
    instructions::Instructions,
    models::linear::{
        lanes::{BLOCK, Rows},
        products::{add_combinations, add_products},
    },
};

/// What a row's score costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::models) enum Loss {
    /// The negative logarithm of its class's probability.
    Logistic,
    /// The square of what its margin lacks to 1; two classes.
    SquaredHinge,
}

/// A block of rows.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) loss: Loss,
    /// The features' columns.
    pub(super) columns: &'a [&'a Rows],
    /// Each row's class.
    pub(super) codes: &'a [u32],
    /// Each row's weight; 1 if absent.
    pub(super) weights: Option<&'a [f64]>,
}

/// What is computed at and what is added to: outputs × (features, then the intercept).
pub(super) struct Sums<'a> {
    pub(super) parameters: &'a [f64],
    pub(super) gradient: &'a mut [f64],
    /// Room for outputs × rows, kept so that it is not made anew for every block.
    pub(super) scores: &'a mut Vec<Rows>,
}

/// Adds the block's gradient and returns its loss.
pub(super) fn block(instructions: Instructions, block: Block, sums: &mut Sums) -> f64 {
    let p = block.columns.len();
    let width = p + 1;
    let scores = &mut *sums.scores;
    scores.resize(sums.parameters.len() / width, [0.0; BLOCK]);
    for (scores, parameters) in scores.iter_mut().zip(sums.parameters.chunks_exact(width)) {
        scores.fill(parameters[p]);
    }
    add_combinations(instructions, scores, block.columns, sums.parameters, width);
    let loss = match instructions {
        Instructions::Plain => any_loss::<false>(block, scores),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Instructions::all` names AVX2 only where the processor has it and FMA.
        Instructions::Avx2 => unsafe { avx2_loss(block, scores) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Instructions::all` names AVX-512 only where the processor has it, AVX2 and FMA.
        Instructions::Avx512 => unsafe { avx512_loss(block, scores) },
    };
    let residuals: Vec<&[f64]> = scores.iter().map(|scores| &scores[..]).collect();
    let columns: Vec<&[f64]> = block.columns.iter().map(|column| &column[..]).collect();
    add_products(instructions, &residuals, &columns, sums.gradient, width);
    for (residuals, gradient) in scores.iter().zip(sums.gradient.chunks_exact_mut(width)) {
        gradient[p] += functions::sum(residuals);
    }
    loss
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2_loss(block: Block, scores: &mut [Rows]) -> f64 {
    any_loss::<true>(block, scores)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn avx512_loss(block: Block, scores: &mut [Rows]) -> f64 {
    any_loss::<true>(block, scores)
}

/// Turns scores into residuals and returns the loss.
#[inline(always)]
fn any_loss<const FMA: bool>(block: Block, scores: &mut [Rows]) -> f64 {
    match (block.loss, scores) {
        (Loss::SquaredHinge, scores) => scores
            .iter_mut()
            .map(|scores| loss::squared_hinge(block, scores))
            .sum(),
        (Loss::Logistic, [scores]) => loss::of_two::<FMA>(block, scores),
        (Loss::Logistic, scores) => loss::of_more::<FMA>(block, scores),
    }
}

#[cfg(test)]
mod tests;
