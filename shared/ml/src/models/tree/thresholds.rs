//! The thresholds between bins, kept by a fitted model: they turn the numbers of a row into bins, on which trees
//! decide, and bins into the numbers that others see.

use super::bins::MISSING;

/// The thresholds between the bins of every feature, in ascending order; at most 254 each.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Thresholds(pub(crate) Vec<Vec<f64>>);

impl Thresholds {
    /// How many features there are.
    pub(crate) fn features(&self) -> usize {
        self.0.len()
    }

    /// Whether they are what a fit leaves.
    pub(crate) fn sound(&self) -> bool {
        self.0
            .iter()
            .all(|feature| feature.len() < usize::from(MISSING) && feature.is_sorted_by(|a, b| a < b))
    }

    /// One that finds bins, for every feature.
    pub(crate) fn binners(&self) -> Vec<Binner> {
        self.0.iter().map(|feature| Binner::of(feature)).collect()
    }
}

/// Finds a value's bin by eight comparisons and no branch.
#[derive(Debug, Clone)]
pub(crate) struct Binner {
    tops: [f64; 256],
}

impl Binner {
    /// For bins whose greatest values these are, the last bin's excepted; at most 254.
    pub(crate) fn of(tops: &[f64]) -> Self {
        let mut padded = [f64::INFINITY; 256];
        padded[..tops.len()].copy_from_slice(tops);
        Self { tops: padded }
    }

    /// The bin of `value`: that of missing values for NaN, else the number of tops below it.
    #[inline]
    pub(crate) fn bin(&self, value: f64) -> u8 {
        let mut bin = 0u8;
        for step in [128, 64, 32, 16, 8, 4, 2, 1] {
            let above = self.tops[usize::from(bin | (step - 1))] < value;
            bin |= if above { step } else { 0 };
        }
        if value.is_nan() { MISSING } else { bin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_values_bin_is_the_number_of_thresholds_below_it() {
        let tops: Vec<f64> = (0..254).map(f64::from).collect();
        for used in [0, 1, 2, 7, 100, 253, 254] {
            let binner = Binner::of(&tops[..used]);
            for value in [
                f64::NEG_INFINITY,
                -1.0,
                0.0,
                0.5,
                1.0,
                99.5,
                252.5,
                253.0,
                253.5,
                f64::INFINITY,
            ] {
                let below = tops[..used].iter().filter(|top| **top < value).count();
                assert_eq!(usize::from(binner.bin(value)), below, "{value} among {used}");
            }
            assert_eq!(binner.bin(f64::NAN), MISSING);
        }
    }

    #[test]
    fn thresholds_that_do_not_ascend_are_not_sound() {
        assert!(Thresholds(vec![vec![1.0, 2.0], vec![]]).sound());
        assert!(!Thresholds(vec![vec![2.0, 1.0]]).sound());
        assert!(!Thresholds(vec![vec![f64::NAN, 1.0]]).sound());
    }
}
