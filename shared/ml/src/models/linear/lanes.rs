//! Eight numbers side by side, in the registers of each set of instructions. Sums that are kept so do not depend on
//! the width of registers: AVX2 and AVX-512 give the same bytes; plain instructions round once more, having no fused
//! multiply-add.

#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256d, __m512d, _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_set1_pd, _mm256_storeu_pd, _mm512_fmadd_pd,
    _mm512_loadu_pd, _mm512_set1_pd, _mm512_storeu_pd,
};

/// Numbers side by side.
pub(crate) const LANES: usize = 8;
/// Rows of a block, which stays in the processor's cache.
pub(crate) const BLOCK: usize = 256;
/// One number per row of a block.
pub(crate) type Rows = [f64; BLOCK];

/// Eight numbers. Only what is compiled for a set of instructions may use its lanes, and all of it is to be inlined there.
pub(crate) trait Lanes: Copy {
    /// The same number in all lanes.
    fn splat(value: f64) -> Self;

    fn load(from: &[f64; LANES]) -> Self;

    fn store(self, to: &mut [f64; LANES]);

    /// `self · factor + sum`.
    fn times_plus(self, factor: Self, sum: Self) -> Self;

    /// The sum of all lanes.
    #[inline(always)]
    fn across(self) -> f64 {
        let mut lanes = [0.0; LANES];
        self.store(&mut lanes);
        across(&lanes)
    }
}

/// The sum of all lanes.
#[inline(always)]
pub(crate) fn across(lanes: &[f64; LANES]) -> f64 {
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}

/// The sum of products, lane by lane and then what is left.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    across(&sums) + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// For what every processor has.
#[derive(Clone, Copy)]
pub(crate) struct Plain([f64; LANES]);

impl Lanes for Plain {
    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    fn load(from: &[f64; LANES]) -> Self {
        Self(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut [f64; LANES]) {
        *to = self.0;
    }

    #[inline(always)]
    fn times_plus(self, factor: Self, sum: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * factor.0[i] + sum.0[i]))
    }
}

/// Two registers of AVX2, with fused multiply-add.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(crate) struct Avx2(__m256d, __m256d);

// SAFETY: all are used where the processor has AVX2 and FMA, and read or write eight numbers that are there.
#[cfg(target_arch = "x86_64")]
impl Lanes for Avx2 {
    #[inline(always)]
    fn splat(value: f64) -> Self {
        let all = unsafe { _mm256_set1_pd(value) };
        Self(all, all)
    }

    #[inline(always)]
    fn load(from: &[f64; LANES]) -> Self {
        unsafe {
            Self(
                _mm256_loadu_pd(from.as_ptr()),
                _mm256_loadu_pd(from.as_ptr().add(4)),
            )
        }
    }

    #[inline(always)]
    fn store(self, to: &mut [f64; LANES]) {
        unsafe {
            _mm256_storeu_pd(to.as_mut_ptr(), self.0);
            _mm256_storeu_pd(to.as_mut_ptr().add(4), self.1);
        }
    }

    #[inline(always)]
    fn times_plus(self, factor: Self, sum: Self) -> Self {
        unsafe {
            Self(
                _mm256_fmadd_pd(self.0, factor.0, sum.0),
                _mm256_fmadd_pd(self.1, factor.1, sum.1),
            )
        }
    }
}

/// A register of AVX-512.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(crate) struct Avx512(__m512d);

// SAFETY: all are used where the processor has AVX-512, and read or write eight numbers that are there.
#[cfg(target_arch = "x86_64")]
impl Lanes for Avx512 {
    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self(unsafe { _mm512_set1_pd(value) })
    }

    #[inline(always)]
    fn load(from: &[f64; LANES]) -> Self {
        Self(unsafe { _mm512_loadu_pd(from.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, to: &mut [f64; LANES]) {
        unsafe { _mm512_storeu_pd(to.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn times_plus(self, factor: Self, sum: Self) -> Self {
        Self(unsafe { _mm512_fmadd_pd(self.0, factor.0, sum.0) })
    }
}
