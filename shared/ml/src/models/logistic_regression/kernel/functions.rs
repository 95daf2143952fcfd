//! Arithmetic on a number per row, written so that compilers turn it into vector instructions: loops of a fixed
//! length without branches.

#![allow(clippy::needless_range_loop)] // Indices over several arrays at once are what vectorises.

use crate::models::linear::lanes::{LANES, Rows, across};

/// `a · b + c`, rounded once if `FMA`.
#[inline(always)]
fn fused<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The sum over all rows.
#[inline(always)]
pub(super) fn sum(rows: &Rows) -> f64 {
    let mut lanes = [0.0; LANES];
    for part in rows.as_chunks::<LANES>().0 {
        for lane in 0..LANES {
            lanes[lane] += part[lane];
        }
    }
    across(&lanes)
}

/// `exp(x)` of `x ≤ 0`, to one or two units in the last place; below −708 as at −708.
///
/// `exp(k ln 2 + r) = 2ᵏ exp(r)` with `|r| ≤ ½ ln 2`, and the Taylor polynomial of degree 13.
#[inline(always)]
pub(super) fn exp<const FMA: bool>(x: f64) -> f64 {
    /// Adding it rounds to a whole number, which then lies in the lowest bits.
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    // ln 2 in two parts, the first with zeros at its end, so that k times it is exact.
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const INVERSE_FACTORIALS: [f64; 14] = inverse_factorials();
    let x = if x > -708.0 { x } else { -708.0 };
    let shifted = fused::<FMA>(x, std::f64::consts::LOG2_E, ROUNDER);
    let k = shifted - ROUNDER;
    let r = fused::<FMA>(k, -LN_2_LOW, fused::<FMA>(k, -LN_2_HIGH, x));
    let mut sum = INVERSE_FACTORIALS[13];
    for i in (0..13).rev() {
        sum = fused::<FMA>(sum, r, INVERSE_FACTORIALS[i]);
    }
    sum * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

const fn inverse_factorials() -> [f64; 14] {
    let mut all = [1.0; 14];
    let (mut i, mut factorial) = (1, 1.0);
    while i < 14 {
        factorial *= i as f64;
        all[i] = 1.0 / factorial;
        i += 1;
    }
    all
}

/// `ln(1 + x)` of `x ≥ 0`, to a few units in the last place.
///
/// `1 + x = 2ᵏ f` with `√½ ≤ f < √2`, and `ln f = 2 artanh((f − 1) / (f + 1))` by its series; what rounding took
/// from `1 + x` is given back.
#[inline(always)]
pub(super) fn ln_1p<const FMA: bool>(x: f64) -> f64 {
    const HALF_ROOT_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
    const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
    const MANTISSA: u64 = (1 << 52) - 1;
    /// The number whose lowest bits count ones.
    const COUNTER_BITS: u64 = 0x4330_0000_0000_0000;
    let u = 1.0 + x;
    let lifted = u.to_bits().wrapping_add(ONE_BITS - HALF_ROOT_BITS);
    let k = f64::from_bits((lifted >> 52) | COUNTER_BITS) - (4_503_599_627_370_496.0 + 1023.0);
    let f = f64::from_bits((lifted & MANTISSA) + HALF_ROOT_BITS);
    let z = (f - 1.0) / (f + 1.0);
    let squared = z * z;
    let mut sum = 1.0 / 21.0;
    for i in (1..10).rev() {
        sum = fused::<FMA>(sum, squared, 1.0 / (2 * i + 1) as f64);
    }
    let odd = fused::<FMA>(sum * squared, z, z);
    let lost = (x - (u - 1.0)) / u;
    fused::<FMA>(k, std::f64::consts::LN_2, 2.0 * odd + lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_and_logarithms_are_those_of_the_standard_library() {
        let near = |found: f64, expected: f64, x: f64| {
            assert!((found / expected - 1.0).abs() < 1e-15, "{x}: {found} {expected}");
        };
        for i in 0..70_000 {
            let x = f64::from(i) * -0.0101;
            near(exp::<true>(x), x.exp(), x);
            near(exp::<false>(x), x.exp(), x);
            let y = (x / 20.0).exp();
            for y in [y, 300.0 * y, 1e5 * y] {
                near(ln_1p::<true>(y), y.ln_1p(), y);
                near(ln_1p::<false>(y), y.ln_1p(), y);
            }
        }
        assert_eq!((exp::<true>(0.0), ln_1p::<true>(0.0)), (1.0, 0.0));
        assert!(exp::<true>(-1e300) < 1e-300 && exp::<true>(f64::NEG_INFINITY) < 1e-300);
    }
}
