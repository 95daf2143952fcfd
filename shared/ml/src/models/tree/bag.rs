//! The rows a tree is grown on, each with a weight that is a whole number: whole numbers add up to the same sum
//! in any order.

use crate::{
    model::{FitContext, FitError},
    models::linear::rows::blocks,
    random::Stream,
};

/// What a bag's weights add up to at most, so that the square of their sum fits an `i64`: those become floating
/// point faster than unsigned ones.
pub(super) const MOST_TOTAL: u64 = 1 << 31;
/// What fractional weights add up to after scaling.
const SCALED_TOTAL: f64 = 1_073_741_824.0;

/// Rows drawn between two looks at the cancel flag.
const STRIDE: usize = 1 << 20;

/// A row in a tree's bag, packed because most of growing is reading and moving it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, packed(4))]
pub(crate) struct Sample<M: Copy> {
    /// The row of the table.
    pub(crate) row: u32,
    /// What is to be predicted and how much it counts, as the objective has it.
    pub(crate) mark: M,
}

/// Every row's weight as a whole number.
#[derive(Debug)]
pub(crate) struct RowWeights {
    weights: Option<Vec<u32>>,
    rows: usize,
}

impl RowWeights {
    /// Weights that are whole numbers stay; others are scaled until rounding matters no more (to one part in
    /// 2³⁰ of their sum). A weight above 0 stays above 0.
    pub(crate) fn of(weights: Option<&[f64]>, rows: usize) -> Self {
        let weights = weights.map(|weights| {
            let total: f64 = weights.iter().sum();
            let whole = total <= SCALED_TOTAL && weights.iter().all(|weight| weight.fract() == 0.0);
            let largest = weights.iter().copied().fold(0.0, f64::max);
            // By way of the largest, so that sums of huge weights stay finite.
            let share: f64 = weights.iter().map(|weight| weight / largest).sum();
            let scale = if whole { largest } else { SCALED_TOTAL / share };
            let scaled = |weight: &f64| (weight / largest * scale).round().clamp(1.0, SCALED_TOTAL) as u32;
            weights
                .iter()
                .map(|weight| if *weight > 0.0 { scaled(weight) } else { 0 })
                .collect()
        });
        Self { weights, rows }
    }

    /// A bag: every row once, or as many as there are, drawn with replacement. Rows without weight stay out.
    /// Weights are at least 1 and add up to less than [`MOST_TOTAL`]; `mark` is told the row and its weight.
    ///
    /// # Errors
    /// Cancellation.
    pub(crate) fn bag<M: Copy>(
        &self,
        bootstrap: bool,
        stream: &mut Stream,
        ctx: &FitContext,
        mark: impl Fn(u32, u32) -> M,
    ) -> Result<Vec<Sample<M>>, FitError> {
        let mut counts = vec![u32::from(!bootstrap); self.rows];
        if bootstrap {
            for rows in blocks(0..self.rows, STRIDE) {
                ctx.go_on()?;
                rows.for_each(|_| counts[stream.below(self.rows as u64) as usize] += 1);
            }
        }
        let weight =
            |row: usize| u64::from(counts[row]) * self.weights.as_ref().map_or(1, |w| u64::from(w[row]));
        let total: u64 = (0..self.rows).map(weight).sum();
        // Drawn often, heavy rows may exceed what histograms hold.
        let shift = 64 - (total / MOST_TOTAL).leading_zeros();
        let present = counts.iter().filter(|count| **count > 0).count();
        let mut bag = Vec::with_capacity(present);
        for row in 0..self.rows {
            let weight = weight(row);
            if weight > 0 {
                let (row, weight) = (row as u32, ((weight >> shift) as u32).max(1));
                bag.push(Sample {
                    row,
                    mark: mark(row, weight),
                });
            }
        }
        Ok(bag)
    }

    /// Whether a row has weight.
    pub(crate) fn counts(&self, row: usize) -> bool {
        self.weights.as_ref().is_none_or(|weights| weights[row] > 0)
    }

    /// Whether every row weighs the same without a bootstrap.
    pub(crate) fn all_one(&self) -> bool {
        self.weights.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{observer::Silent, random::stream};

    fn weights(weights: Option<&[f64]>, rows: usize, bootstrap: bool) -> Vec<u32> {
        let ctx = FitContext {
            observer: &Silent,
            threads: 1,
            fold: None,
            memory: None,
        };
        let weights = RowWeights::of(weights, rows);
        let bag = weights.bag(bootstrap, &mut stream(1, &[]), &ctx, |_, weight| weight);
        bag.unwrap().iter().map(|sample| sample.mark).collect()
    }

    #[test]
    fn whole_weights_stay_and_rows_without_weight_stay_out() {
        assert_eq!(weights(Some(&[1.0, 0.0, 3.0]), 3, false), [1, 3]);
        assert_eq!(weights(None, 3, false), [1, 1, 1]);
    }

    #[test]
    fn fractional_weights_keep_their_proportions() {
        let found = weights(Some(&[0.5, 0.25, 1e-30]), 3, false);
        assert!(found[0].abs_diff(2 * found[1]) <= 1, "{found:?}");
        assert_eq!(found[2], 1);
        let huge = weights(Some(&[1e308, 1e308, 1e308]), 3, true);
        assert!(huge.iter().map(|weight| u64::from(*weight)).sum::<u64>() < MOST_TOTAL);
    }

    #[test]
    fn a_bootstrap_draws_as_many_rows_as_there_are() {
        let found = weights(None, 1000, true);
        assert_eq!(found.iter().sum::<u32>(), 1000);
        assert!((600..665).contains(&found.len()), "{}", found.len());
    }
}
