//! Numbers that a seed determines. Everything a run chooses is drawn here, so that a seed names the same schedule of
//! faults and the same jobs for ever; only what the machine makes of them differs.

use std::{ops::Range, time::Duration};

/// `SplitMix64` (Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The stream of `seed` for one purpose; streams of different purposes have nothing in common.
    #[must_use]
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let mut random = Self(seed);
        for byte in purpose.bytes() {
            random.0 ^= u64::from(byte);
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which must be above zero.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    /// A number in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A span of this many seconds.
    pub(crate) fn seconds(&mut self, range: Range<f64>) -> Duration {
        Duration::from_secs_f64(range.start + (range.end - range.start) * self.unit())
    }

    /// Whether something of this probability happens.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Puts a list into a random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_purpose_determine_everything() {
        let draw = |seed, purpose| {
            let mut random = Random::new(seed, purpose);
            let mut list: Vec<usize> = (0..20).collect();
            random.shuffle(&mut list);
            (list, random.seconds(1.0..2.0))
        };
        assert_eq!(draw(1, "faults"), draw(1, "faults"));
        assert_ne!(draw(1, "faults"), draw(2, "faults"));
        assert_ne!(draw(1, "faults"), draw(1, "jobs"));
    }

    #[test]
    fn numbers_stay_in_their_bounds() {
        let mut random = Random::new(7, "bounds");
        for _ in 0..1000 {
            assert!(random.below(3) < 3);
            let span = random.seconds(1.5..2.5).as_secs_f64();
            assert!((1.5..2.5).contains(&span));
        }
        assert!(!random.chance(0.0) && random.chance(1.0));
    }
}
