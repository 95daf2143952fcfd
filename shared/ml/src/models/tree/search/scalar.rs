//! The search where a row's sums are one cell: two classes, a number, a gradient.

use super::{
    order::{FEW, ranks},
    swept::Swept,
};
use crate::models::tree::{
    bag::Sample,
    bins::{Feature, MISSING},
    cell::Cell,
    objective::{Cut, Found, Search},
    score::Score,
};

/// Rows of a node up to which the bins they touch are noted.
const NOTED_ROWS: usize = 192;

/// The sums over a node's rows by bin.
pub(crate) type Histogram<C> = [C; 256];

/// Finds cuts.
pub(crate) struct ScalarSearch<C, S> {
    pub(crate) score: S,
    pub(crate) total: C,
    cells: Box<Histogram<C>>,
    swept: Box<Swept<C>>,
    aside: Vec<u8>,
}

impl<C: Cell, S: Score> ScalarSearch<C, S> {
    pub(crate) fn new(score: S) -> Self {
        Self {
            score,
            total: C::default(),
            cells: Box::new([C::default(); 256]),
            swept: Box::new(Swept::new()),
            aside: Vec::new(),
        }
    }

    /// Adds rows to a histogram.
    #[inline]
    pub(crate) fn fill(cells: &mut Histogram<C>, column: &[u8], samples: &[Sample<u64>]) {
        for sample in samples {
            let cell = &mut cells[usize::from(column[sample.row as usize])];
            *cell = cell.plus(C::of(sample.mark));
        }
    }

    /// The best cut of a node with this total and this histogram.
    pub(crate) fn best_of(
        swept: &mut Swept<C>,
        score: &S,
        cells: &Histogram<C>,
        total: C,
        min_leaf: u64,
    ) -> Found {
        swept.whole(cells);
        swept.best(score, total, min_leaf)
    }

    fn few(&mut self, column: &[u8], samples: &[Sample<u64>]) {
        let mut bins = [0; FEW];
        for (bin, sample) in bins.iter_mut().zip(samples) {
            *bin = column[sample.row as usize];
        }
        let ranks = ranks(&bins, samples.len());
        let mut rows = [(0, C::default()); FEW];
        for ((sample, bin), rank) in samples.iter().zip(bins).zip(ranks) {
            rows[usize::from(rank) % FEW] = (bin, C::of(sample.mark));
        }
        self.swept.ordered(&rows[..samples.len()]);
    }

    fn some(&mut self, column: &[u8], samples: &[Sample<u64>]) {
        let mut noted = [0u64; 4];
        for sample in samples {
            let bin = column[sample.row as usize];
            noted[usize::from(bin >> 6)] |= 1 << (bin & 63);
            let cell = &mut self.cells[usize::from(bin)];
            *cell = cell.plus(C::of(sample.mark));
        }
        self.swept.noted(&mut self.cells, noted);
    }

    fn many(&mut self, column: &[u8], samples: &[Sample<u64>]) {
        self.cells.fill(C::default());
        Self::fill(&mut self.cells, column, samples);
        self.swept.whole(&self.cells);
        self.cells.fill(C::default());
    }

    /// The score of one cut, if enough rows are on both sides.
    fn judge(&self, left: C, min_leaf: u64) -> f64 {
        if left.rows() < min_leaf || self.total.minus(left).rows() < min_leaf {
            return f64::NAN;
        }
        let mut score = [f64::NAN];
        self.score.judge([left].into_iter(), self.total, &mut score);
        score[0]
    }
}

impl<C: Cell, S: Score> Search<u64> for ScalarSearch<C, S> {
    fn start(&mut self, samples: &[Sample<u64>]) -> bool {
        let cells = || samples.iter().map(|sample| C::of(sample.mark));
        self.total = cells().fold(C::default(), C::plus);
        !self.score.pure(self.total, cells())
    }

    fn weight(&self) -> f64 {
        self.total.weight()
    }

    #[inline]
    fn best(&mut self, column: &[u8], samples: &[Sample<u64>], min_leaf: u64) -> Found {
        if samples.len() <= FEW {
            self.few(column, samples);
        } else if samples.len() <= NOTED_ROWS {
            self.some(column, samples);
        } else {
            self.many(column, samples);
        }
        self.swept.best(&self.score, self.total, min_leaf)
    }

    fn random(&mut self, feature: &Feature, samples: &[Sample<u64>], min_leaf: u64, share: f64) -> Found {
        let column = feature.column.as_slice();
        self.aside.clear();
        self.aside
            .extend(samples.iter().map(|sample| column[sample.row as usize]));
        let Some((first, last, has_missing)) = range(&self.aside) else {
            return Found::Constant;
        };
        let sum = |chosen: &dyn Fn(u8) -> bool| {
            let rows = samples.iter().zip(&self.aside);
            let cells = rows
                .filter(|(_, bin)| chosen(**bin))
                .map(|(sample, _)| C::of(sample.mark));
            cells.fold(C::default(), C::plus)
        };
        let missing = if has_missing {
            sum(&|bin| bin == MISSING)
        } else {
            C::default()
        };
        let (low, high, left) = if first == last {
            (first, MISSING, self.total.minus(missing))
        } else {
            let cut = feature.cut_at(first, last, share);
            let mut left = C::default();
            for (sample, bin) in samples.iter().zip(&self.aside) {
                left = left.plus(C::of_if(sample.mark, *bin <= cut));
            }
            (cut, cut + 1, left)
        };
        let mut score = self.judge(left, min_leaf);
        let mut missing_left = has_missing.then_some(false);
        if has_missing && first != last {
            let other = self.judge(left.plus(missing), min_leaf);
            if score.is_nan() || other > score {
                (score, missing_left) = (other, Some(true));
            }
        }
        if score.is_nan() {
            return Found::Nothing;
        }
        Found::Cut(Cut {
            score,
            low,
            high,
            missing_left,
        })
    }

    fn gain(&self, score: f64) -> f64 {
        self.score.gain(score, self.total)
    }
}

/// The least and the greatest bin of values, and whether there are missing values; none if all are the same.
pub(super) fn range(bins: &[u8]) -> Option<(u8, u8, bool)> {
    let (mut first, mut last, mut most) = (u8::MAX, 0, 0);
    for bin in bins {
        first = first.min(*bin);
        most = most.max(*bin);
        last = last.max(if *bin == MISSING { 0 } else { *bin });
    }
    (first < most).then_some((first, last, most == MISSING))
}
