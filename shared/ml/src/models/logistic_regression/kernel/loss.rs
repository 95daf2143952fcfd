//! Scores turned into residuals, and the loss they mean.

#![allow(clippy::needless_range_loop)] // Indices over several arrays at once are what vectorises.

use super::{
    Block,
    functions::{exp, ln_1p, sum},
};
use crate::models::linear::lanes::{BLOCK, Rows};

/// Each row's weight; 0 for places beyond the last row.
#[inline(always)]
fn weights(block: Block) -> Rows {
    let mut all = [0.0; BLOCK];
    match block.weights {
        Some(weights) => all[..weights.len()].copy_from_slice(weights),
        None => all[..block.codes.len()].fill(1.0),
    }
    all
}

/// +1 for the first class, whose loss grows with the score, −1 for the last.
#[inline(always)]
fn signs(block: Block) -> Rows {
    let mut all = [1.0; BLOCK];
    for (sign, code) in all.iter_mut().zip(block.codes) {
        *sign = 1.0 - 2.0 * f64::from(*code);
    }
    all
}

/// Two classes: turns scores `s` of the last into the slopes of `w max(0, 1 ± s)²`, and returns their sum.
#[inline(always)]
pub(super) fn squared_hinge(block: Block, scores: &mut Rows) -> f64 {
    let (weights, signs) = (weights(block), signs(block));
    let mut losses = [0.0; BLOCK];
    for i in 0..BLOCK {
        let lacking = 1.0 + scores[i] * signs[i];
        let lacking = if lacking < 0.0 { 0.0 } else { lacking };
        let weighted = weights[i] * lacking;
        losses[i] = weighted * lacking;
        scores[i] = 2.0 * weighted * signs[i];
    }
    sum(&losses)
}

/// Two classes: turns scores `s` of the last into `w (P − y)` and returns the sum of `w ln(1 + exp(∓s))`.
#[inline(always)]
pub(super) fn of_two<const FMA: bool>(block: Block, scores: &mut Rows) -> f64 {
    let (weights, signs) = (weights(block), signs(block));
    let mut losses = [0.0; BLOCK];
    for i in 0..BLOCK {
        let against = scores[i] * signs[i];
        let small = exp::<FMA>(-against.abs());
        let wrong = (if against > 0.0 { 1.0 } else { small }) / (1.0 + small);
        // What is not a number stays that, so that a step too far is seen.
        let beyond = if against < 0.0 { 0.0 } else { against };
        losses[i] = weights[i] * (beyond + ln_1p::<FMA>(small));
        scores[i] = weights[i] * signs[i] * wrong;
    }
    sum(&losses)
}

/// More: turns scores into `w (P − y)` for each class and returns the sum of `w (ln Σ exp(s) − s_y)`.
#[inline(always)]
pub(super) fn of_more<const FMA: bool>(block: Block, scores: &mut [Rows]) -> f64 {
    let weights = weights(block);
    let mut own = [0.0; BLOCK];
    for (i, code) in block.codes.iter().enumerate() {
        own[i] = scores[*code as usize][i];
    }
    let mut largest = [f64::NEG_INFINITY; BLOCK];
    for scores in scores.iter() {
        for i in 0..BLOCK {
            largest[i] = if scores[i] > largest[i] {
                scores[i]
            } else {
                largest[i]
            };
        }
    }
    let mut total = [0.0; BLOCK];
    for scores in scores.iter_mut() {
        for i in 0..BLOCK {
            scores[i] = exp::<FMA>(scores[i] - largest[i]);
            total[i] += scores[i];
        }
    }
    let mut losses = [0.0; BLOCK];
    let mut share = [0.0; BLOCK];
    for i in 0..BLOCK {
        let beyond = largest[i] - own[i];
        losses[i] = weights[i] * (beyond + ln_1p::<FMA>(total[i] - 1.0));
        share[i] = weights[i] / total[i];
    }
    for scores in scores.iter_mut() {
        for i in 0..BLOCK {
            scores[i] *= share[i];
        }
    }
    for (i, code) in block.codes.iter().enumerate() {
        scores[*code as usize][i] -= weights[i];
    }
    sum(&losses)
}
