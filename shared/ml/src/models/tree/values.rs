//! The objective of regressors: squared error, and leaves that hold the mean.
//!
//! Targets are held as whole numbers too, their range spread over as many bits as sums leave room for (at least
//! 30). They decide about splits only; a leaf's mean is that of the targets themselves.

use super::{
    bag::Sample,
    objective::{Objective, Sweep, cell, unpack},
};

/// Bits of a target at most: more than a double holds would be noise.
const MOST_BITS: u32 = 52;

/// Separates numbers.
pub(crate) struct Values<'a> {
    values: &'a [f64],
    whole: Vec<i64>,
}

impl<'a> Values<'a> {
    /// Targets whose bags have weights that add up to at most `most_total`.
    pub(crate) fn of(values: &'a [f64], most_total: u64) -> Self {
        let bits = (most_total.leading_zeros() - 2).min(MOST_BITS);
        let (low, high) = values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
                (low.min(*y), high.max(*y))
            });
        let (middle, half) = (low / 2.0 + high / 2.0, high / 2.0 - low / 2.0);
        let most = (1u64 << bits) as f64;
        let whole = |y: &f64| {
            if half > 0.0 {
                ((y - middle) / half * most).round() as i64
            } else {
                0
            }
        };
        Self {
            values,
            whole: values.iter().map(whole).collect(),
        }
    }
}

/// A side's rows, weight and weighted sum.
#[derive(Debug, Clone, Copy, Default)]
struct Side {
    rows: u64,
    weight: u64,
    sum: i64,
}

/// The sums on both sides of a split.
#[derive(Debug, Default)]
pub(crate) struct ValueSweep {
    node: Side,
    left: Side,
    right: Side,
}

impl Objective for Values<'_> {
    type Mark = i64;
    type Sweep = ValueSweep;

    fn mark(&self, row: u32) -> i64 {
        self.whole[row as usize]
    }

    fn cells(&self) -> usize {
        2
    }

    #[inline]
    fn add(&self, cells: &mut [u64], bin: u8, sample: &Sample<i64>) {
        if let [counts, sum] = &mut cells[2 * bin as usize..2 * bin as usize + 2] {
            *counts += cell(sample.weight);
            // Two's complement adds negative numbers as well.
            *sum = sum.wrapping_add((i64::from(sample.weight) * sample.mark) as u64);
        }
    }

    fn start(&self, samples: &[Sample<i64>], reused: &mut ValueSweep) {
        let mut node = Side {
            rows: samples.len() as u64,
            ..Side::default()
        };
        for sample in samples {
            node.weight += u64::from(sample.weight);
            node.sum += i64::from(sample.weight) * sample.mark;
        }
        reused.node = node;
    }

    fn sweep(&self) -> ValueSweep {
        ValueSweep::default()
    }

    fn pure(&self, samples: &[Sample<i64>]) -> bool {
        samples.iter().all(|sample| sample.mark == samples[0].mark)
    }

    fn outputs(&self) -> usize {
        1
    }

    fn leaf(&self, samples: &[Sample<i64>], leaves: &mut Vec<f64>, _: &mut Vec<Option<u32>>) -> u32 {
        let (mut sum, mut total) = (0.0, 0.0);
        let first = samples
            .first()
            .map_or(0.0, |sample| self.values[sample.row as usize]);
        for sample in samples {
            let weight = f64::from(sample.weight);
            sum += weight * (self.values[sample.row as usize] - first);
            total += weight;
        }
        let mean = if total > 0.0 { first + sum / total } else { first };
        leaves.push(mean);
        leaves.len() as u32 - 1
    }
}

impl Sweep for ValueSweep {
    fn reset(&mut self) {
        (self.left, self.right) = (Side::default(), self.node);
    }

    #[inline]
    fn take(&mut self, cells: &[u64]) {
        let (rows, weight) = unpack(cells[0]);
        let sum = cells[1] as i64;
        self.left.rows += rows;
        self.right.rows -= rows;
        self.left.weight += weight;
        self.right.weight -= weight;
        self.left.sum += sum;
        self.right.sum -= sum;
    }

    #[inline]
    fn rows(&self) -> (u64, u64) {
        (self.left.rows, self.right.rows)
    }

    #[inline]
    fn score(&self) -> f64 {
        // sumₗ² / wₗ + sumᵣ² / wᵣ, with one division.
        let (l, r) = (self.left.weight as i64 as f64, self.right.weight as i64 as f64);
        let (left, right) = (self.left.sum as f64, self.right.sum as f64);
        (left * left * r + right * right * l) / (l * r)
    }
}
