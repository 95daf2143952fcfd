//! A direction of a figure: its range, and the ticks that tell where on it a place lies.

use super::text::count;

/// The most digits of a tick's label.
const MOST_DIGITS: i32 = 5;

/// A direction.
pub(super) struct Axis<'a> {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) label: &'a str,
}

/// What is written along an axis.
pub(super) struct Ticks {
    /// Values and how they are written.
    pub(super) places: Vec<(f64, String)>,
    /// What they are values of.
    pub(super) label: String,
}

impl<'a> Axis<'a> {
    /// From 0 to 1.
    pub(super) fn share(label: &'a str) -> Self {
        Self {
            low: 0.0,
            high: 1.0,
            label,
        }
    }

    /// One that holds these values, with some room beyond them. Values that differ by rounding only are one.
    pub(super) fn holding(label: &'a str, values: impl Iterator<Item = f64>) -> Self {
        let around = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), around);
        let rounding = low.abs().max(high.abs()) * 1e-12;
        let room = match (high - low) * 0.04 {
            room if room.is_finite() && room > rounding => room,
            _ if low.is_finite() => low.abs().max(1.0) * 0.5,
            _ => return Self::share(label),
        };
        Self {
            low: low - room,
            high: high + room,
            label,
        }
    }

    /// Where on the axis a value lies: 0 at its low end, 1 at its high end.
    pub(super) fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The step between ticks: 1, 2 or 5 times a power of ten, so that there are about five.
    fn step(&self) -> f64 {
        let rough = (self.high - self.low) / 5.0;
        let power = 10f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
        steps
            .into_iter()
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(rough)
    }

    /// The ticks, written to the digit of the step. Where that takes more digits than there is room for, they tell how
    /// far they lie beyond an offset, which the label then names.
    pub(super) fn ticks(&self) -> Ticks {
        let step = self.step();
        let (first, last) = ((self.low / step).ceil(), (self.high / step + 1e-9).floor());
        let mut largest = self.low.abs().max(self.high.abs());
        let mut label = self.label.to_owned();
        // In steps, as the places are.
        let mut offset = 0.0;
        if power(largest) - power(step) >= MOST_DIGITS {
            let round = 10f64.powf((self.high - self.low).log10().ceil());
            let steps = (round / step).round();
            offset = (first / steps).floor() * steps;
            let sign = if offset < 0.0 { '+' } else { '−' };
            let size = (offset * step).abs();
            label += &format!(" {sign} {}", written(size, round, (1.0..1e15).contains(&size)));
            largest = (last - offset) * step;
        }
        let plain = (1e-4..1e6).contains(&largest);
        let number = ((last - first).clamp(0.0, 20.0) as u32) + 1;
        let tick = |at: u32| {
            let place = first + f64::from(at);
            (place * step, written((place - offset) * step, step, plain))
        };
        Ticks {
            places: (0..number).map(tick).collect(),
            label,
        }
    }
}

/// A multiple of a step, plain or by a power of ten.
fn written(value: f64, step: f64, plain: bool) -> String {
    let decimals = usize::try_from(-power(step)).unwrap_or(0);
    let shown = match decimals {
        _ if value == 0.0 => "0".to_owned(),
        _ if !plain => {
            let digits = usize::try_from(power(value.abs()) - power(step)).unwrap_or(0);
            format!("{value:.digits$e}")
        }
        0 => count(value),
        _ => format!("{value:.decimals$}"),
    };
    shown.replace('-', "−")
}

/// The power of ten of a number's first digit; a double just below a power of ten is taken for it.
fn power(value: f64) -> i32 {
    (value.log10() + 1e-9).floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64) -> (Vec<String>, String) {
        let axis = Axis::holding("rent", [low, high].into_iter());
        let ticks = axis.ticks();
        (
            ticks.places.into_iter().map(|(_, shown)| shown).collect(),
            ticks.label,
        )
    }

    #[test]
    fn ticks_are_written_to_the_digit_of_their_step() {
        let cases: [(f64, f64, &[&str]); 5] = [
            (-2e3, 31e3, &["0", "10,000", "20,000", "30,000"]),
            (
                1.70e9,
                1.72e9,
                &["1.700e9", "1.705e9", "1.710e9", "1.715e9", "1.720e9"],
            ),
            (0.0, 2e6, &["0", "5e5", "1.0e6", "1.5e6", "2.0e6"]),
            (-1e7, 1e7, &["−1.0e7", "−5e6", "0", "5e6", "1.0e7"]),
            (1e-6, 3e-6, &["1.0e−6", "1.5e−6", "2.0e−6", "2.5e−6", "3.0e−6"]),
        ];
        for (low, high, expected) in cases {
            let (shown, label) = labels(low, high);
            assert_eq!(shown, expected);
            assert_eq!(label, "rent");
        }
    }

    #[test]
    fn ticks_of_a_small_span_tell_how_far_beyond_an_offset_they_are() {
        let cases: [(f64, f64, &[&str], &str); 4] = [
            (
                1_700_000_010.0,
                1_700_000_090.0,
                &["20", "40", "60", "80"],
                "rent − 1,700,000,000",
            ),
            (
                -1_700_000_090.0,
                -1_700_000_010.0,
                &["20", "40", "60", "80"],
                "rent + 1,700,000,100",
            ),
            (
                20.0001,
                20.0002,
                &["0.00010", "0.00015", "0.00020"],
                "rent − 20.000",
            ),
            (1e20, 1.000001e20, &["0", "5e13", "1.0e14"], "rent − 1.00000e20"),
        ];
        for (low, high, expected, named) in cases {
            let (shown, label) = labels(low, high);
            assert_eq!(shown, expected);
            assert_eq!(label, named);
        }
    }

    #[test]
    fn no_two_ticks_of_an_axis_are_written_alike() {
        let sizes = (-20..=20).map(|power| 10f64.powi(power));
        for size in sizes.flat_map(|size| [size, -1.7 * size, 9.99 * size]) {
            for span in (0..=14).map(|power| 0.9 * 10f64.powi(-power)) {
                let (mut shown, label) = labels(size, size + span * size.abs());
                assert!(shown.len() > 2, "{size} {span}: {shown:?}");
                assert!(
                    shown.iter().all(|label| label.chars().count() <= 11),
                    "{size} {span}: {shown:?}"
                );
                assert!(label.chars().count() < 36, "{label}");
                let ticks = shown.len();
                shown.sort();
                shown.dedup();
                assert_eq!(shown.len(), ticks, "{size} {span}: {shown:?}");
            }
        }
    }
}
