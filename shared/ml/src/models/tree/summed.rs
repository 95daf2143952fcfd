//! Splits by all features, with histograms of the larger nodes that are kept for their children: that of the
//! child with more rows is its parent's less its sibling's, so that half the rows need not be read.
//!
//! Source: Ke et al., "LightGBM", NIPS 2017.

use rayon::prelude::*;

use super::{
    bag::Sample,
    bins::Bins,
    cell::Cell,
    draw::BESIDE,
    grow::{Judged, Splitter},
    objective::{Cut, Found, Search, Split},
    score::Score,
    search::{Histogram, ScalarSearch, Swept},
};
use crate::{
    model::{FitContext, FitError},
    random::Stream,
};

/// Rows from which a node has histograms.
pub(super) const MANY_ROWS: usize = 192;
/// Rows up to which it is cheaper to take them off one by one than as a histogram.
const FEW_ROWS: usize = 64;
/// Rows × features between two looks at the cancel flag.
const STRIDE: usize = 1 << 20;

/// A node's histograms, one per feature.
type Histograms<C> = Vec<Histogram<C>>;

/// What a node keeps for its children.
pub(crate) struct Kept<C> {
    histograms: Option<Histograms<C>>,
}

/// Tries all features.
pub(crate) struct Summed<'a, C, S> {
    bins: &'a Bins,
    min_leaf: u64,
    /// Rows × features of a node from which its features are shared out to threads.
    shared_from: usize,
    /// Draws the order of features, which decides between equal cuts; none for the order they have.
    stream: Option<Stream>,
    order: Vec<u32>,
    search: ScalarSearch<C, S>,
    swept: Swept<C>,
    /// Histograms that are free again.
    spare: Vec<Histograms<C>>,
    ctx: &'a FitContext<'a>,
    work: usize,
}

/// A node whose histograms are to be made and judged.
struct Half<'a, C> {
    samples: &'a [Sample<u64>],
    total: C,
}

impl<'a, C: Cell, S: Score<C>> Summed<'a, C, S> {
    pub(crate) fn new(
        score: S,
        bins: &'a Bins,
        min_samples_leaf: usize,
        shared_from: usize,
        stream: Option<Stream>,
        ctx: &'a FitContext<'a>,
    ) -> Self {
        Self {
            bins,
            min_leaf: min_samples_leaf as u64,
            shared_from,
            stream,
            order: (0..bins.len() as u32).collect(),
            search: ScalarSearch::new(score),
            swept: Swept::new(),
            spare: Vec::new(),
            ctx,
            work: 0,
        }
    }

    /// Judges by `score` from now on.
    pub(crate) fn rescore(&mut self, score: S) {
        self.search.score = score;
    }

    fn breathe(&mut self, work: usize) -> Result<(), FitError> {
        self.work += work;
        if self.work < STRIDE {
            return Ok(());
        }
        self.work = 0;
        self.ctx.go_on()
    }

    fn take_spare(&mut self) -> Histograms<C> {
        self.spare
            .pop()
            .unwrap_or_else(|| vec![[C::default(); 256]; self.bins.len()])
    }

    fn shuffle(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.shuffle(&mut self.order);
        }
    }

    /// The best split among what was found, feature by feature.
    fn best(&mut self, found: impl Fn(u32) -> Found, total: C) -> Option<Split> {
        self.shuffle();
        let mut best: Option<(u32, Cut)> = None;
        for feature in &self.order {
            if let Found::Cut(cut) = found(*feature)
                && best.is_none_or(|(_, best)| cut.score > best.score)
            {
                best = Some((*feature, cut));
            }
        }
        best.map(|(feature, cut)| Split {
            feature,
            cut,
            gain: self.search.score.gain(cut.score, total),
        })
    }

    /// Judges a node of few rows.
    fn few(&mut self, samples: &[Sample<u64>]) -> Result<Judged<Kept<C>>, FitError> {
        self.breathe((samples.len() + BESIDE) * self.bins.len())?;
        let mut best: Option<(u32, Cut)> = None;
        if self.search.start(samples) {
            self.shuffle();
            for feature in &self.order {
                let column = &self.bins.feature(*feature).column;
                if let Found::Cut(cut) = self.search.best(column, samples, self.min_leaf)
                    && best.is_none_or(|(_, best)| cut.score > best.score)
                {
                    best = Some((*feature, cut));
                }
            }
        }
        let split = best.map(|(feature, cut)| Split {
            feature,
            cut,
            gain: self.search.gain(cut.score),
        });
        Ok(Judged {
            split,
            held: Kept { histograms: None },
        })
    }

    /// Runs `work` for every feature, on several threads where it is much. Nothing is found where it is cancelled.
    fn every<T: Send>(
        &mut self,
        rows: usize,
        items: Vec<T>,
        work: impl Fn(&mut Swept<C>, u32, T) -> [Found; 2] + Sync,
    ) -> Result<Vec<[Found; 2]>, FitError> {
        self.breathe(rows * self.bins.len())?;
        let ctx = self.ctx;
        let step = |swept: &mut Swept<C>, (feature, item): (usize, T)| {
            if rows > STRIDE {
                ctx.go_on()?;
            }
            Ok(work(swept, feature as u32, item))
        };
        if rows * self.bins.len() < self.shared_from {
            let swept = &mut self.swept;
            return items
                .into_iter()
                .enumerate()
                .map(|item| step(swept, item))
                .collect();
        }
        items
            .into_par_iter()
            .enumerate()
            .map_init(Swept::new, step)
            .collect()
    }

    fn total(samples: &[Sample<u64>]) -> C {
        samples
            .iter()
            .map(|sample| C::of(sample.mark))
            .fold(C::default(), C::plus)
    }

    fn pure(&self, half: &Half<C>) -> bool {
        let cells = half.samples.iter().map(|sample| C::of(sample.mark));
        self.search.score.pure(half.total, cells)
    }

    /// Judges the larger of two siblings, of whose parent the histograms are, and the smaller if it has many rows.
    fn siblings(
        &mut self,
        mut histograms: Histograms<C>,
        large: &[Sample<u64>],
        small: &[Sample<u64>],
        small_too: bool,
    ) -> Result<[Judged<Kept<C>>; 2], FitError> {
        let halves = [large, small].map(|samples| Half {
            samples,
            total: Self::total(samples),
        });
        let pure = [self.pure(&halves[0]), self.pure(&halves[1])];
        let mut own = (small.len() > FEW_ROWS || small_too).then(|| self.take_spare());
        let (bins, score, min_leaf) = (self.bins, self.search.score, self.min_leaf);
        let totals = [halves[0].total, halves[1].total];
        let judge = |swept: &mut Swept<C>, cells: &Histogram<C>, half: usize| {
            if pure[half] {
                return Found::Constant;
            }
            ScalarSearch::best_of(swept, &score, cells, totals[half], min_leaf)
        };
        let found = if let Some(own) = &mut own {
            let items = histograms.iter_mut().zip(own.iter_mut()).collect();
            self.every(
                small.len().max(MANY_ROWS),
                items,
                |swept, feature, (large, own)| {
                    own.fill(C::default());
                    ScalarSearch::<C, S>::fill(own, &bins.feature(feature).column, small);
                    for (cell, taken) in large.iter_mut().zip(own.iter()) {
                        *cell = cell.minus(*taken);
                    }
                    let small = if small_too {
                        judge(swept, own, 1)
                    } else {
                        Found::Constant
                    };
                    [judge(swept, large, 0), small]
                },
            )?
        } else {
            let items = histograms.iter_mut().collect();
            self.every(MANY_ROWS, items, |swept, feature, large| {
                let column = &bins.feature(feature).column;
                for sample in small {
                    let cell = &mut large[usize::from(column[sample.row as usize])];
                    *cell = cell.minus(C::of(sample.mark));
                }
                [judge(swept, large, 0), Found::Constant]
            })?
        };
        let large = Judged {
            split: self.best(|feature| found[feature as usize][0], totals[0]),
            held: Kept {
                histograms: Some(histograms),
            },
        };
        let small = Judged {
            split: self.best(|feature| found[feature as usize][1], totals[1]),
            held: Kept { histograms: own },
        };
        Ok([large, small])
    }
}

fn leaf<C>() -> Judged<Kept<C>> {
    Judged {
        split: None,
        held: Kept { histograms: None },
    }
}

impl<C: Cell, S: Score<C>> Splitter<u64> for Summed<'_, C, S> {
    type Held = Kept<C>;

    fn root(&mut self, samples: &[Sample<u64>]) -> Result<(Judged<Kept<C>>, f64), FitError> {
        let total = Self::total(samples);
        if samples.len() <= MANY_ROWS {
            return Ok((self.few(samples)?, total.weight()));
        }
        let half = Half { samples, total };
        if self.pure(&half) {
            return Ok((leaf(), total.weight()));
        }
        let mut histograms = self.take_spare();
        let (bins, score, min_leaf) = (self.bins, self.search.score, self.min_leaf);
        let items = histograms.iter_mut().collect();
        let found = self.every(samples.len(), items, |swept, feature, cells| {
            cells.fill(C::default());
            ScalarSearch::<C, S>::fill(cells, &bins.feature(feature).column, samples);
            let found = ScalarSearch::best_of(swept, &score, cells, total, min_leaf);
            [found, Found::Constant]
        })?;
        let judged = Judged {
            split: self.best(|feature| found[feature as usize][0], total),
            held: Kept {
                histograms: Some(histograms),
            },
        };
        Ok((judged, total.weight()))
    }

    fn children(
        &mut self,
        held: Kept<C>,
        sides: [&[Sample<u64>]; 2],
        may: [bool; 2],
    ) -> Result<[Judged<Kept<C>>; 2], FitError> {
        let large = usize::from(sides[1].len() > sides[0].len());
        let small = 1 - large;
        let mut judged = [leaf(), leaf()];
        let mut left = may;
        match held.histograms {
            Some(histograms) if may[large] && sides[large].len() > MANY_ROWS => {
                let small_too = may[small] && sides[small].len() > MANY_ROWS;
                let [one, other] = self.siblings(histograms, sides[large], sides[small], small_too)?;
                judged[large] = one;
                left[large] = false;
                if small_too {
                    left[small] = false;
                    judged[small] = other;
                } else {
                    self.spare.extend(other.held.histograms);
                }
            }
            Some(histograms) => self.spare.push(histograms),
            None => {}
        }
        for (judged, (samples, left)) in judged.iter_mut().zip(sides.into_iter().zip(left)) {
            if left {
                *judged = self.few(samples)?;
            }
        }
        Ok(judged)
    }

    fn reclaim(&mut self, held: Kept<C>) {
        self.spare.extend(held.histograms);
    }
}
