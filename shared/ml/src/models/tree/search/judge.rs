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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tree::{
        cell::Narrow,
        class_cell::ClassCell,
        score::{Entropy, Gini, Newton, Variance},
    };

    fn agree<C: Cell>(score: &impl Score<C>, targets: u32) {
        let rows = (0..200).map(|i| C::of(C::mark(i * 7 % targets, 1 + i % 3)));
        let sums: Vec<C> = rows
            .scan(C::default(), |sum, row| {
                *sum = sum.plus(row);
                Some(*sum)
            })
            .collect();
        let more = C::of(C::mark(1, 5));
        let total = sums[199].plus(more).plus(more);
        let scores = |instructions| {
            let mut scores = vec![0.0; 200];
            judge(instructions, score, (&sums, more), total, &mut scores);
            scores.iter().map(|score| score.to_bits()).collect::<Vec<_>>()
        };
        let all: Vec<Vec<u64>> = Instructions::all().into_iter().map(scores).collect();
        assert!(all.iter().all(|other| *other == all[0]));
    }

    #[test]
    fn all_instructions_give_the_same_bytes() {
        agree::<Narrow>(&Variance { unit: 1.0 }, 1000);
        agree::<Narrow>(&Entropy, 2);
        agree::<ClassCell>(&Gini, 6);
        let newton = Newton {
            gradient: 0.3,
            offset: -20.0,
            hessian: 0.7,
            l2: 0.1,
        };
        agree::<Narrow>(&newton, 1000);
    }
}
