//! The table's bins row after row, in strips of neighbouring features: a row's bins in a strip lie in one line of the
//! processor's cache, where columns would need one for every feature, and no line holds what nobody asks for.

use rayon::prelude::*;

use super::bins::Bins;
use crate::model::{FitContext, FitError};

/// What is read of a row at once at most, of which rows in aligned strips are multiples.
pub(super) const ALIGNED: usize = 16;
/// Rows that one thread turns at a time.
const CHUNK: usize = 4096;

/// Bins row after row, strip after strip.
#[derive(Debug)]
pub(crate) struct Rows {
    strips: Vec<(Vec<u8>, usize)>,
    width: usize,
    features: usize,
}

/// The bins of some neighbouring features.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strip<'a> {
    bins: &'a [u8],
    /// Bytes from a row to the next.
    stride: usize,
}

/// Bytes of a row with so many features in aligned strips.
pub(super) fn stride(features: usize) -> usize {
    features.next_multiple_of(ALIGNED)
}

impl Rows {
    /// The rows of a table in strips of `width` features, each row beginning at a multiple of `aligned` bytes.
    ///
    /// # Errors
    /// Cancellation.
    pub(crate) fn of(bins: &Bins, width: usize, aligned: usize, ctx: &FitContext) -> Result<Self, FitError> {
        let features = bins.len();
        let firsts = (0..features).step_by(width);
        let strips = firsts.map(|first| {
            let count = width.min(features - first);
            let stride = count.next_multiple_of(aligned);
            let mut rows = vec![0; bins.rows() * stride];
            rows.par_chunks_mut(stride * CHUNK)
                .enumerate()
                .try_for_each(|(chunk, rows)| {
                    ctx.go_on()?;
                    for place in 0..count {
                        let column = &bins.feature((first + place) as u32).column[chunk * CHUNK..];
                        for (row, bin) in rows.chunks_exact_mut(stride).zip(column) {
                            row[place] = *bin;
                        }
                    }
                    Ok(())
                })?;
            Ok((rows, stride))
        });
        Ok(Self {
            strips: strips.collect::<Result<_, FitError>>()?,
            width,
            features,
        })
    }

    /// How many features there are.
    pub(super) fn features(&self) -> usize {
        self.features
    }

    /// How many features strips have, but for the last that may have fewer.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// A strip.
    #[inline]
    pub(super) fn strip(&self, strip: usize) -> Strip<'_> {
        let (bins, stride) = &self.strips[strip];
        Strip {
            bins,
            stride: *stride,
        }
    }

    /// What a feature's strip has from that feature on.
    #[inline]
    pub(super) fn from(&self, feature: usize) -> Strip<'_> {
        let Strip { bins, stride } = self.strip(feature / self.width);
        Strip {
            bins: &bins[feature % self.width..],
            stride,
        }
    }
}

impl<'a> Strip<'a> {
    /// A row's bins from the first feature on, so many.
    #[inline(always)]
    pub(super) fn row(self, row: u32, features: usize) -> &'a [u8] {
        let at = row as usize * self.stride;
        &self.bins[at..at + features]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};

    use super::*;
    use crate::{models::tree::bins::MOST_BINS, observer::Silent};

    #[test]
    fn rows_lie_one_after_the_other() {
        let ctx = FitContext {
            observer: &Silent,
            threads: 2,
            fold: None,
            memory: None,
        };
        let x = Array2::from_shape_fn((5000, 40), |(row, j)| ((row * (j + 7)) % 100) as f64);
        let bins = Bins::of(x.view(), MOST_BINS, &ctx).unwrap();
        for (width, aligned) in [(32, ALIGNED), (7, 1), (64, 1)] {
            let rows = Rows::of(&bins, width, aligned, &ctx).unwrap();
            for (row, values) in x.axis_iter(Axis(0)).enumerate() {
                for j in 0..values.len() {
                    let bin = bins.feature(j as u32).column[row];
                    assert_eq!(
                        rows.strip(j / width).row(row as u32, j % width + 1).last(),
                        Some(&bin)
                    );
                    assert_eq!(rows.from(j).row(row as u32, 1), [bin]);
                }
            }
        }
    }
}
