//! Features cut into bins of about equally many rows: one byte per value, so that a large table's working set
//! fits into the processor's cache.

use domain::job::FailureKind;
use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::thresholds::{Binner, Thresholds};
use crate::model::{FitContext, FitError};

/// Bins of values at most; one more is for missing values.
pub(crate) const MOST_BINS: usize = 255;
/// The bin of missing values, which lies above those of values.
pub(crate) const MISSING: u8 = 255;
/// Values from which a feature's bins are chosen, at most.
pub(super) const SAMPLE: usize = 200_000;
/// Rows between two looks at the cancel flag.
const STRIDE: usize = 1 << 20;
/// Rows at most: a histogram's counts have 28 bits.
const MOST_ROWS: usize = 1 << 28;
/// Features at most: a node has 23 bits for its feature.
const MOST_FEATURES: usize = 1 << 23;

/// A table's features in bins.
#[derive(Debug)]
pub(crate) struct Bins {
    features: Vec<Feature>,
    rows: usize,
}

/// One feature's bins.
#[derive(Debug)]
pub(crate) struct Feature {
    /// Every row's bin.
    pub(crate) column: Vec<u8>,
    /// Every bin's least and greatest training value.
    spans: Vec<(f64, f64)>,
    /// Every bin's median.
    medians: Vec<f64>,
}

impl Bins {
    /// Bins the features of `x` into at most `most` bins of values each, in parallel.
    pub(crate) fn of(x: ArrayView2<f64>, most: usize, ctx: &FitContext) -> Result<Self, FitError> {
        let (rows, features) = x.dim();
        if rows > MOST_ROWS || features > MOST_FEATURES {
            let message = format!("tree models take at most {MOST_ROWS} rows and {MOST_FEATURES} features");
            return Err(FitError::failed(
                FailureKind::Unsupported,
                "TABLE_TOO_LARGE",
                message,
            ));
        }
        let features = (0..features)
            .into_par_iter()
            .map(|j| Feature::of(x.column(j), most, ctx))
            .collect::<Result<_, _>>()?;
        Ok(Self { features, rows })
    }

    /// How many features there are.
    pub(crate) fn len(&self) -> usize {
        self.features.len()
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// A feature's bins.
    pub(crate) fn feature(&self, feature: u32) -> &Feature {
        &self.features[feature as usize]
    }

    /// The thresholds between the bins of every feature.
    pub(crate) fn thresholds(&self) -> Thresholds {
        Thresholds(self.features.iter().map(Feature::thresholds).collect())
    }
}

impl Feature {
    fn of(values: ArrayView1<f64>, most: usize, ctx: &FitContext) -> Result<Self, FitError> {
        ctx.go_on()?;
        let step = values.len().div_ceil(SAMPLE).max(1);
        let mut sample: Vec<f64> = values
            .iter()
            .step_by(step)
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        sample.sort_unstable_by(f64::total_cmp);
        let tops = tops(&sample, most);
        let bin_of = Binner::of(&tops);
        let mut spans = vec![(f64::INFINITY, f64::NEG_INFINITY); tops.len() + 1];
        let mut column = Vec::with_capacity(values.len());
        for (i, value) in values.iter().enumerate() {
            if i % STRIDE == STRIDE - 1 {
                ctx.go_on()?;
            }
            let bin = bin_of.bin(*value);
            if let Some((low, high)) = spans.get_mut(usize::from(bin)) {
                *low = low.min(*value);
                *high = high.max(*value);
            }
            column.push(bin);
        }
        // A column without values has no bin of them.
        spans.retain(|(low, high)| low <= high);
        let medians = medians(&sample, &tops);
        Ok(Self {
            column,
            spans,
            medians,
        })
    }

    /// Where to cut between two bins of a node, `low` the last that goes left and `high` the first that goes
    /// right: the last bin that goes left if the cut lies midway between their values, as far as bins allow.
    pub(crate) fn cut(&self, low: u8, high: u8) -> u8 {
        let Some((above, _)) = self.spans.get(usize::from(high)) else {
            // All values go left.
            return MISSING - 1;
        };
        let below = self.spans[usize::from(low)].1;
        let middle = below / 2.0 + above / 2.0;
        let between = &self.spans[usize::from(low)..usize::from(high)];
        let left = between.partition_point(|(_, greatest)| *greatest <= middle);
        low + left.saturating_sub(1) as u8
    }

    /// What is typical of every bin: its median.
    pub(crate) fn typical(&self) -> &[f64] {
        &self.medians
    }

    /// What separates the values of neighbouring bins: `x ≤ threshold` holds for those of the lower one only.
    fn thresholds(&self) -> Vec<f64> {
        self.spans
            .windows(2)
            .map(|pair| {
                let (below, above) = (pair[0].1, pair[1].0);
                let middle = below / 2.0 + above / 2.0;
                // Rounding may end on the upper value, and infinities have no middle.
                if below <= middle && middle < above {
                    middle
                } else {
                    below
                }
            })
            .collect()
    }
}

/// The greatest value of every bin but the last, which takes all that is greater.
fn tops(sorted: &[f64], most: usize) -> Vec<f64> {
    let mut distinct: Vec<f64> = Vec::new();
    for value in sorted {
        if distinct.last() != Some(value) {
            distinct.push(*value);
            if distinct.len() > most {
                break;
            }
        }
    }
    if distinct.len() > most {
        distinct = (1..=most).map(|i| sorted[i * sorted.len() / most - 1]).collect();
        distinct.dedup();
    }
    distinct.pop();
    distinct
}

/// The medians of bins, in ascending order.
fn medians(sorted: &[f64], tops: &[f64]) -> Vec<f64> {
    let mut rest = sorted;
    let mut medians = Vec::with_capacity(tops.len() + 1);
    for top in tops.iter().map(Some).chain([None]) {
        let count = top.map_or(rest.len(), |top| rest.partition_point(|value| value <= top));
        let (bin, above) = rest.split_at(count);
        medians.extend(bin.get(count / 2));
        rest = above;
    }
    medians
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;

    use super::*;
    use crate::observer::Silent;

    fn binned(values: Vec<f64>) -> Feature {
        let ctx = FitContext {
            observer: &Silent,
            threads: 1,
            fold: None,
            memory: None,
        };
        Feature::of(Array1::from(values).view(), MOST_BINS, &ctx).unwrap()
    }

    #[test]
    fn few_values_have_a_bin_each_and_thresholds_lie_midway() {
        let feature = binned(vec![3.0, 1.0, f64::NAN, 3.0, 2.0]);
        assert_eq!(feature.column, [2, 0, MISSING, 2, 1]);
        assert_eq!(feature.thresholds(), [1.5, 2.5]);
        assert_eq!(
            [feature.cut(0, 1), feature.cut(0, 2), feature.cut(2, MISSING)],
            [0, 1, 254]
        );
    }

    #[test]
    fn many_values_share_bins_of_equal_size() {
        let feature = binned((0..2550).map(f64::from).collect());
        let mut counts = [0; 256];
        feature.column.iter().for_each(|bin| counts[*bin as usize] += 1);
        assert!(counts[..255].iter().all(|count| *count == 10), "{counts:?}");
        assert_eq!(feature.thresholds()[0], 9.5);
        assert_eq!(feature.cut(0, 11), 5);
    }

    #[test]
    fn a_bins_median_is_typical_of_it() {
        let few = binned(vec![3.0, 1.0, f64::NAN, 3.0, 2.0]);
        assert_eq!(few.typical(), [1.0, 2.0, 3.0]);
        let many = binned((0..2550).map(f64::from).collect());
        assert_eq!([many.typical()[0], many.typical()[254]], [5.0, 2545.0]);
        assert_eq!(many.typical().len(), MOST_BINS);
    }

    #[test]
    fn every_threshold_separates_its_bins() {
        let values = vec![
            f64::NEG_INFINITY,
            -1e308,
            0.1,
            0.1 + f64::EPSILON / 8.0,
            1e308,
            f64::INFINITY,
        ];
        let feature = binned(values.clone());
        let thresholds = feature.thresholds();
        for (value, bin) in values.iter().zip(&feature.column) {
            for (lower, threshold) in thresholds.iter().enumerate() {
                assert_eq!(
                    value <= threshold,
                    usize::from(*bin) <= lower,
                    "{value} {threshold}"
                );
            }
        }
    }

    #[test]
    fn a_column_without_values_has_the_missing_bin_only() {
        let feature = binned(vec![f64::NAN; 3]);
        assert_eq!(feature.column, [MISSING; 3]);
        assert!(feature.thresholds().is_empty() && feature.typical().is_empty());
    }
}
