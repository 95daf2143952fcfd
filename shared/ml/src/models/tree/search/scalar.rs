//! The search where a row's sums are one cell: up to six classes, a number, a gradient.

use super::{
    order::{FEW, ranks},
    swept::Swept,
};
use crate::models::tree::{
    anywhere::{
        Cuts,
        kernel::{LANES, Lanes},
        table::Panel,
    },
    bag::Sample,
    cell::{self, Cell},
    objective::{Found, Search},
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
}

impl<C: Cell, S: Score<C>> ScalarSearch<C, S> {
    pub(crate) fn new(score: S) -> Self {
        Self {
            score,
            total: C::default(),
            cells: Box::new([C::default(); 256]),
            swept: Box::new(Swept::new()),
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

    /// Sums the node's rows up by bin.
    #[inline]
    fn sum_up(&mut self, column: &[u8], samples: &[Sample<u64>]) {
        if samples.len() <= FEW {
            self.few(column, samples);
        } else if samples.len() <= NOTED_ROWS {
            self.some(column, samples);
        } else {
            self.many(column, samples);
        }
    }
}

impl<C: Cell, S: Score<C>> Search<u64> for ScalarSearch<C, S> {
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
        self.sum_up(column, samples);
        self.swept.best(&self.score, self.total, min_leaf)
    }

    fn judge(&mut self, panel: Panel, samples: &[Sample<u64>], cuts: &Cuts, min_leaf: u64) -> Lanes<f64> {
        let left: Lanes<C> = cell::left(panel, samples, cuts);
        let left = &left[..panel.features];
        let mut scores = [f64::NAN; LANES];
        self.score.judge(left.iter().copied(), self.total, &mut scores);
        if min_leaf > 1 {
            for (left, score) in left.iter().zip(&mut scores) {
                if left.rows() < min_leaf || self.total.minus(*left).rows() < min_leaf {
                    *score = f64::NAN;
                }
            }
        }
        scores
    }

    fn gain(&self, score: f64) -> f64 {
        self.score.gain(score, self.total)
    }
}
