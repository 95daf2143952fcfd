//! The adding of rows to the histograms of several features at once: a row's number and mark are read once for all of
//! them, and no addition waits for another's.

use super::{
    bag::Sample,
    bins::Bins,
    cell::Cell,
    rows::{Rows, Strip},
    search::Histogram,
};
use crate::model::{FitContext, FitError};

/// Histograms filled at once at most: as many as stay in a processor's first cache.
const MOST: usize = 8;
/// Histograms filled at once at least, where there are so many.
const LEAST: usize = 4;

/// Rows between two looks at the cancel flag; some milliseconds' work.
const STRIDE: usize = 1 << 20;

/// How many of so many features to take at once, so that several threads have about equally much to do.
fn at_once(features: usize, threads: usize) -> usize {
    let parts = features.div_ceil(MOST).next_multiple_of(threads.max(1));
    features.div_ceil(parts.max(1)).clamp(LEAST, MOST)
}

/// A table's rows in strips of as many features as are taken at once.
///
/// # Errors
/// Cancellation.
pub(crate) fn rows(bins: &Bins, ctx: &FitContext) -> Result<Rows, FitError> {
    Rows::of(bins, at_once(bins.len(), ctx.threads), 1, ctx)
}

/// Makes of each cell that a row is in what `joined` says. `strip` begins with the first histogram's feature.
///
/// # Errors
/// Cancellation.
pub(super) fn join<C: Cell>(
    cells: &mut [Histogram<C>],
    strip: Strip,
    samples: &[Sample<u64>],
    joined: impl Fn(C, C) -> C + Copy,
    ctx: &FitContext,
) -> Result<(), FitError> {
    for samples in samples.chunks(STRIDE) {
        if samples.len() == STRIDE {
            ctx.go_on()?;
        }
        join_some(cells, strip, samples, joined);
    }
    Ok(())
}

/// # Panics
/// When there are more than [`MOST`] histograms.
fn join_some<C: Cell>(
    cells: &mut [Histogram<C>],
    strip: Strip,
    samples: &[Sample<u64>],
    joined: impl Fn(C, C) -> C,
) {
    match cells.len() {
        0 => {}
        1 => join_of::<1, C>(cells, strip, samples, joined),
        2 => join_of::<2, C>(cells, strip, samples, joined),
        3 => join_of::<3, C>(cells, strip, samples, joined),
        4 => join_of::<4, C>(cells, strip, samples, joined),
        5 => join_of::<5, C>(cells, strip, samples, joined),
        6 => join_of::<6, C>(cells, strip, samples, joined),
        7 => join_of::<7, C>(cells, strip, samples, joined),
        8 => join_of::<8, C>(cells, strip, samples, joined),
        more => panic!("{more} histograms are too many"),
    }
}

fn join_of<const N: usize, C: Cell>(
    cells: &mut [Histogram<C>],
    strip: Strip,
    samples: &[Sample<u64>],
    joined: impl Fn(C, C) -> C,
) {
    let Some(cells) = cells.first_chunk_mut::<N>() else {
        return;
    };
    for sample in samples {
        let row = C::of(sample.mark);
        let Some(bins) = strip.row(sample.row, N).first_chunk::<N>() else {
            return;
        };
        for (cells, bin) in cells.iter_mut().zip(bins) {
            let cell = &mut cells[usize::from(*bin)];
            *cell = joined(*cell, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::{models::tree::cell::Narrow, observer::Silent};

    #[test]
    fn every_row_is_added_to_a_histogram_of_each_feature_and_taken_off_again() {
        let ctx = FitContext {
            observer: &Silent,
            threads: 1,
            fold: None,
            memory: None,
        };
        let x = Array2::from_shape_fn((50, 23), |(i, j)| (i * (j + 1) % 7) as f64);
        let bins = Bins::of(x.view(), 255, &ctx).unwrap();
        let samples: Vec<Sample<u64>> = (0..25)
            .map(|i| Sample {
                row: 2 * i,
                mark: Narrow::mark(i, 1),
            })
            .collect();
        for width in 1..=MOST {
            let rows = Rows::of(&bins, width, 1, &ctx).unwrap();
            let mut all = vec![[Narrow::default(); 256]; 23];
            for (strip, cells) in all.chunks_mut(width).enumerate() {
                join(cells, rows.strip(strip), &samples, Narrow::plus, &ctx).unwrap();
            }
            for (feature, cells) in all.iter().enumerate() {
                let mut expected = [Narrow::default(); 256];
                for sample in &samples {
                    let cell =
                        &mut expected[usize::from(bins.feature(feature as u32).column[sample.row as usize])];
                    *cell = cell.plus(Narrow::of(sample.mark));
                }
                assert_eq!(*cells, expected);
            }
            for (strip, cells) in all.chunks_mut(width).enumerate() {
                join(cells, rows.strip(strip), &samples, Narrow::minus, &ctx).unwrap();
            }
            assert!(all.as_flattened().iter().all(|cell| cell.is_empty()));
        }
    }

    #[test]
    fn features_are_shared_out_evenly() {
        let table = [
            (1, 2, 4),
            (20, 1, 7),
            (20, 2, 5),
            (20, 64, 4),
            (100, 2, 8),
            (8, 2, 4),
        ];
        for (features, threads, expected) in table {
            assert_eq!(at_once(features, threads), expected, "{features} {threads}");
        }
    }
}
