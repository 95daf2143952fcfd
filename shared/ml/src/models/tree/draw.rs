//! Splits by features drawn at random for every node: as many as are asked for among those in which its rows
//! differ, each cut where it is best.

use super::{
    bag::Sample,
    bins::Bins,
    grow::{Judged, Splitter},
    objective::{Found, Objective, Search, Split},
};
use crate::{
    model::{FitContext, FitError},
    random::Stream,
};

/// Rows × features between two looks at the cancel flag; a few milliseconds' work.
const STRIDE: usize = 1 << 20;
/// Rows whose reading takes as long as what there is to do for a feature of a node beside it.
pub(super) const BESIDE: usize = 32;

/// How features are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// Features tried per node; those in which the node's rows do not differ are not counted.
    pub(crate) max_features: usize,
    /// Rows both sides of a split must have.
    pub(crate) min_samples_leaf: usize,
}

/// Draws features.
pub(crate) struct Draw<'a, O: Objective> {
    bins: &'a Bins,
    drawing: Drawing,
    stream: Stream,
    search: O::Search,
    /// The features, the tried ones of the current node in front.
    order: Vec<u32>,
    ctx: &'a FitContext<'a>,
    work: usize,
}

impl<'a, O: Objective> Draw<'a, O> {
    pub(crate) fn new(
        objective: &O,
        bins: &'a Bins,
        drawing: Drawing,
        stream: Stream,
        ctx: &'a FitContext<'a>,
    ) -> Self {
        Self {
            bins,
            drawing,
            stream,
            search: objective.search(),
            order: (0..bins.len() as u32).collect(),
            ctx,
            work: 0,
        }
    }

    fn judge(&mut self, samples: &[Sample<O::Mark>]) -> Result<Judged<()>, FitError> {
        let mut best: Option<Split> = None;
        let mut tried = 0;
        let features = if self.search.start(samples) {
            self.order.len()
        } else {
            0
        };
        for i in 0..features {
            if tried == self.drawing.max_features {
                break;
            }
            self.breathe(samples.len() + BESIDE)?;
            let drawn = i + self.stream.below((features - i) as u64) as usize;
            self.order.swap(i, drawn);
            let index = self.order[i];
            let column = &self.bins.feature(index).column;
            let min_leaf = self.drawing.min_samples_leaf as u64;
            let found = self.search.best(column, samples, min_leaf);
            tried += usize::from(found != Found::Constant);
            if let Found::Cut(cut) = found
                && best.is_none_or(|best| cut.score > best.cut.score)
            {
                best = Some(Split {
                    feature: index,
                    cut,
                    gain: 0.0,
                });
            }
        }
        let split = best.map(|split| Split {
            gain: self.search.gain(split.cut.score),
            ..split
        });
        Ok(Judged { split, held: () })
    }

    fn breathe(&mut self, work: usize) -> Result<(), FitError> {
        self.work += work;
        if self.work < STRIDE {
            return Ok(());
        }
        self.work = 0;
        self.ctx.go_on()
    }
}

impl<O: Objective> Splitter<O::Mark> for Draw<'_, O> {
    type Held = ();

    fn root(&mut self, samples: &[Sample<O::Mark>]) -> Result<(Judged<()>, f64), FitError> {
        let judged = self.judge(samples)?;
        Ok((judged, self.search.weight()))
    }

    fn children(
        &mut self,
        (): (),
        sides: [&[Sample<O::Mark>]; 2],
        may: [bool; 2],
    ) -> Result<[Judged<()>; 2], FitError> {
        let mut judge = |side: usize| {
            if may[side] {
                self.judge(sides[side])
            } else {
                Ok(Judged {
                    split: None,
                    held: (),
                })
            }
        };
        Ok([judge(0)?, judge(1)?])
    }

    fn reclaim(&mut self, (): ()) {}
}
