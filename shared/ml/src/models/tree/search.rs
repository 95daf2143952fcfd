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
        let missing = feature.missing();
        self.sweep.reset();
        let mut before = None;
        let mut bins = 0;
        for bin in noted(&self.noted) {
            // The bin itself is to the right while the split before it is judged.
            let cells = cells_of(&self.cells, bin, objective.cells());
            if cells.iter().all(|cell| *cell == 0) {
                continue;
            }
            if let Some(low) = before {
                let split = Split {
                    feature: index,
                    low,
                    high: bin,
                    missing_left: None,
                    score: 0.0,
                };
                judge(&self.sweep, split, min_leaf, best);
            }
            self.sweep.take(cells);
            before = Some(bin);
            bins += 1;
        }
        if before == Some(missing) && bins > 1 {
            if let Some(split) = best.as_mut().filter(|split| split.feature == index) {
                split.missing_left = Some(false);
            }
            self.missing_left(objective, index, missing, min_leaf, best);
        }
        self.clear(objective.cells());
        bins > 1
    }

    fn missing_left(
        &mut self,
        objective: &O,
        index: u32,
        missing: u8,
        min_leaf: u64,
        best: &mut Option<Split>,
    ) {
        self.sweep.reset();
        self.sweep.take(cells_of(&self.cells, missing, objective.cells()));
        let mut before = None;
        for bin in noted(&self.noted).take_while(|bin| *bin < missing) {
            let cells = cells_of(&self.cells, bin, objective.cells());
            if cells.iter().all(|cell| *cell == 0) {
                continue;
            }
            if let Some(low) = before {
                let split = Split {
                    feature: index,
                    low,
                    high: bin,
                    missing_left: Some(true),
                    score: 0.0,
                };
                judge(&self.sweep, split, min_leaf, best);
            }
            self.sweep.take(cells);
            before = Some(bin);
        }
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

fn judge(sweep: &impl Sweep, split: Split, min_leaf: u64, best: &mut Option<Split>) {
    let (left, right) = sweep.rows();
    if left < min_leaf || right < min_leaf {
        return;
    }
    let score = sweep.score();
    if best.is_none_or(|best| score > best.score) {
        *best = Some(Split { score, ..split });
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
