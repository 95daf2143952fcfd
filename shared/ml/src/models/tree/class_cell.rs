//! The sums of rows of several classes: every class's weight in bits of its own, so that a row of any class is one
//! addition like a row of two.

use super::cell::{Cell, float};

/// Classes that a word of a cell holds.
const PER_WORD: usize = 3;
/// Bits of a class's weight.
const BITS: usize = 64 / PER_WORD;
/// Classes at most.
pub(crate) const MOST_CLASSES: usize = 2 * PER_WORD;
/// Rows must weigh less than this together.
pub(crate) const MOST_WEIGHT: u64 = 1 << BITS;

/// The weights of up to six classes, 21 bits each. Rows are counted by their weight, as in
/// [`Narrow`](super::cell::Narrow).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ClassCell([u64; 2]);

impl ClassCell {
    /// Every class's weight; 0 for those that are not there.
    #[inline(always)]
    pub(super) fn weights(self) -> [f64; MOST_CLASSES] {
        let [low, high] = self.0;
        let field = |word: u64, place: usize| float(word >> (place * BITS) & (MOST_WEIGHT - 1));
        [
            field(low, 0),
            field(low, 1),
            field(low, 2),
            field(high, 0),
            field(high, 1),
            field(high, 2),
        ]
    }
}

impl Cell for ClassCell {
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
        let (place, weight) = ((mark >> 32) as u32, mark & 0xffff_ffff);
        let (value, high) = (weight << (place & 63), u64::from(place >> 6).wrapping_neg());
        Self([value & !high, value & high])
    }

    /// The target is the class.
    #[inline]
    fn mark(target: u32, weight: u32) -> u64 {
        let (word, place) = (target / PER_WORD as u32, target % PER_WORD as u32);
        (u64::from((word << 6) | (place * BITS as u32)) << 32) | u64::from(weight)
    }

    #[inline]
    fn is_empty(self) -> bool {
        self.0[0] | self.0[1] == 0
    }

    #[inline]
    fn rows(self) -> u64 {
        let field = |word: u64, place: usize| word >> (place * BITS) & (MOST_WEIGHT - 1);
        (0..PER_WORD)
            .map(|place| field(self.0[0], place) + field(self.0[1], place))
            .sum()
    }

    #[inline]
    fn weight(self) -> f64 {
        self.weights().iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_weight_of_its_own() {
        let row = |class, weight| ClassCell::of(ClassCell::mark(class, weight));
        let most = MOST_WEIGHT - 1;
        for class in 0..MOST_CLASSES as u32 {
            let mut expected = [0.0; MOST_CLASSES];
            expected[class as usize] = most as f64;
            let cell = row(class, most as u32);
            assert_eq!(cell.weights(), expected);
            assert_eq!((cell.rows(), cell.weight()), (most, most as f64));
        }
        let all = (0..6)
            .map(|class| row(class, class + 1))
            .fold(ClassCell::default(), ClassCell::plus);
        assert_eq!(all.weights(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(all.minus(row(4, 5)).weights(), [1.0, 2.0, 3.0, 4.0, 0.0, 6.0]);
        assert_eq!(
            (all.rows(), all.is_empty(), ClassCell::default().is_empty()),
            (21, false, true)
        );
    }
}
