//! The table as extremely random trees read it: its bins row after row, and a value that stands for each bin.

use super::{
    kernel::{LANES, Span},
    typical::Typical,
};
use crate::{
    instructions::Instructions,
    model::{FitContext, FitError},
    models::tree::{
        bins::Bins,
        rows::{ALIGNED, Rows, Strip},
    },
};

/// A table to cut anywhere.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Rows,
    typical: Vec<Typical>,
    instructions: Instructions,
}

/// Some neighbouring features of all rows, at most [`LANES`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel<'a> {
    /// Their bins.
    pub(super) strip: Strip<'a>,
    /// How many features there are.
    pub(crate) features: usize,
    pub(super) instructions: Instructions,
}

impl Table {
    /// The same table.
    ///
    /// # Errors
    /// Cancellation.
    pub(crate) fn of(bins: &Bins, ctx: &FitContext) -> Result<Self, FitError> {
        let features = 0..bins.len() as u32;
        Ok(Self {
            rows: Rows::of(bins, LANES, ALIGNED, ctx)?,
            typical: features
                .map(|feature| Typical::of(bins.feature(feature).typical()))
                .collect(),
            instructions: Instructions::widest(),
        })
    }

    /// Its rows.
    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// How many features there are.
    pub(super) fn features(&self) -> usize {
        self.rows.features()
    }

    /// How many panels there are.
    pub(super) fn panels(&self) -> usize {
        self.features().div_ceil(LANES)
    }

    /// The features from the panel's first on.
    #[inline]
    pub(super) fn panel(&self, panel: usize) -> Panel<'_> {
        Panel {
            strip: self.rows.strip(panel),
            features: (self.features() - panel * LANES).min(LANES),
            instructions: self.instructions,
        }
    }

    /// The last bin that goes left if a feature is cut at this share of the way from what is typical of the least
    /// bin to what is typical of the greatest. So a value counts as what is typical of its bin: taking a bin's
    /// bounds instead would have outer bins, which are wide, cut off alone far too often.
    #[inline]
    pub(super) fn cut(&self, feature: usize, span: Span, share: f64) -> u8 {
        let Span { first, last, .. } = span;
        if first == last {
            return first;
        }
        let typical = &self.typical[feature];
        let number = typical.of_bin(first) * (1.0 - share) + typical.of_bin(last) * share;
        let below = typical.below(number);
        // Not by `clamp`, which would look whether its bounds are in order.
        (below.max(usize::from(first) + 1) - 1).min(usize::from(last) - 1) as u8
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::{models::tree::bins::MOST_BINS, observer::Silent};

    fn table(values: &[f64]) -> Table {
        let ctx = FitContext {
            observer: &Silent,
            threads: 1,
            fold: None,
            memory: None,
        };
        let x = Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap();
        Table::of(&Bins::of(x.view(), MOST_BINS, &ctx).unwrap(), &ctx).unwrap()
    }

    fn span(first: u8, last: u8) -> Span {
        Span {
            first,
            last,
            missing: false,
        }
    }

    #[test]
    fn random_cuts_leave_rows_on_both_sides() {
        let cuts = |values: &[f64], first, last| {
            [0.0, 0.3, 0.9999].map(|share| table(values).cut(0, span(first, last), share))
        };
        assert_eq!(cuts(&[0.0, 1.0, 100.0], 0, 2), [0, 1, 1]);
        assert_eq!(cuts(&[0.0, 1.0, 100.0], 1, 2), [1, 1, 1]);
        assert_eq!(cuts(&[-1e308, 1e308], 0, 1), [0, 0, 0]);
        let infinite = [f64::NEG_INFINITY, 0.0, f64::INFINITY];
        assert!(cuts(&infinite, 0, 2).iter().all(|cut| *cut < 2));
    }

    #[test]
    fn a_wide_outer_bin_is_cut_off_no_more_often_than_its_typical_value_tells() {
        // The first of 255 bins holds ten values from −1000 up, the second is at hand.
        let mut values: Vec<f64> = (0..2550).map(f64::from).collect();
        values[0] = -1000.0;
        let alone = (0..1000)
            .filter(|i| table(&values).cut(0, span(0, 254), f64::from(*i) / 1000.0) == 0)
            .count();
        assert!(alone <= 5, "{alone}");
    }
}
