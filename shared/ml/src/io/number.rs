//! Numbers as they are spelled in a table. Most cells of most tables are short decimals, so those are read in the
//! one pass that also finds where they end; the others are left to a library.

/// From here on, neighbouring whole numbers share a double.
pub(super) const EXACT: f64 = 9_007_199_254_740_992.0;

/// So many decimal digits always fit below 2^53.
const SHORT: usize = 15;

/// The powers of ten that short decimals are divided by, each exact, so that the quotient is the nearest double
/// (Clinger, "How to read floating point numbers accurately", 1990).
const TENS: [f64; SHORT + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// A finite number, and how it was spelled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    /// By digits alone.
    pub(super) whole: bool,
    /// Whole, with a leading zero, as codes are.
    pub(super) padded: bool,
}

/// The number that all of a cell spells. Infinity and NaN are none.
pub(super) fn parse(cell: &[u8]) -> Option<Number> {
    let (number, length) = scan(cell)?;
    (length == cell.len()).then_some(number)
}

/// The number the bytes begin with, and its length.
pub(super) fn scan(bytes: &[u8]) -> Option<(Number, usize)> {
    let sign = usize::from(matches!(bytes.first()?, b'+' | b'-'));
    let mut mantissa = 0_u64;
    let point = digits(bytes, sign, &mut mantissa);
    let (mut end, mut fraction) = (point, 0);
    if bytes.get(point) == Some(&b'.') {
        end = digits(bytes, point + 1, &mut mantissa);
        fraction = end - point - 1;
    }
    let count = point - sign + fraction;
    if count == 0 {
        return None;
    }
    let whole = end == point && !matches!(bytes.get(end), Some(b'e' | b'E'));
    let padded = whole && count > 1 && bytes[sign] == b'0';
    if count > SHORT || matches!(bytes.get(end), Some(b'e' | b'E')) {
        // The library takes no plus sign.
        let from = usize::from(bytes[0] == b'+');
        let (value, length) = fast_float2::parse_partial::<f64, _>(&bytes[from..]).ok()?;
        let number = Number { value, whole, padded };
        return value.is_finite().then_some((number, from + length));
    }
    let size = mantissa as f64 / TENS[fraction];
    let value = if bytes[0] == b'-' { -size } else { size };
    Some((Number { value, whole, padded }, end))
}

/// Where the digits from `at` on end; `value` is continued by them, and of no use once there are too many.
fn digits(bytes: &[u8], mut at: usize, value: &mut u64) -> usize {
    while let Some(digit) = bytes
        .get(at)
        .map(|byte| byte.wrapping_sub(b'0'))
        .filter(|d| *d < 10)
    {
        *value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spells_no_number_is_none() {
        for cell in [
            "", "-", ".", "+.", "e5", "1e", "1e+", "inf", "nan", "-inf", "0x1", "1 ", "1_0", "--1", "+-1",
            "1e999",
        ] {
            assert_eq!(parse(cell.as_bytes()), None, "{cell}");
        }
        assert_eq!(
            scan(b"1.5,x").map(|(number, end)| (number.value, end)),
            Some((1.5, 3))
        );
        assert!(parse(b"-007").is_some_and(|number| number.padded && number.value == -7.0));
        assert!(parse(b"0").is_some_and(|number| !number.padded && number.whole));
    }

    proptest::proptest! {
        #[test]
        fn numbers_are_those_of_the_standard_library(cell in "[+-]?[0-9]{0,24}(\\.[0-9]{0,24})?([eE][+-]?[0-9]{1,3})?") {
            let expected = cell.parse::<f64>().ok().filter(|value| value.is_finite());
            let found = parse(cell.as_bytes()).map(|number| number.value);
            proptest::prop_assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{}", cell);
        }
    }
}
