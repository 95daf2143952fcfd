//! The values that stand for a feature's bins, and how many of them lie below a number: few more than one are
//! looked at, as their range is divided into slots of equal width and each slot knows how many lie below it.

use crate::models::tree::bins::MOST_BINS;

/// Slots of a range: several for every bin, as bins are narrow where there are many rows.
const SLOTS: usize = 512;
/// Values looked at without asking whether they are in the slot.
const NEXT: usize = 4;

/// What is typical of a feature's bins, in ascending order.
#[derive(Debug, Clone)]
pub(crate) struct Typical {
    /// The values, then infinity.
    values: [f64; MOST_BINS + NEXT],
    least: f64,
    /// Slots for each one of a value.
    scale: f64,
    /// How many values lie in the slots below.
    below: [u8; SLOTS + 1],
}

impl Typical {
    /// At most 255 values in ascending order.
    pub(super) fn of(values: &[f64]) -> Self {
        let mut padded = [f64::INFINITY; MOST_BINS + NEXT];
        padded[..values.len()].copy_from_slice(values);
        let least = padded[0];
        let range = values.last().map_or(0.0, |most| most - least);
        let mut typical = Self {
            values: padded,
            least,
            // None where infinite values leave no width to divide.
            scale: if range > 0.0 { SLOTS as f64 / range } else { 0.0 },
            below: [0; SLOTS + 1],
        };
        for value in values {
            typical.below[typical.slot(*value) + 1] += 1;
        }
        for slot in 0..SLOTS {
            typical.below[slot + 1] += typical.below[slot];
        }
        typical
    }

    /// A number's slot; not below that of a lesser number.
    #[inline]
    fn slot(&self, number: f64) -> usize {
        // Numbers below the range, and what is no number, become 0.
        (((number - self.least) * self.scale) as usize).min(SLOTS - 1)
    }

    /// What is typical of a bin.
    #[inline]
    pub(super) fn of_bin(&self, bin: u8) -> f64 {
        self.values[usize::from(bin)]
    }

    /// How many values lie below a number.
    #[inline]
    pub(super) fn below(&self, number: f64) -> usize {
        let slot = self.slot(number);
        let (from, to) = (usize::from(self.below[slot]), usize::from(self.below[slot + 1]));
        if to > from + NEXT {
            return from + self.values[from..to].partition_point(|value| *value < number);
        }
        let next = &self.values[from..from + NEXT];
        from + next
            .iter()
            .map(|value| usize::from(*value < number))
            .sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_values_lie_below_a_number_as_are_less() {
        let even: Vec<f64> = (0..255).map(f64::from).collect();
        let crowded: Vec<f64> = (0..255).map(|i| f64::from(i).powi(9)).collect();
        let huge = [f64::MIN, -1.0, 0.0, 2.0, f64::MAX];
        let infinite = [f64::NEG_INFINITY, -1.0, 0.0, 2.0, 1e300, 1e301, f64::INFINITY];
        for values in [
            &even[..],
            &even[..1],
            &crowded,
            &huge,
            &infinite,
            &infinite[1..],
            &[],
        ] {
            let typical = Typical::of(values);
            for number in values
                .iter()
                .flat_map(|value| [*value, value + 0.5, value * 0.99])
            {
                let less = values.iter().filter(|value| **value < number).count();
                assert_eq!(typical.below(number), less, "{number} in {values:?}");
            }
        }
    }
}
