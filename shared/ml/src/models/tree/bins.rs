//! Features cut into bins of about equally many rows: one byte per value, so that a large table's working set
//! fits into the processor's cache.

use domain::job::FailureKind;
use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use crate::model::{FitContext, FitError};

/// Bins of values at most; one more is for missing values.
const MOST_BINS: usize = 255;
/// Rows from which bins are chosen, at most.
const SAMPLE: usize = 200_000;
/// Rows between two looks at the cancel flag.
const STRIDE: usize = 1 << 20;
/// Rows at most: a histogram's counts have 28 bits.
const MOST_ROWS: usize = 1 << 28;

/// A table's features in bins.
#[derive(Debug)]
pub(crate) struct Bins {
    features: Vec<Feature>,
}

/// One feature's bins.
#[derive(Debug)]
pub(crate) struct Feature {
    /// Every row's bin.
    pub(crate) column: Vec<u8>,
    /// Every bin's least and greatest training value.
    spans: Vec<(f64, f64)>,
}

impl Bins {
    /// Bins the features of `x`, in parallel.
    pub(crate) fn of(x: ArrayView2<f64>, ctx: &FitContext) -> Result<Self, FitError> {
        if x.nrows() > MOST_ROWS {
            let message = format!("tree models take at most {MOST_ROWS} rows");
            return Err(FitError::failed(
                FailureKind::Unsupported,
                "TOO_MANY_ROWS",
                message,
            ));
        }
        let features = (0..x.ncols())
            .into_par_iter()
            .map(|j| Feature::of(x.column(j), ctx))
            .collect::<Result<_, _>>()?;
        Ok(Self { features })
    }

    /// How many features there are.
    pub(crate) fn len(&self) -> usize {
        self.features.len()
    }

    /// A feature's bins.
    pub(crate) fn feature(&self, feature: u32) -> &Feature {
        &self.features[feature as usize]
    }
}

impl Feature {
    fn of(values: ArrayView1<f64>, ctx: &FitContext) -> Result<Self, FitError> {
        ctx.go_on()?;
        let step = values.len().div_ceil(SAMPLE).max(1);
        let mut sample: Vec<f64> = values
            .iter()
            .step_by(step)
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        sample.sort_unstable_by(f64::total_cmp);
        let tops = tops(&sample);
        let mut spans = vec![(f64::INFINITY, f64::NEG_INFINITY); tops.len()];
        let mut column = Vec::with_capacity(values.len());
        for (i, value) in values.iter().enumerate() {
            if i % STRIDE == STRIDE - 1 {
                ctx.go_on()?;
            }
            let bin = if value.is_nan() {
                tops.len()
            } else {
                tops.partition_point(|top| top < value)
            };
            if let Some((low, high)) = spans.get_mut(bin) {
                *low = low.min(*value);
                *high = high.max(*value);
            }
            // There are at most 255 bins of values, so that the bin of missing values is at most 255.
            column.push(bin as u8);
        }
        Ok(Self { column, spans })
    }

    /// The bin of missing values; those of values lie below it.
    pub(crate) fn missing(&self) -> u8 {
        self.spans.len() as u8
    }

    /// What separates the values of bin `low` from those of bin `high`: `x ≤ threshold` holds for the former
    /// only. Everything that is not missing is below the bin of missing values.
    pub(crate) fn threshold(&self, low: u8, high: u8) -> f64 {
        let Some((above, _)) = self.spans.get(high as usize) else {
            return f64::INFINITY;
        };
        let below = self.spans[low as usize].1;
        let middle = below / 2.0 + above / 2.0;
        // Rounding may end on the upper value, and infinities have no middle.
        if below <= middle && middle < *above {
            middle
        } else {
            below
        }
    }
}

/// The greatest value of every bin, of which the last takes all that is greater.
fn tops(sorted: &[f64]) -> Vec<f64> {
    let mut distinct: Vec<f64> = Vec::new();
    for value in sorted {
        if distinct.last() != Some(value) {
            distinct.push(*value);
            if distinct.len() > MOST_BINS {
                break;
            }
        }
    }
    if distinct.len() > MOST_BINS {
        distinct = (1..=MOST_BINS)
            .map(|i| sorted[i * sorted.len() / MOST_BINS - 1])
            .collect();
        distinct.dedup();
    }
    if let Some(last) = distinct.last_mut() {
        *last = f64::INFINITY;
    }
    distinct
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
        };
        Feature::of(Array1::from(values).view(), &ctx).unwrap()
    }

    #[test]
    fn few_values_have_a_bin_each_and_thresholds_lie_midway() {
        let feature = binned(vec![3.0, 1.0, f64::NAN, 3.0, 2.0]);
        assert_eq!(feature.column, [2, 0, 3, 2, 1]);
        assert_eq!(feature.missing(), 3);
        assert_eq!(feature.threshold(0, 1), 1.5);
        assert_eq!(feature.threshold(0, 2), 2.0);
        assert_eq!(feature.threshold(2, 3), f64::INFINITY);
    }

    #[test]
    fn many_values_share_bins_of_equal_size() {
        let feature = binned((0..2550).map(f64::from).collect());
        let mut counts = [0; 256];
        feature.column.iter().for_each(|bin| counts[*bin as usize] += 1);
        assert!(counts[..255].iter().all(|count| *count == 10), "{counts:?}");
        assert_eq!(feature.threshold(0, 1), 9.5);
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
        for (i, low) in values.iter().enumerate() {
            for high in &values[i + 1..] {
                let (below, above) = (
                    feature.column[i],
                    feature.column[values.iter().position(|v| v == high).unwrap()],
                );
                if below < above {
                    let threshold = feature.threshold(below, above);
                    assert!(*low <= threshold && threshold < *high, "{low} {threshold} {high}");
                }
            }
        }
    }

    #[test]
    fn a_column_without_values_has_the_missing_bin_only() {
        assert_eq!(binned(vec![f64::NAN; 3]).column, [0, 0, 0]);
    }
}
