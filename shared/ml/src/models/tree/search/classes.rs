//! The search among more than six classes, or three and more whose rows are weighted: Gini impurity `1 − Σ pₖ²` or entropy `−Σ pₖ log₂ pₖ`.
//!
//! With `nₖ` the weight of class k in the node and `lₖ` on the left, the right's `Σ (nₖ − lₖ)²` is
//! `Σ nₖ² − 2 Σ nₖ lₖ + Σ lₖ²`, so that only the left is counted class by class.

use super::order::{FEW, ranks};
use crate::models::tree::{
    anywhere::{
        Cuts,
        kernel::{LANES, Lanes, add_by_class},
        table::Panel,
    },
    bag::Sample,
    bins::MISSING,
    classes::ClassMark,
    objective::{Cut, Found, Search},
    score::x_log_x,
};

/// Rows per class up to which rows are put in order instead of filling a histogram.
const ORDERED_PER_CLASS: usize = 100;
/// Bits of a histogram's cell that count rows; those above hold their weight.
const ROWS: u32 = 28;

/// The sums over all rows up to a bin. Squares stay below 2⁶² because weights add up to less than 2³¹.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    bin: u8,
    rows: u64,
    weight: u64,
    /// `Σ lₖ²`.
    squares: u64,
    /// `Σ nₖ lₖ`.
    cross: u64,
}

/// Finds cuts.
pub(crate) struct ClassSearch {
    classes: usize,
    entropy: bool,
    /// The node's weight by class, and its sums.
    node: Vec<u64>,
    total: Step,
    /// The left's weight by class, its sums, and its sums after every bin with rows.
    left: Vec<u64>,
    now: Step,
    steps: Vec<Step>,
    scores: Vec<f64>,
    /// Weight << 28 | rows, by bin and class.
    cells: Vec<u64>,
    /// The same of what is on the left of a cut, by class and feature.
    lefts: Vec<Lanes<u64>>,
    /// Rows in the order of bins.
    rows: Vec<(u8, ClassMark)>,
    bins: Vec<u8>,
    counts: [u32; 256],
}

impl ClassSearch {
    pub(crate) fn new(classes: usize, entropy: bool) -> Self {
        Self {
            classes,
            entropy,
            node: vec![0; classes],
            total: Step::default(),
            left: vec![0; classes],
            now: Step::default(),
            steps: Vec::new(),
            scores: Vec::new(),
            cells: Vec::new(),
            lefts: vec![[0; LANES]; classes],
            rows: Vec::new(),
            bins: Vec::new(),
            counts: [0; 256],
        }
    }

    fn begin(&mut self) {
        self.left.fill(0);
        self.now = Step::default();
        self.steps.clear();
        self.scores.clear();
    }

    /// Moves rows of a class to the left.
    #[inline]
    fn shift(&mut self, class: usize, weight: u64, rows: u64) {
        let left = &mut self.left[class];
        self.now.squares += weight * (2 * *left + weight);
        self.now.cross += weight * self.node[class];
        self.now.weight += weight;
        self.now.rows += rows;
        *left += weight;
    }

    /// Notes that all rows of `bin` are on the left.
    #[inline]
    fn step(&mut self, bin: u8) {
        self.steps.push(Step { bin, ..self.now });
        if self.entropy {
            let (mut left, mut right) = (0.0, 0.0);
            for (all, part) in self.node.iter().zip(&self.left) {
                left += x_log_x(*part as f64);
                right += x_log_x((all - part) as f64);
            }
            let (weight, rest) = (self.now.weight, self.total.weight - self.now.weight);
            self.scores
                .push(left - x_log_x(weight as f64) + right - x_log_x(rest as f64));
        }
    }

    fn place_few(&mut self, column: &[u8], samples: &[Sample<ClassMark>]) {
        let mut bins = [0; FEW];
        for (bin, sample) in bins.iter_mut().zip(samples) {
            *bin = column[sample.row as usize];
        }
        let ranks = ranks(&bins, samples.len());
        self.rows.resize(FEW, Default::default());
        for ((sample, bin), rank) in samples.iter().zip(bins).zip(ranks) {
            self.rows[usize::from(rank)] = (bin, sample.mark);
        }
        self.rows.truncate(samples.len());
    }

    /// Puts the rows in the order of their bins by counting.
    fn place(&mut self, column: &[u8], samples: &[Sample<ClassMark>]) {
        let mut noted = [0u64; 4];
        self.bins.clear();
        for sample in samples {
            let bin = column[sample.row as usize];
            self.bins.push(bin);
            noted[usize::from(bin >> 6)] |= 1 << (bin & 63);
            self.counts[usize::from(bin)] += 1;
        }
        let mut start = 0;
        each(noted, |bin| {
            let count = std::mem::replace(&mut self.counts[usize::from(bin)], start);
            start += count;
        });
        self.rows.resize(samples.len(), Default::default());
        for (sample, bin) in samples.iter().zip(&self.bins) {
            let place = &mut self.counts[usize::from(*bin)];
            self.rows[*place as usize] = (*bin, sample.mark);
            *place += 1;
        }
        each(noted, |bin| self.counts[usize::from(bin)] = 0);
    }

    /// Moves the rows in order to the left, those with missing values first if `missing_left`, else not at all.
    fn sweep_rows(&mut self, values: usize, missing_left: bool) {
        self.begin();
        if missing_left {
            for i in values..self.rows.len() {
                let mark = self.rows[i].1;
                self.shift(mark.class as usize, u64::from(mark.weight), 1);
            }
        }
        for i in 0..values {
            let (bin, mark) = self.rows[i];
            self.shift(mark.class as usize, u64::from(mark.weight), 1);
            if i + 1 == values || self.rows[i + 1].0 != bin {
                self.step(bin);
            }
        }
    }

    fn fill(&mut self, column: &[u8], samples: &[Sample<ClassMark>]) {
        self.cells.clear();
        self.cells.resize(256 * self.classes, 0);
        for sample in samples {
            let bin = usize::from(column[sample.row as usize]);
            let mark = sample.mark;
            self.cells[bin * self.classes + mark.class as usize] += u64::from(mark.weight) << ROWS | 1;
        }
    }

    fn shift_bin(&mut self, bin: u8) -> bool {
        let before = self.now.rows;
        for class in 0..self.classes {
            let cell = self.cells[usize::from(bin) * self.classes + class];
            self.shift(class, cell >> ROWS, cell & ((1 << ROWS) - 1));
        }
        self.now.rows > before
    }

    /// Moves the bins in order to the left. Returns whether there are missing values.
    fn sweep_bins(&mut self, missing_left: bool) -> bool {
        self.begin();
        let has_missing = missing_left && self.shift_bin(MISSING);
        for bin in 0..MISSING {
            if self.shift_bin(bin) {
                self.step(bin);
            }
        }
        has_missing || self.now.rows < self.total.rows
    }

    /// The first of the best cuts after the first `last` steps whose score is above `floor`.
    fn choose(&mut self, last: usize, min_leaf: u64, floor: f64) -> Option<(f64, usize)> {
        if !self.entropy {
            let number = |sum: u64| sum as i64 as f64;
            let (all, weight) = (self.total.squares, number(self.total.weight));
            self.scores.extend(self.steps[..last].iter().map(|step| {
                // Σ lₖ² / l + Σ rₖ² / r, with one division.
                let (l, left) = (number(step.weight), number(step.squares));
                let (r, right) = (weight - l, number(all + step.squares - 2 * step.cross));
                (left * r + right * l) / (l * r)
            }));
        }
        let (mut best, mut place) = (floor, None);
        for (i, (score, step)) in self.scores[..last].iter().zip(&self.steps).enumerate() {
            if *score > best && step.rows >= min_leaf && self.total.rows - step.rows >= min_leaf {
                (best, place) = (*score, Some(i));
            }
        }
        place.map(|place| (best, place))
    }

    /// The best cut, of which `sweep` makes the steps with missing values on either side.
    fn cut(&mut self, min_leaf: u64, mut sweep: impl FnMut(&mut Self, bool) -> bool) -> Found {
        let has_missing = sweep(self, false);
        let len = self.steps.len();
        if len + usize::from(has_missing) < 2 {
            return Found::Constant;
        }
        let mut best = self.choose(len - usize::from(!has_missing), min_leaf, f64::NEG_INFINITY);
        let mut missing_left = has_missing.then_some(false);
        if has_missing && len > 1 {
            sweep(self, true);
            let floor = best.map_or(f64::NEG_INFINITY, |(score, _)| score);
            if let Some(left) = self.choose(len - 1, min_leaf, floor) {
                (best, missing_left) = (Some(left), Some(true));
            }
        }
        let Some((score, place)) = best else {
            return Found::Nothing;
        };
        Found::Cut(Cut {
            score,
            low: self.steps[place].bin,
            high: self.steps.get(place + 1).map_or(MISSING, |next| next.bin),
            missing_left,
        })
    }
}

/// Does something for every noted bin, in order.
fn each(noted: [u64; 4], mut work: impl FnMut(u8)) {
    for (word, bits) in (0..4u8).zip(noted) {
        let mut left = bits;
        while left != 0 {
            work(word * 64 + left.trailing_zeros() as u8);
            left &= left - 1;
        }
    }
}

impl Search<ClassMark> for ClassSearch {
    fn start(&mut self, samples: &[Sample<ClassMark>]) -> bool {
        self.node.fill(0);
        for sample in samples {
            self.node[sample.mark.class as usize] += u64::from(sample.mark.weight);
        }
        self.total = Step {
            bin: 0,
            rows: samples.len() as u64,
            weight: self.node.iter().sum(),
            squares: self.node.iter().map(|weight| weight * weight).sum(),
            cross: 0,
        };
        self.node.iter().filter(|weight| **weight > 0).count() > 1
    }

    fn weight(&self) -> f64 {
        self.total.weight as f64
    }

    fn best(&mut self, column: &[u8], samples: &[Sample<ClassMark>], min_leaf: u64) -> Found {
        if samples.len() > ORDERED_PER_CLASS * self.classes {
            self.fill(column, samples);
            return self.cut(min_leaf, Self::sweep_bins);
        }
        if samples.len() <= FEW {
            self.place_few(column, samples);
        } else {
            self.place(column, samples);
        }
        let values = self.rows.partition_point(|(bin, _)| *bin < MISSING);
        self.cut(min_leaf, |search, missing_left| {
            search.sweep_rows(values, missing_left);
            values < search.rows.len()
        })
    }

    fn judge(
        &mut self,
        panel: Panel,
        samples: &[Sample<ClassMark>],
        cuts: &Cuts,
        min_leaf: u64,
    ) -> Lanes<f64> {
        self.lefts.fill([0; LANES]);
        let cell = |mark: ClassMark| (mark.class as usize, u64::from(mark.weight) << ROWS | 1);
        add_by_class(panel, samples, cuts, cell, &mut self.lefts);
        let mut scores = [f64::NAN; LANES];
        for (lane, score) in scores[..panel.features].iter_mut().enumerate() {
            self.begin();
            for class in 0..self.classes {
                let cell = self.lefts[class][lane];
                self.shift(class, cell >> ROWS, cell & ((1 << ROWS) - 1));
            }
            self.step(0);
            if let Some((found, _)) = self.choose(1, min_leaf, f64::NEG_INFINITY) {
                *score = found;
            }
        }
        scores
    }

    fn gain(&self, score: f64) -> f64 {
        let weight = self.total.weight as f64;
        let purity = if self.entropy {
            self.node
                .iter()
                .map(|weight| x_log_x(*weight as f64))
                .sum::<f64>()
                - x_log_x(weight)
        } else {
            self.total.squares as f64 / weight
        };
        score - purity
    }
}
