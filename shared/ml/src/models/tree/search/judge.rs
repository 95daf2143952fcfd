//! The judging of many cuts, compiled for each set of instructions and chosen at run time. Nothing is fused or summed,
//! so all sets of instructions give the same bytes.

#![allow(unsafe_code)]

use crate::{
    instructions::Instructions,
    models::tree::{cell::Cell, score::Score},
};

/// Judges the cuts that leave these sums and `more` on the left of a node with `total`.
#[inline]
pub(super) fn judge<C: Cell, S: Score<C>>(
    instructions: Instructions,
    score: &S,
    (sums, more): (&[C], C),
    total: C,
    scores: &mut [f64],
) {
    match instructions {
        Instructions::Plain => any_judge(score, (sums, more), total, scores),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Instructions::all` names AVX2 only where the processor has it, and AVX-512 only beside it. Dividing
        // is no faster with that.
        Instructions::Avx2 | Instructions::Avx512 => unsafe {
            avx2_judge(score, (sums, more), total, scores);
        },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2_judge<C: Cell, S: Score<C>>(score: &S, (sums, more): (&[C], C), total: C, scores: &mut [f64]) {
    any_judge(score, (sums, more), total, scores);
}

#[inline(always)]
fn any_judge<C: Cell, S: Score<C>>(score: &S, (sums, more): (&[C], C), total: C, scores: &mut [f64]) {
    score.judge(sums.iter().map(|sum| sum.plus(more)), total, scores);
}
