//! A node's rows summed up from left to right, over bins with rows alone, and the choice of the best cut.

use super::judge::judge;
use crate::{
    instructions::Instructions,
    models::tree::{
        bins::MISSING,
        cell::Cell,
        objective::{Cut, Found},
        score::Score,
    },
};

/// The sums over all rows up to a bin, for every bin that has rows.
#[derive(Debug)]
pub(crate) struct Swept<C> {
    bins: [u8; 256],
    sums: [C; 256],
    scores: [f64; 256],
    /// How many bins have rows; the rows of missing values are apart.
    len: usize,
    missing: C,
    instructions: Instructions,
}

impl<C: Cell> Swept<C> {
    /// Sums over nothing.
    pub(crate) fn new() -> Self {
        Self {
            bins: [0; 256],
            sums: [C::default(); 256],
            scores: [0.0; 256],
            len: 0,
            missing: C::default(),
            instructions: Instructions::widest(),
        }
    }

    /// Sums up a whole histogram.
    #[inline]
    pub(super) fn whole(&mut self, cells: &[C; 256]) {
        let (mut sum, mut len) = (C::default(), 0usize);
        for (bin, cell) in cells[..255].iter().enumerate() {
            sum = sum.plus(*cell);
            // Written always and kept if the bin has rows: cheaper than a branch that nobody can foresee.
            self.bins[len & 255] = bin as u8;
            self.sums[len & 255] = sum;
            len += usize::from(!cell.is_empty());
        }
        (self.len, self.missing) = (len, cells[255]);
    }

    /// Sums up the noted bins of a histogram, and empties them.
    #[inline]
    pub(super) fn noted(&mut self, cells: &mut [C; 256], noted: [u64; 4]) {
        let (mut sum, mut len) = (C::default(), 0usize);
        for (word, bits) in (0..4u8).zip(noted) {
            let mut left = bits;
            while left != 0 {
                let bin = word * 64 + left.trailing_zeros() as u8;
                left &= left - 1;
                sum = sum.plus(std::mem::take(&mut cells[usize::from(bin)]));
                self.bins[len & 255] = bin;
                self.sums[len & 255] = sum;
                len += 1;
            }
        }
        self.split_off_missing(len);
    }

    /// Sums up rows in the order of their bins.
    #[inline]
    pub(super) fn ordered(&mut self, rows: &[(u8, C)]) {
        let (mut sum, mut len) = (C::default(), 0usize);
        for (i, (bin, cell)) in rows.iter().enumerate() {
            sum = sum.plus(*cell);
            self.bins[len & 255] = *bin;
            self.sums[len & 255] = sum;
            let same = rows.get(i + 1).is_some_and(|(next, _)| next == bin);
            len += usize::from(!same);
        }
        self.split_off_missing(len);
    }

    fn split_off_missing(&mut self, len: usize) {
        (self.len, self.missing) = (len, C::default());
        if len > 0 && self.bins[len - 1] == MISSING {
            let before = if len > 1 { self.sums[len - 2] } else { C::default() };
            self.missing = self.sums[len - 1].minus(before);
            self.len = len - 1;
        }
    }

    /// The best cut.
    #[inline]
    pub(super) fn best<S: Score<C>>(&mut self, score: &S, total: C, min_leaf: u64) -> Found {
        let has_missing = !self.missing.is_empty();
        if self.len + usize::from(has_missing) < 2 {
            return Found::Constant;
        }
        let last = self.len - usize::from(!has_missing);
        let mut best = self.choose(score, total, C::default(), last, min_leaf, f64::NEG_INFINITY);
        let mut missing_left = has_missing.then_some(false);
        if has_missing && self.len > 1 {
            let floor = best.map_or(f64::NEG_INFINITY, |(score, _)| score);
            let left = self.choose(score, total, self.missing, self.len - 1, min_leaf, floor);
            if left.is_some() {
                (best, missing_left) = (left, Some(true));
            }
        }
        let Some((score, place)) = best else {
            return Found::Nothing;
        };
        Found::Cut(Cut {
            score,
            low: self.bins[place],
            high: if place + 1 < self.len {
                self.bins[place + 1]
            } else {
                MISSING
            },
            missing_left,
        })
    }

    /// The first of the best cuts before place `last` whose score is above `floor`, with `more` on the left.
    #[inline]
    fn choose<S: Score<C>>(
        &mut self,
        score: &S,
        total: C,
        more: C,
        last: usize,
        min_leaf: u64,
        floor: f64,
    ) -> Option<(f64, usize)> {
        let sums = &self.sums[..last];
        let (mut from, mut to) = (0, last);
        if min_leaf > 1 {
            from = sums.partition_point(|sum| sum.plus(more).rows() < min_leaf);
            to = sums.partition_point(|sum| total.minus(sum.plus(more)).rows() >= min_leaf);
        }
        let sums = sums.get(from..to)?;
        let scores = &mut self.scores[..sums.len()];
        judge(self.instructions, score, (sums, more), total, scores);
        let (mut best, mut place) = (floor, None);
        for (i, score) in scores.iter().enumerate() {
            if *score > best {
                (best, place) = (*score, Some(from + i));
            }
        }
        place.map(|place| (best, place))
    }
}
