//! The search for a node's best split by one feature: a histogram of the node's rows, then one sweep over its
//! bins with missing values on the right and, where there are any, one with them on the left.

use super::{
    bag::Sample,
    bins::Feature,
    objective::{Objective, Sweep},
};

/// Rows of a node up to which the bins they touch are noted, so that empty ones need not be looked at.
const NOTED_ROWS: usize = 256;

/// A split of a node by one feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    /// The feature.
    pub(super) feature: u32,
    /// The last bin that goes left.
    pub(super) low: u8,
    /// The first bin of the node that goes right; that of missing values if all others go left.
    pub(super) high: u8,
    /// Where missing values go, if the node has any.
    pub(super) missing_left: Option<bool>,
    /// How good it is.
    pub(super) score: f64,
}

/// A cut between two bins.
#[derive(Debug, Clone, Copy)]
struct Cut {
    score: f64,
    low: u8,
    high: u8,
}

/// What moving through the bins found.
struct Pass {
    /// Bins with rows.
    bins: usize,
    /// The last of them.
    last: Option<u8>,
    /// The best cut above the floor.
    best: Option<Cut>,
}

/// What a search needs anew for no node.
pub(super) struct Search<O: Objective> {
    cells: Vec<u64>,
    pub(super) sweep: O::Sweep,
    noted: [u64; 4],
}

impl<O: Objective> Search<O> {
    pub(super) fn new(objective: &O) -> Self {
        Self {
            cells: vec![0; 256 * objective.cells()],
            sweep: objective.sweep(),
            noted: [0; 4],
        }
    }

    /// Replaces `best` by a better split by this feature, if there is one. Returns whether the rows differ in
    /// the feature at all.
    pub(super) fn improve(
        &mut self,
        objective: &O,
        (index, feature): (u32, &Feature),
        samples: &[Sample<O::Mark>],
        min_leaf: u64,
        best: &mut Option<Split>,
    ) -> bool {
        self.fill(objective, feature, samples);
        let (missing, width) = (feature.missing(), objective.cells());
        let floor = best.map_or(f64::NEG_INFINITY, |best| best.score);
        self.sweep.reset();
        let pass = self.pass(missing, width, min_leaf, floor);
        let has_missing = pass.last == Some(missing) && pass.bins > 1;
        let mut found = pass.best.map(|cut| (cut, has_missing.then_some(false)));
        if has_missing && missing > 0 {
            self.sweep.reset();
            self.sweep.take(cells_of(&self.cells, missing, width));
            let floor = pass.best.map_or(floor, |cut| cut.score);
            let left = self.pass(missing - 1, width, min_leaf, floor);
            found = left.best.map(|cut| (cut, Some(true))).or(found);
        }
        if let Some((Cut { score, low, high }, missing_left)) = found {
            *best = Some(Split {
                feature: index,
                low,
                high,
                missing_left,
                score,
            });
        }
        self.clear(width);
        pass.bins > 1
    }

    /// Moves the bins up to `last` to the left, one after the other, and judges the cuts between them.
    fn pass(&mut self, last: u8, width: usize, min_leaf: u64, mut floor: f64) -> Pass {
        let mut pass = Pass {
            bins: 0,
            last: None,
            best: None,
        };
        for bin in noted(&self.noted).take_while(|bin| *bin <= last) {
            let cells = cells_of(&self.cells, bin, width);
            if cells.iter().all(|cell| *cell == 0) {
                continue;
            }
            // The bin itself is to the right while the cut before it is judged.
            let (left, right) = self.sweep.rows();
            if let Some(low) = pass.last.filter(|_| left >= min_leaf && right >= min_leaf) {
                let score = self.sweep.score();
                if score > floor {
                    floor = score;
                    pass.best = Some(Cut {
                        score,
                        low,
                        high: bin,
                    });
                }
            }
            self.sweep.take(cells);
            pass.last = Some(bin);
            pass.bins += 1;
        }
        pass
    }

    fn fill(&mut self, objective: &O, feature: &Feature, samples: &[Sample<O::Mark>]) {
        let column = feature.column.as_slice();
        let cells = self.cells.as_mut_slice();
        if samples.len() <= NOTED_ROWS {
            self.noted = [0; 4];
            for sample in samples {
                let bin = column[sample.row as usize];
                self.noted[usize::from(bin >> 6)] |= 1 << (bin & 63);
                objective.add(cells, bin, sample);
            }
        } else {
            self.noted = [u64::MAX; 4];
            for sample in samples {
                objective.add(cells, column[sample.row as usize], sample);
            }
        }
    }

    fn clear(&mut self, cells: usize) {
        if self.noted == [u64::MAX; 4] {
            self.cells.fill(0);
        } else {
            for bin in noted(&self.noted) {
                self.cells[usize::from(bin) * cells..][..cells].fill(0);
            }
        }
    }
}

fn cells_of(cells: &[u64], bin: u8, width: usize) -> &[u64] {
    &cells[usize::from(bin) * width..][..width]
}

/// The noted bins, in order.
fn noted(noted: &[u64; 4]) -> impl Iterator<Item = u8> + use<> {
    let noted = *noted;
    (0..4u8).flat_map(move |word| {
        let mut left = noted[usize::from(word)];
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let bit = left.trailing_zeros() as u8;
                left &= left - 1;
                word * 64 + bit
            })
        })
    })
}
