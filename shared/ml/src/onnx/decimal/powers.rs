//! Powers of ten in binary.

use num_bigint::BigUint;

/// The powers k that doubles come to.
pub(super) const LEAST: i64 = -324;
const GREATEST: i64 = 292;
/// The bits of each power that are kept: more than the least distance between a number's bounds and the multiples of 10^k
/// asks for.
const BITS: i64 = LIMB_BITS * LIMBS as i64;
/// The parts of a power, and their bits: so few that products of two parts can be added up in 63 bits.
pub(super) const LIMBS: usize = 5;
pub(super) const LIMB_BITS: i64 = 30;

/// 10^(−k) for every k from [`LEAST`], as g·2^r with g of 150 bits, rounded up.
pub(super) struct Powers {
    /// Five parts of g, the lowest first, each for one k after the other.
    pub(super) limbs: [Vec<i64>; LIMBS],
    /// The greatest n with 2^n ≤ 10^(−k).
    pub(super) exponents: Vec<i64>,
}

impl Powers {
    /// All of them.
    pub(super) fn all() -> Self {
        let mut powers = Self {
            limbs: Default::default(),
            exponents: Vec::new(),
        };
        for k in LEAST..=GREATEST {
            let (significand, exponent) = power(-k);
            for (place, limbs) in powers.limbs.iter_mut().enumerate() {
                let part = (&significand >> (place as i64 * LIMB_BITS)) % (1_u32 << LIMB_BITS);
                limbs.push(part.iter_u32_digits().next().unwrap_or(0).into());
            }
            powers.exponents.push(exponent);
        }
        powers
    }
}

/// g and n of 10^power.
fn power(power: i64) -> (BigUint, i64) {
    let size = BigUint::from(10_u32).pow(power.unsigned_abs() as u32);
    let bits = size.bits() as i64;
    let (floor, exponent) = if power < 0 {
        // No power of ten but 1 is one of two.
        let exponent = -bits;
        ((BigUint::from(1_u32) << (BITS - 1 - exponent)) / size, exponent)
    } else if bits > BITS {
        (size >> (bits - BITS), bits - 1)
    } else {
        (size << (BITS - bits), bits - 1)
    };
    (floor + 1_u32, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_those_of_the_power_rounded_up() {
        let Powers { limbs, exponents } = Powers::all();
        for (place, k) in (LEAST..=GREATEST).enumerate() {
            let parts = limbs.iter().rev().map(|limb| limb[place]);
            let significand = parts.fold(BigUint::ZERO, |high, part| {
                assert!((0..1 << LIMB_BITS).contains(&part), "{k}");
                (high << LIMB_BITS) + part as u64
            });
            assert_eq!(significand.bits() as i64, BITS, "{k}");
            // significand · 2^exponent is next above 10^(−k), with both sides made whole.
            let (exponent, ten) = (exponents[place] + 1 - BITS, BigUint::from(10_u32));
            let (mut power, mut unit) = (BigUint::from(1_u32), BigUint::from(1_u32));
            *(if k < 0 { &mut power } else { &mut unit }) *= ten.pow(k.unsigned_abs() as u32);
            *(if exponent < 0 { &mut power } else { &mut unit }) <<= exponent.unsigned_abs();
            assert!(&significand * &unit > power, "{k}");
            assert!((significand - 1_u32) * unit <= power, "{k}");
        }
    }
}
