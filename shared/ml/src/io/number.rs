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

const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
const ZEROS_TO_HIGH: u64 = u64::from_le_bytes([0x80 - 10; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// What the digits before are multiplied by where so many follow.
const WHOLE_TENS: [u64; 9] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
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
#[inline]
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
    let size = mantissa as i64 as f64 / TENS[fraction];
    let sign = if bytes[0] == b'-' { -1.0 } else { 1.0 };
    let value = size.copysign(sign);
    Some((Number { value, whole, padded }, end))
}

/// Where the digits from `at` on end; `value` is continued by them, and of no use once there are too many.
#[inline]
fn digits(bytes: &[u8], mut at: usize, value: &mut u64) -> usize {
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        // From '0' on, so that the digits are those bytes below ten. Adding carries into the high bit of the others,
        // and only beyond the first of them into the next byte.
        let word = u64::from_le_bytes(*word) ^ ZEROS;
        let others = (word.wrapping_add(ZEROS_TO_HIGH) | word) & HIGH;
        let count = others.trailing_zeros() / 8;
        if count == 0 {
            return at;
        }
        let read = eight(word << (64 - 8 * count));
        *value = value.wrapping_mul(WHOLE_TENS[count as usize]).wrapping_add(read);
        at += count as usize;
        if count < 8 {
            return at;
        }
    }
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

/// The number of eight digits, the first in the lowest byte: made of pairs, the pairs of fours and these of one, in
/// three multiplications (Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019).
#[inline]
fn eight(digits: u64) -> u64 {
    const FOURS: u64 = 0x0000_00FF_0000_00FF;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let upper = (pairs & FOURS).wrapping_mul(100 + (1_000_000 << 32));
    let lower = ((pairs >> 16) & FOURS).wrapping_mul(1 + (10_000 << 32));
    upper.wrapping_add(lower) >> 32
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

        #[test]
        fn what_follows_a_number_does_not_change_it(
            cell in "[+-]?[0-9]{0,24}(\\.[0-9]{0,24})?",
            end in proptest::sample::select(b",;\n\r \t/:\"|\0\x7F\x80\xB0\xFF".as_slice()),
            rest in proptest::collection::vec(proptest::num::u8::ANY, 0..20),
        ) {
            let alone = scan(cell.as_bytes());
            let followed = [cell.as_bytes(), &[end], &rest].concat();
            proptest::prop_assert_eq!(scan(&followed), alone);
        }
    }
}
