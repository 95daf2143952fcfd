//! Splits by all features, with histograms of the larger nodes that are kept for their children: that of the
//! child with more rows is its parent's less its sibling's, so that half the rows need not be read. Rows are added to
//! the histograms of several features at once ([`fill`]).
//!
//! Source: Ke et al., "LightGBM", NIPS 2017.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::{
    bag::Sample,
    bins::Bins,
    cell::Cell,
    draw::BESIDE,
    fill,
    grow::{Judged, Splitter},
    objective::{Cut, Found, Search, Split},
    rows::Rows,
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
    total: C,
}

/// What two children offer by a feature.
type Both = [Found; 2];

/// Tries all features.
pub(crate) struct Summed<'a, C, S> {
    bins: &'a Bins,
    rows: &'a Rows,
    min_leaf: u64,
    /// Rows × features of a node from which its features are shared out to threads.
    shared_from: usize,
    /// Draws the order of features, which decides between equal cuts; none for the order they have.
    stream: Option<Stream>,
    order: Vec<u32>,
    search: ScalarSearch<C, S>,
    swept: Swept<C>,
    /// Histograms that are free again; of all splitters of a tree together.
    spare: Arc<Mutex<Vec<Histograms<C>>>>,
    ctx: &'a FitContext<'a>,
    work: usize,
}

impl<'a, C: Cell, S: Score<C>> Summed<'a, C, S> {
    pub(crate) fn new(
        score: S,
        (bins, rows): (&'a Bins, &'a Rows),
        min_samples_leaf: usize,
        shared_from: usize,
        stream: Option<Stream>,
        ctx: &'a FitContext<'a>,
    ) -> Self {
        Self {
            bins,
            rows,
            min_leaf: min_samples_leaf as u64,
            shared_from,
            stream,
            order: (0..bins.len() as u32).collect(),
            search: ScalarSearch::new(score),
            swept: Swept::new(),
            spare: Arc::default(),
            ctx,
            work: 0,
        }
    }

    /// One more, for other nodes of the same tree.
    pub(crate) fn another(&self) -> Self {
        Self {
            spare: Arc::clone(&self.spare),
            ..Self::new(
                self.search.score,
                (self.bins, self.rows),
                self.min_leaf as usize,
                self.shared_from,
                self.stream.clone(),
                self.ctx,
            )
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

    fn spare(&self) -> MutexGuard<'_, Vec<Histograms<C>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_spare(&self) -> Histograms<C> {
        let spare = self.spare().pop();
        spare.unwrap_or_else(|| vec![[C::default(); 256]; self.bins.len()])
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
            for i in 0..self.order.len() {
                if let Some(stream) = &mut self.stream {
                    let drawn = i + stream.below((self.order.len() - i) as u64) as usize;
                    self.order.swap(i, drawn);
                }
                let feature = self.order[i];
                let column = &self.bins.feature(feature).column;
                if let Found::Cut(cut) = self.search.best(column, samples, self.min_leaf)
                    && best.is_none_or(|(_, best)| cut.score > best.score)
                {
                    best = Some((feature, cut));
                    // Any other feature separates two rows alike.
                    if samples.len() == 2 {
                        break;
                    }
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
            held: Kept {
                histograms: None,
                total: self.search.total,
            },
        })
    }

    /// Runs `work` for every strip of features on several threads where it is much.
    fn every<T: Send>(
        &mut self,
        rows: usize,
        items: impl Iterator<Item = T>,
        work: impl Fn(&mut Swept<C>, usize, T, &mut [Both]) -> Result<(), FitError> + Sync,
    ) -> Result<Vec<Both>, FitError> {
        self.breathe(rows * self.bins.len())?;
        let at_once = self.rows.width();
        let mut found = vec![[Found::Constant; 2]; self.bins.len()];
        let mut parts = items.zip(found.chunks_mut(at_once)).enumerate();
        let step = |swept: &mut Swept<C>, (part, (item, found)): (usize, (T, &mut [Both]))| {
            work(swept, part, item, found)
        };
        if rows * self.bins.len() < self.shared_from {
            let swept = &mut self.swept;
            parts.try_for_each(|part| step(swept, part))?;
        } else {
            parts
                .collect::<Vec<_>>()
                .into_par_iter()
                .try_for_each_init(Swept::new, step)?;
        }
        Ok(found)
    }

    fn total(samples: &[Sample<u64>]) -> C {
        samples
            .iter()
            .map(|sample| C::of(sample.mark))
            .fold(C::default(), C::plus)
    }

    fn pure(&self, total: C, samples: &[Sample<u64>]) -> bool {
        let cells = samples.iter().map(|sample| C::of(sample.mark));
        self.search.score.pure(total, cells)
    }

    /// Judges the larger of two siblings, of whose parent the histograms are, and the smaller if it has many rows.
    fn siblings(
        &mut self,
        (mut histograms, total): (Histograms<C>, C),
        large: &[Sample<u64>],
        small: &[Sample<u64>],
        small_too: bool,
    ) -> Result<[Judged<Kept<C>>; 2], FitError> {
        let taken = Self::total(small);
        let totals = [total.minus(taken), taken];
        let pure = [self.pure(totals[0], large), self.pure(totals[1], small)];
        let mut own = (small.len() > FEW_ROWS || small_too).then(|| self.take_spare());
        let (rows, ctx, score, min_leaf) = (self.rows, self.ctx, self.search.score, self.min_leaf);
        let judge = |swept: &mut Swept<C>, cells: &Histogram<C>, half: usize| {
            if pure[half] {
                return Found::Constant;
            }
            ScalarSearch::best_of(swept, &score, cells, totals[half], min_leaf)
        };
        let at_once = rows.width();
        let found = if let Some(own) = &mut own {
            let items = histograms.chunks_mut(at_once).zip(own.chunks_mut(at_once));
            self.every(
                small.len().max(MANY_ROWS),
                items,
                |swept, part, (large, own), found| {
                    own.fill([C::default(); 256]);
                    fill::join(own, rows.strip(part), small, C::plus, ctx)?;
                    for ((large, own), found) in large.iter_mut().zip(own).zip(found) {
                        for (cell, taken) in large.iter_mut().zip(own.iter()) {
                            *cell = cell.minus(*taken);
                        }
                        found[0] = judge(swept, large, 0);
                        if small_too {
                            found[1] = judge(swept, own, 1);
                        }
                    }
                    Ok(())
                },
            )?
        } else {
            let items = histograms.chunks_mut(at_once);
            self.every(MANY_ROWS, items, |swept, part, large, found| {
                fill::join(large, rows.strip(part), small, C::minus, ctx)?;
                for (large, found) in large.iter().zip(found) {
                    found[0] = judge(swept, large, 0);
                }
                Ok(())
            })?
        };
        let kept = [Some(histograms), own];
        let mut half = 0;
        Ok(kept.map(|histograms| {
            let (side, total) = (half, totals[half]);
            half += 1;
            Judged {
                split: self.best(|feature| found[feature as usize][side], total),
                held: Kept { histograms, total },
            }
        }))
    }
}

fn leaf<C: Cell>() -> Judged<Kept<C>> {
    Judged {
        split: None,
        held: Kept {
            histograms: None,
            total: C::default(),
        },
    }
}

impl<C: Cell, S: Score<C>> Splitter<u64> for Summed<'_, C, S> {
    type Held = Kept<C>;

    fn root(&mut self, samples: &[Sample<u64>]) -> Result<(Judged<Kept<C>>, f64), FitError> {
        let total = Self::total(samples);
        if samples.len() <= MANY_ROWS {
            return Ok((self.few(samples)?, total.weight()));
        }
        if self.pure(total, samples) {
            return Ok((leaf(), total.weight()));
        }
        let mut histograms = self.take_spare();
        let (rows, ctx, score, min_leaf) = (self.rows, self.ctx, self.search.score, self.min_leaf);
        let items = histograms.chunks_mut(rows.width());
        let found = self.every(samples.len(), items, |swept, part, cells, found| {
            cells.fill([C::default(); 256]);
            fill::join(cells, rows.strip(part), samples, C::plus, ctx)?;
            for (cells, found) in cells.iter().zip(found) {
                found[0] = ScalarSearch::best_of(swept, &score, cells, total, min_leaf);
            }
            Ok(())
        })?;
        let judged = Judged {
            split: self.best(|feature| found[feature as usize][0], total),
            held: Kept {
                histograms: Some(histograms),
                total,
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
                let held = (histograms, held.total);
                let [one, other] = self.siblings(held, sides[large], sides[small], small_too)?;
                judged[large] = one;
                left[large] = false;
                if small_too {
                    left[small] = false;
                    judged[small] = other;
                } else {
                    self.spare().extend(other.held.histograms);
                }
            }
            Some(histograms) => self.spare().push(histograms),
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
        self.spare().extend(held.histograms);
    }
}
