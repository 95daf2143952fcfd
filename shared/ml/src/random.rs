//! Random numbers that stay the same for ever: a generator and its few distributions, written out here because
//! the same seed must give the same model with every later version of every dependency.
//!
//! The generator is xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021,
//! <https://prng.di.unimi.it/xoshiro256plusplus.c>), started from a SHA-256 of what the stream is for.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

/// A stream of random numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    state: [u64; 4],
}

/// The stream that belongs to a seed and a purpose, such as `&[node_id, "split"]`. Streams with different seeds
/// or parts are independent of each other.
pub fn stream(seed: u64, parts: &[&str]) -> Stream {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut state = [0; 4];
    for (word, bytes) in state.iter_mut().zip(digest.chunks_exact(8)) {
        *word = bytes
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    // The generator never leaves the state of all zeros.
    state[0] |= u64::from(state == [0; 4]);
    Stream { state }
}

impl Stream {
    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [s0, s1, s2, s3] = &mut self.state;
        let result = s0.wrapping_add(*s3).rotate_left(23).wrapping_add(*s0);
        let shifted = *s1 << 17;
        *s2 ^= *s0;
        *s3 ^= *s1;
        *s1 ^= *s2;
        *s0 ^= *s3;
        *s2 ^= shifted;
        *s3 = s3.rotate_left(45);
        result
    }

    /// A whole number in `0..n`, each equally likely (Lemire, "Fast random integer generation in an interval",
    /// 2019).
    ///
    /// # Panics
    /// When `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "no number is below 0");
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        if (product as u64) < n {
            let unfair = n.wrapping_neg() % n;
            while (product as u64) < unfair {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// A number in `[0, 1)`, a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// At most `most` of `0..n`, ascending, each selection equally likely; all of them if they are few (Floyd's algorithm;
    /// Bentley and Floyd, "A sample of brilliance", 1987).
    pub fn sample(&mut self, n: usize, most: usize) -> Vec<usize> {
        let mut drawn = BTreeSet::new();
        for last in n.saturating_sub(most)..n {
            let place = self.below(last as u64 + 1) as usize;
            if !drawn.insert(place) {
                drawn.insert(last);
            }
        }
        drawn.into_iter().collect()
    }

    /// Puts the items in a random order, each order equally likely (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_xoshiro256_plus_plus() {
        // The first outputs of the reference implementation from the state 1, 2, 3, 4.
        let mut stream = Stream { state: [1, 2, 3, 4] };
        let outputs: Vec<u64> = (0..4).map(|_| stream.next_u64()).collect();
        assert_eq!(
            outputs,
            [
                41_943_041,
                58_720_359,
                3_588_806_011_781_223,
                3_591_011_842_654_386
            ]
        );
    }

    #[test]
    fn a_stream_is_the_same_for_ever() {
        let mut first = stream(42, &["node", "split"]);
        assert_eq!(
            [first.next_u64(), first.next_u64()],
            [10_516_804_441_779_875_593, 1_713_620_082_750_044_414]
        );
    }

    #[test]
    fn parts_are_told_apart() {
        let streams = [
            stream(1, &["a", "b"]),
            stream(1, &["ab"]),
            stream(1, &["ab", ""]),
            stream(2, &["a", "b"]),
        ];
        for (i, one) in streams.iter().enumerate() {
            assert!(streams[i + 1..].iter().all(|other| other != one));
        }
    }

    #[test]
    fn every_number_below_n_is_equally_likely() {
        let mut stream = stream(0, &[]);
        let mut counts = [0; 6];
        for _ in 0..60_000 {
            counts[stream.below(6) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (9_600..10_400).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn uniform_numbers_fill_the_unit_interval() {
        let mut stream = stream(0, &["uniform"]);
        let numbers: Vec<f64> = (0..100_000).map(|_| stream.uniform()).collect();
        assert!(numbers.iter().all(|u| (0.0..1.0).contains(u)));
        let mean = numbers.iter().sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        stream(7, &[]).shuffle(&mut items);
        assert!(!items.is_sorted());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
