//! Sums over rows, packed so that adding a row to a histogram is one addition of whole numbers: exact, in any
//! order. Each holds how much the rows weigh and the weighted sum of what is to be predicted.

use std::array;

use super::{
    anywhere::{
        Cuts,
        kernel::{self, Lanes},
        table::Panel,
    },
    bag::Sample,
};

/// The words of a cell, each of which is added up alone.
pub(crate) trait Words: Copy + Default + Send + Sync {
    /// The sums of both.
    fn plus(self, other: Self) -> Self;

    /// What is left of these without the others.
    fn minus(self, other: Self) -> Self;

    /// Words of which `lanes` tells one at a time.
    fn by_lane(lanes: impl Fn(usize) -> Lanes<u64>) -> Lanes<Self>;

    /// A word.
    fn word(self, place: usize) -> u64;
}

impl<const N: usize> Words for [u64; N]
where
    Self: Default,
{
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        array::from_fn(|i| self[i].wrapping_add(other[i]))
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        array::from_fn(|i| self[i].wrapping_sub(other[i]))
    }

    fn by_lane(lanes: impl Fn(usize) -> Lanes<u64>) -> Lanes<Self> {
        let words: [Lanes<u64>; N] = array::from_fn(lanes);
        array::from_fn(|lane| array::from_fn(|i| words[i][lane]))
    }

    #[inline(always)]
    fn word(self, place: usize) -> u64 {
        self[place]
    }
}

/// The sums over some rows.
pub(crate) trait Cell: Copy + Default + Send + Sync {
    /// What it is made of.
    type Words: Words;

    /// Its words.
    fn words(self) -> Self::Words;

    /// The cell of these words.
    fn of_words(words: Self::Words) -> Self;

    /// The sums of one row with this mark.
    fn of(mark: u64) -> Self;

    /// The mark of a row of weight `weight` and target `target`, below 2³¹.
    fn mark(target: u32, weight: u32) -> u64;

    /// The sums over both sets of rows.
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self::of_words(self.words().plus(other.words()))
    }

    /// The sums over the rows that are not among the others.
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self::of_words(self.words().minus(other.words()))
    }

    /// Whether there is no row.
    fn is_empty(self) -> bool;

    /// How many rows there are, or at least 1 where cells do not count.
    fn rows(self) -> u64;

    /// What the rows weigh.
    fn weight(self) -> f64;
}

/// The sums over the rows on the left of a cut by each feature of a panel.
pub(super) fn left<C: Cell>(panel: Panel, samples: &[Sample<u64>], cuts: &Cuts) -> Lanes<C> {
    C::Words::by_lane(|place| kernel::sums(panel, samples, cuts, |mark| C::of(mark).words().word(place)))
        .map(C::of_words)
}

/// The sums over some rows, of which one is of what is to be predicted.
pub(crate) trait SumCell: Cell {
    /// The weighted sum of what is to be predicted.
    fn sum(self) -> f64;
}

/// Bits of a [`Narrow`] cell's weight.
const NARROW_WEIGHT: u32 = 24;
/// Bits of a [`Narrow`] cell's sum.
const NARROW_SUM: u32 = 64 - NARROW_WEIGHT;
/// Bits of a [`Wide`] cell's count of rows.
const WIDE_ROWS: u32 = 28;
/// Bits of a [`Wide`] cell's weight.
pub(crate) const WIDE_WEIGHT: u32 = 64 - WIDE_ROWS;

/// A weight of 24 bits and a sum of 40 in one word. Rows are counted by their weight, which is right where all
/// weigh 1, and where it only matters whether there are any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Narrow(u64);

impl Narrow {
    /// What whole targets may be at most for rows that weigh so much together; none if they weigh too much.
    pub(crate) fn most_target(total: u64) -> Option<u32> {
        let bits = u64::BITS - total.leading_zeros();
        (bits <= NARROW_WEIGHT).then(|| ((1u64 << (NARROW_SUM - bits).min(31)) - 1) as u32)
    }
}

impl Cell for Narrow {
    type Words = [u64; 1];

    #[inline(always)]
    fn words(self) -> [u64; 1] {
        [self.0]
    }

    #[inline(always)]
    fn of_words([word]: [u64; 1]) -> Self {
        Self(word)
    }

    #[inline]
    fn of(mark: u64) -> Self {
        Self(mark)
    }

    #[inline]
    fn mark(target: u32, weight: u32) -> u64 {
        (u64::from(target) << NARROW_WEIGHT | 1) * u64::from(weight)
    }

    #[inline]
    fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[inline]
    fn rows(self) -> u64 {
        self.0 & ((1 << NARROW_WEIGHT) - 1)
    }

    #[inline]
    fn weight(self) -> f64 {
        float(self.0 & ((1 << NARROW_WEIGHT) - 1))
    }
}

impl SumCell for Narrow {
    #[inline]
    fn sum(self) -> f64 {
        float(self.0 >> NARROW_WEIGHT)
    }
}

/// A whole number below 2⁵² as a floating-point one, in a way that processors without a conversion of four
/// words at once can do four at once.
#[inline]
pub(super) fn float(whole: u64) -> f64 {
    const TWO_TO_52: u64 = 0x4330_0000_0000_0000;
    f64::from_bits(TWO_TO_52 | whole) - f64::from_bits(TWO_TO_52)
}

/// Two words, added at once: a signed sum, and a weight of 36 bits with a count of rows of 28. With `TIMES` a row
/// counts its target as often as it weighs; without, once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wide<const TIMES: bool>([u64; 2]);

/// What whole targets of a [`Wide`] cell may be at most.
pub(crate) const WIDE_TARGET: u32 = (1 << 31) - 1;

impl<const TIMES: bool> Cell for Wide<TIMES> {
    type Words = [u64; 2];

    #[inline(always)]
    fn words(self) -> [u64; 2] {
        self.0
    }

    #[inline(always)]
    fn of_words(words: [u64; 2]) -> Self {
        Self(words)
    }

    #[inline]
    fn of(mark: u64) -> Self {
        let (target, weight) = (i64::from((mark >> 32) as u32 as i32), mark & 0xffff_ffff);
        let sum = if TIMES { target * weight as i64 } else { target };
        Self([sum as u64, weight << WIDE_ROWS | 1])
    }

    #[inline]
    fn mark(target: u32, weight: u32) -> u64 {
        u64::from(target) << 32 | u64::from(weight)
    }

    #[inline]
    fn is_empty(self) -> bool {
        self.0[1] == 0
    }

    #[inline]
    fn rows(self) -> u64 {
        self.0[1] & ((1 << WIDE_ROWS) - 1)
    }

    #[inline]
    fn weight(self) -> f64 {
        (self.0[1] >> WIDE_ROWS) as i64 as f64
    }
}

impl<const TIMES: bool> SumCell for Wide<TIMES> {
    #[inline]
    fn sum(self) -> f64 {
        self.0[0] as i64 as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adds_up<C: SumCell>(times: f64) {
        let row = |target, weight| C::of(C::mark(target, weight));
        let all = row(5, 3).plus(row(7, 1));
        assert_eq!([all.weight(), all.sum()], [4.0, 5.0 * times + 7.0]);
        let rest = all.minus(row(7, 1));
        assert_eq!([rest.weight(), rest.sum()], [3.0, 5.0 * times]);
        assert!(!rest.is_empty());
        assert!(rest.minus(row(5, 3)).is_empty());
    }

    #[test]
    fn cells_hold_weights_and_sums() {
        adds_up::<Narrow>(3.0);
        adds_up::<Wide<true>>(3.0);
        adds_up::<Wide<false>>(1.0);
    }

    #[test]
    fn the_greatest_targets_do_not_spill_over() {
        for total in [1, 1000, 80_000, (1 << 24) - 1] {
            let most = Narrow::most_target(total).unwrap();
            let all = Narrow::of(Narrow::mark(most, total as u32));
            assert_eq!(all.weight(), total as f64);
            assert_eq!(all.sum(), f64::from(most) * total as f64);
        }
        assert_eq!(Narrow::most_target(1 << 24), None);
        let wide = Wide::<true>::of(Wide::<true>::mark(WIDE_TARGET, u32::MAX));
        assert_eq!(wide.sum(), (i64::from(WIDE_TARGET) * i64::from(u32::MAX)) as f64);
    }

    #[test]
    fn a_target_may_be_negative_in_a_wide_cell() {
        let cell = Wide::<false>::of(Wide::<false>::mark(-5i32 as u32, 2));
        assert_eq!([cell.sum(), cell.weight()], [-5.0, 2.0]);
        assert_eq!(cell.rows(), 1);
    }
}
