//! Splits by features cut anywhere between their least and greatest value in the node, as extremely random trees
//! have them: of as many features as are asked for among those in which the node's rows differ, the best cut counts.
//!
//! A node is read twice: once for what its rows span in each feature, and once for the sums on the left of each cut.
//! Both work on many features at once ([`kernel`]), which lie beside each other in the [`table`]. No histogram is
//! needed, as there is one cut per feature.
//!
//! Source: Geurts, Ernst and Wehenkel, "Extremely randomized trees", Machine Learning 2006.

pub(crate) mod kernel;
pub(crate) mod table;
pub(crate) mod typical;

use self::{
    kernel::{Extent, LANES, Lanes, Span},
    table::Table,
};
use super::{
    bag::Sample,
    bins::MISSING,
    draw::{BESIDE, Drawing},
    grow::{Judged, Splitter},
    objective::{Cut, Objective, Search, Split},
    rows::Strip,
};
use crate::{
    model::{FitContext, FitError},
    random::Stream,
};

/// Rows × panels between two looks at the cancel flag; a few milliseconds' work.
const STRIDE: usize = 1 << 18;

/// Rows of a node up to which what was read of them is still in the processor's cache when the node is cut in two.
const AT_HAND: usize = 4096;

/// Cuts of a panel's features.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cuts {
    /// The last bin that goes left, by lane.
    pub(crate) last: Lanes<u8>,
    /// What is added to bins before they are compared, by which that of missing values becomes the first.
    pub(crate) by: u8,
}

/// A panel's cuts in the current node.
#[derive(Debug, Clone)]
struct Chosen {
    /// What rows span; none if it was not looked at.
    extent: Option<Extent>,
    /// The lanes that are cut, a bit each.
    lanes: u32,
    last: Lanes<u8>,
    /// Decide between equal cuts.
    keys: Lanes<u16>,
}

/// The best cut so far.
struct Best {
    feature: usize,
    cut: Cut,
    key: u16,
}

/// A number in `[0, 1)` and bits that have nothing to do with it.
#[inline]
fn share_and_key(stream: &mut Stream) -> (f64, u16) {
    let random = stream.next_u64();
    let share = (random >> 11) as f64 * (1.0 / (1u64 << 53) as f64);
    (share, (random & 0x7ff) as u16)
}

/// Cuts features anywhere.
pub(crate) struct Anywhere<'a, O: Objective> {
    table: &'a Table,
    drawing: Drawing,
    stream: Stream,
    search: O::Search,
    /// The features, the tried ones of the current node in front.
    order: Vec<u32>,
    chosen: Vec<Chosen>,
    ctx: &'a FitContext<'a>,
    work: usize,
}

impl<'a, O: Objective> Anywhere<'a, O> {
    pub(crate) fn new(
        objective: &O,
        table: &'a Table,
        drawing: Drawing,
        stream: Stream,
        ctx: &'a FitContext<'a>,
    ) -> Self {
        let none = Chosen {
            extent: None,
            lanes: 0,
            last: [0; LANES],
            keys: [0; LANES],
        };
        Self {
            table,
            drawing,
            stream,
            search: objective.search(),
            order: (0..table.features() as u32).collect(),
            chosen: vec![none; table.panels()],
            ctx,
            work: 0,
        }
    }

    fn judge(&mut self, samples: &[Sample<O::Mark>]) -> Result<Judged<()>, FitError> {
        let mut best = None;
        if self.search.start(samples) {
            for chosen in &mut self.chosen {
                (chosen.extent, chosen.lanes) = (None, 0);
            }
            // Two rows are separated by any feature alike.
            let tried = if samples.len() == 2 {
                1
            } else {
                self.drawing.max_features
            };
            if tried < self.order.len() {
                self.cut_drawn(tried, samples)?;
            } else {
                for feature in 0..self.order.len() {
                    self.cut(feature, samples)?;
                }
            }
            for panel in 0..self.chosen.len() {
                if self.chosen[panel].lanes != 0 {
                    self.breathe(samples.len() + BESIDE)?;
                    self.judge_panel(panel, samples, &mut best);
                }
            }
        }
        let split = best.map(|best: Best| Split {
            feature: best.feature as u32,
            cut: best.cut,
            gain: self.search.gain(best.cut.score),
        });
        Ok(Judged { split, held: () })
    }

    /// Cuts features drawn at random until so many are cut.
    fn cut_drawn(&mut self, mut left: usize, samples: &[Sample<O::Mark>]) -> Result<(), FitError> {
        let features = self.order.len();
        for i in 0..features {
            if left == 0 {
                break;
            }
            let drawn = i + self.stream.below((features - i) as u64) as usize;
            self.order.swap(i, drawn);
            left -= usize::from(self.cut(self.order[i] as usize, samples)?);
        }
        Ok(())
    }

    /// Cuts a feature. Returns whether the rows differ in it.
    #[inline]
    fn cut(&mut self, feature: usize, samples: &[Sample<O::Mark>]) -> Result<bool, FitError> {
        let (panel, lane) = (feature / LANES, feature % LANES);
        if self.chosen[panel].extent.is_none() {
            self.breathe(samples.len() + BESIDE)?;
            self.chosen[panel].extent = Some(kernel::extent(self.table.panel(panel), samples));
        }
        let extent = self.chosen[panel].extent.as_ref();
        let Some(span) = extent.and_then(|extent| extent.span(lane)) else {
            return Ok(false);
        };
        let (share, key) = share_and_key(&mut self.stream);
        let chosen = &mut self.chosen[panel];
        chosen.lanes |= 1 << lane;
        chosen.last[lane] = self.table.cut(feature, span, share);
        chosen.keys[lane] = key;
        Ok(true)
    }

    fn judge_panel(&mut self, panel: usize, samples: &[Sample<O::Mark>], best: &mut Option<Best>) {
        let at = self.table.panel(panel);
        let min_leaf = self.drawing.min_samples_leaf as u64;
        let chosen = &self.chosen[panel];
        let Some(extent) = &chosen.extent else { return };
        let cuts = Cuts {
            last: chosen.last,
            by: 0,
        };
        let scores = self.search.judge(at, samples, &cuts, min_leaf);
        let both = extent.missing_and_more() & chosen.lanes;
        let others = if both == 0 {
            [f64::NAN; LANES]
        } else {
            let cuts = Cuts {
                last: chosen.last.map(|last| last.wrapping_add(1)),
                by: 1,
            };
            self.search.judge(at, samples, &cuts, min_leaf)
        };
        let mut left = chosen.lanes;
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            left &= left - 1;
            let Some(Span { first, last, missing }) = extent.span(lane) else {
                continue;
            };
            let (mut score, mut missing_left) = (scores[lane], missing.then_some(false));
            let other = others[lane];
            if both >> lane & 1 == 1 && (score.is_nan() || other > score) {
                (score, missing_left) = (other, Some(true));
            }
            let key = chosen.keys[lane];
            let is_better = best
                .as_ref()
                .is_none_or(|best| score > best.cut.score || (score == best.cut.score && key > best.key));
            if is_better && !score.is_nan() {
                let low = chosen.last[lane];
                let cut = Cut {
                    score,
                    low,
                    high: if first == last { MISSING } else { low + 1 },
                    missing_left,
                };
                *best = Some(Best {
                    feature: panel * LANES + lane,
                    cut,
                    key,
                });
            }
        }
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

impl<O: Objective> Splitter<O::Mark> for Anywhere<'_, O> {
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

    fn strip(&self, feature: u32, rows: usize) -> Option<Strip<'_>> {
        (rows < AT_HAND).then(|| self.table.rows().from(feature as usize))
    }

    fn reclaim(&mut self, (): ()) {}
}
