//! Gradients and hessians as whole numbers, so that their sums are exact and do not depend on the order of adding.

use rayon::prelude::*;

use super::loss::{CHUNK, Divisor, Loss};
use crate::models::tree::{
    bag::Sample,
    cell::{Cell, WIDE_WEIGHT},
    score::Newton,
};

/// What a whole gradient in a wide cell is at most.
const WIDE_GRADIENT: f64 = 1_073_741_824.0;

/// How slopes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Hessians are all 1; gradients are counted from the least, up to so much.
    Narrow(u32),
    /// Both are scaled.
    Wide,
}

/// The rows a tree is grown on, and what their marks stand for.
pub(super) fn slopes<C: Cell>(
    loss: Loss,
    packing: Packing,
    rows: &[u32],
    weights: Option<&[f64]>,
    (output, raw): (usize, &[f64]),
    divisors: &[Divisor],
    l2: f64,
) -> (Vec<Sample<u64>>, Newton) {
    let slope = |row: u32| {
        let at = row as usize;
        let weight = weights.map_or(1.0, |weights| weights[at]);
        let (gradient, hessian) = loss.slope(at, output, raw[at], divisors);
        (gradient * weight, hessian * weight)
    };
    let heaviest = weights.map_or(1.0, |weights| weights.iter().copied().fold(0.0, f64::max));
    let (least, greatest, steepest) = match loss {
        Loss::Squared(_) => {
            let (least, greatest) = extent(rows, |row| slope(row).0);
            (least, greatest, heaviest)
        }
        Loss::TwoClasses(_) | Loss::Classes(..) => (-heaviest, heaviest, heaviest / 4.0),
    };
    let positive = |step: f64| if step > 0.0 { step } else { 1.0 };
    let (newton, gradient_to_whole, hessian_to_whole) = match packing {
        Packing::Narrow(most) => {
            let step = positive((greatest - least) / f64::from(most));
            let newton = Newton {
                gradient: step,
                offset: least,
                hessian: 1.0,
                l2,
            };
            (newton, 1.0 / step, 1.0)
        }
        Packing::Wide => {
            let step = positive(greatest.max(-least) / WIDE_GRADIENT);
            let most = (1u64 << (WIDE_WEIGHT - 1)) / (rows.len() as u64).next_power_of_two();
            let hessian = steepest / most.min(1 << 31) as f64;
            let newton = Newton {
                gradient: step,
                offset: 0.0,
                hessian,
                l2,
            };
            (newton, 1.0 / step, 1.0 / hessian)
        }
    };
    let sample = |row: &u32| {
        let (gradient, hessian) = slope(*row);
        let mark = match packing {
            Packing::Narrow(most) => C::mark(
                (((gradient - least) * gradient_to_whole + 0.5) as u32).min(most),
                1,
            ),
            Packing::Wide => C::mark(
                whole(gradient * gradient_to_whole) as u32,
                (hessian * hessian_to_whole + 0.5) as u32,
            ),
        };
        Sample { row: *row, mark }
    };
    let samples = rows.par_iter().with_min_len(CHUNK).map(sample).collect();
    (samples, newton)
}

/// The nearest whole number, found without a call.
#[inline]
fn whole(number: f64) -> i32 {
    (number + 0.5_f64.copysign(number)) as i32
}

fn extent(rows: &[u32], number: impl Fn(u32) -> f64 + Sync) -> (f64, f64) {
    let none = || (f64::INFINITY, f64::NEG_INFINITY);
    rows.par_iter()
        .with_min_len(CHUNK)
        .map(|row| number(*row))
        .fold(none, |(least, greatest), number| {
            (least.min(number), greatest.max(number))
        })
        .reduce(none, |one, two| (one.0.min(two.0), one.1.max(two.1)))
}
