//! The objective of regressors: squared error, and leaves that hold the mean.
//!
//! Targets are held as whole numbers, their range spread over as many bits as sums leave room for. They decide
//! about splits only; a leaf's mean is that of the targets themselves.

use std::marker::PhantomData;

use super::{
    bag::{RowWeights, Sample},
    cell::SumCell,
    leaves::Leaves,
    objective::Objective,
    score::Variance,
    search::ScalarSearch,
};

/// How many times the targets' standard deviation their range may be for the few bits of a narrow cell.
const NARROW_RANGE: f64 = 1000.0;

/// Separates numbers.
pub(crate) struct Values<'a, C> {
    values: &'a [f64],
    whole: Vec<u32>,
    unit: f64,
    cell: PhantomData<C>,
}

/// The least target and how far the greatest lies above it, halved so that the difference of huge ones stays
/// finite. Rows without weight do not count.
fn extent(values: &[f64], weights: &RowWeights) -> (f64, f64) {
    let counted = || {
        let rows = values.iter().enumerate();
        rows.filter(|(row, _)| weights.counts(*row)).map(|(_, y)| *y)
    };
    let least = counted().fold(f64::INFINITY, f64::min);
    let most = counted().fold(f64::NEG_INFINITY, f64::max);
    (least, most / 2.0 - least / 2.0)
}

impl<'a, C> Values<'a, C> {
    /// Targets as whole numbers up to `most`.
    pub(crate) fn new(values: &'a [f64], weights: &RowWeights, most: u32) -> Self {
        let (least, half) = extent(values, weights);
        let whole = |y: &f64| {
            if half > 0.0 {
                ((y / 2.0 - least / 2.0) / half * f64::from(most))
                    .round()
                    .min(f64::from(most)) as u32
            } else {
                0
            }
        };
        let step = 2.0 * (half / f64::from(most));
        Self {
            values,
            whole: values.iter().map(whole).collect(),
            unit: (step * step).clamp(f64::MIN_POSITIVE, f64::MAX),
            cell: PhantomData,
        }
    }
}

/// Whether no target, of rows that all weigh the same, lies so far off that the others would be told apart by a
/// few bits only.
pub(crate) fn evenly_spread(values: &[f64]) -> bool {
    let (least, half) = extent(values, &RowWeights::of(None, values.len()));
    if half <= 0.0 {
        return true;
    }
    let count = values.len() as f64;
    let place = |y: &f64| (y / 2.0 - least / 2.0) / half;
    let mean = values.iter().map(place).sum::<f64>() / count;
    let variance = values.iter().map(|y| (place(y) - mean).powi(2)).sum::<f64>() / count;
    variance.sqrt() * NARROW_RANGE >= 1.0
}

impl<C: SumCell> Objective for Values<'_, C> {
    type Mark = u64;
    type Search = ScalarSearch<C, Variance>;

    fn mark(&self, row: u32, weight: u32) -> u64 {
        C::mark(self.whole[row as usize], weight)
    }

    fn outputs(&self) -> usize {
        1
    }

    fn leaf(&self, samples: &[Sample<u64>], leaves: &mut Leaves) -> u32 {
        let first = samples
            .first()
            .map_or(0.0, |sample| self.values[sample.row as usize]);
        let (mut sum, mut total) = (0.0, 0.0);
        for sample in samples {
            let weight = C::of(sample.mark).weight();
            sum += weight * (self.values[sample.row as usize] - first);
            total += weight;
        }
        leaves.add([if total > 0.0 { first + sum / total } else { first }])
    }

    fn search(&self) -> ScalarSearch<C, Variance> {
        ScalarSearch::new(Variance { unit: self.unit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_target_far_off_leaves_too_few_bits_for_the_others() {
        let even: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(evenly_spread(&even));
        assert!(evenly_spread(&[3.0; 5]));
        let mut far = vec![0.0; 10_000_000];
        far[7] = 1e9;
        assert!(!evenly_spread(&far));
        assert!(evenly_spread(&[-1e308, 1e308]));
    }
}
