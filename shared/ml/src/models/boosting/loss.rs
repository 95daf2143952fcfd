//! The losses: half the squared error, and the log loss of two classes and of more. A row's raw numbers are what
//! trees add up to: the number itself, or log-odds.

use ndarray::Array2;
use rayon::prelude::*;

use crate::model::{FitContext, FitError, Prediction};

/// Probabilities are kept this far from 0 and 1 where a logarithm is taken.
const LEAST_SHARE: f64 = 1e-15;
/// Rows that one thread takes at a time.
pub(super) const CHUNK: usize = 4096;

/// A loss and what is to be predicted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Loss<'a> {
    /// `(y − F)² / 2`.
    Squared(&'a [f64]),
    /// `ln(1 + eᶠ) − y F`.
    TwoClasses(&'a [u32]),
    /// `ln Σₖ e^(Fₖ) − F_y`, with so many classes.
    Classes(&'a [u32], usize),
}

/// What a row's raw numbers are divided by to become probabilities: the greatest of them, and the sum of
/// exponentials relative to it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Divisor {
    greatest: f64,
    sum: f64,
}

impl Loss<'_> {
    /// The raw numbers that fit all rows best if all have the same.
    pub(super) fn baseline(self, rows: &[u32], weight: impl Fn(u32) -> f64) -> Vec<f64> {
        let total: f64 = rows.iter().map(|row| weight(*row)).sum();
        let shares = |codes: &[u32], classes: usize| {
            let mut shares = vec![0.0; classes];
            for row in rows {
                shares[codes[*row as usize] as usize] += weight(*row) / total;
            }
            shares
        };
        match self {
            Loss::Squared(y) => {
                let first = y[rows[0] as usize];
                let above = rows
                    .iter()
                    .map(|row| weight(*row) / total * (y[*row as usize] - first));
                vec![first + above.sum::<f64>()]
            }
            Loss::TwoClasses(codes) => {
                let share = shares(codes, 2)[1].clamp(LEAST_SHARE, 1.0 - LEAST_SHARE);
                vec![(share / (1.0 - share)).ln()]
            }
            Loss::Classes(codes, classes) => {
                let shares = shares(codes, classes).into_iter();
                shares.map(|share| share.max(LEAST_SHARE).ln()).collect()
            }
        }
    }

    /// The divisors of all rows; of none where probabilities need none. `raw` holds output after output.
    ///
    /// # Errors
    /// Cancellation.
    pub(super) fn divisors(self, raw: &[Vec<f64>], ctx: &FitContext) -> Result<Vec<Divisor>, FitError> {
        let Loss::Classes(codes, _) = self else {
            return Ok(Vec::new());
        };
        let mut divisors = vec![Divisor::default(); codes.len()];
        let chunks = divisors.par_chunks_mut(CHUNK).enumerate();
        chunks.try_for_each(|(chunk, divisors)| {
            ctx.go_on()?;
            for (row, divisor) in (chunk * CHUNK..).zip(divisors) {
                *divisor = Divisor::of(|| raw.iter().map(|output| output[row]));
            }
            Ok(())
        })?;
        Ok(divisors)
    }

    /// The gradient and the hessian of a row in an output.
    #[inline]
    pub(super) fn slope(self, row: usize, output: usize, raw: f64, divisors: &[Divisor]) -> (f64, f64) {
        let of_share = |share: f64, is: bool| (share - f64::from(u8::from(is)), share * (1.0 - share));
        match self {
            Loss::Squared(y) => (raw - y[row], 1.0),
            Loss::TwoClasses(codes) => of_share(logistic(raw), codes[row] == 1),
            Loss::Classes(codes, _) => of_share(divisors[row].share(raw), codes[row] as usize == output),
        }
    }

    /// The loss of a row.
    pub(super) fn of(self, row: usize, raw: &[Vec<f64>]) -> f64 {
        match self {
            Loss::Squared(y) => (y[row] - raw[0][row]).powi(2) / 2.0,
            Loss::TwoClasses(codes) => {
                let raw = raw[0][row];
                // ln(1 + eᶠ) without overflow.
                raw.max(0.0) + (-raw.abs()).exp().ln_1p() - if codes[row] == 1 { raw } else { 0.0 }
            }
            Loss::Classes(codes, _) => {
                let divisor = Divisor::of(|| raw.iter().map(|output| output[row]));
                divisor.greatest + divisor.sum.ln() - raw[codes[row] as usize][row]
            }
        }
    }
}

impl Divisor {
    fn of<I: Iterator<Item = f64>>(raw: impl Fn() -> I) -> Self {
        let greatest = raw().fold(f64::NEG_INFINITY, f64::max);
        let sum = raw().map(|raw| (raw - greatest).exp()).sum();
        Self { greatest, sum }
    }

    fn share(self, raw: f64) -> f64 {
        (raw - self.greatest).exp() / self.sum
    }
}

fn logistic(raw: f64) -> f64 {
    1.0 / (1.0 + (-raw).exp())
}

/// What raw numbers mean, row after row with `classes` classes, none for a number.
pub(super) fn prediction(raw: Vec<f64>, classes: Option<usize>) -> Prediction {
    let Some(classes) = classes else {
        return Prediction::Values(raw);
    };
    let shares = match classes {
        1 => vec![1.0; raw.len()],
        2 => raw
            .iter()
            .flat_map(|raw| [logistic(-raw), logistic(*raw)])
            .collect(),
        _ => raw
            .chunks_exact(classes)
            .flat_map(|row| {
                let divisor = Divisor::of(|| row.iter().copied());
                row.iter().map(move |raw| divisor.share(*raw))
            })
            .collect::<Vec<_>>(),
    };
    let rows = shares.len() / classes;
    Prediction::Probabilities(
        Array2::from_shape_vec((rows, classes), shares).expect("a share per row and class"),
    )
}
