//! What the linear models share: sums over rows that come out the same for any number of threads, the solution
//! of symmetric systems, a minimiser, and the refusal of rows they cannot use.

pub(crate) mod centred;
pub(crate) mod cholesky;
pub(crate) mod coordinate_descent;
pub(crate) mod lanes;
pub(crate) mod lbfgs;
pub(crate) mod least_squares;
pub(crate) mod memory;
pub(crate) mod plane;
pub(crate) mod products;
pub(crate) mod rows;

use domain::job::FailureKind;
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, Axis};
use rayon::prelude::*;
use serde::Deserialize;

use self::lanes::BLOCK;
use crate::model::{FitContext, FitError, TrainingSet};

/// Who does the computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// This library.
    Native,
    /// The linfa crates.
    Linfa,
}

/// # Errors
/// When a feature holds a missing or an infinite value; the failure names the feature. Cancellation.
pub(crate) fn require_finite(set: &TrainingSet, ctx: &FitContext) -> Result<(), FitError> {
    let columns: Vec<_> = set.x.columns().into_iter().zip(set.feature_names).collect();
    let suspect = columns.into_par_iter().find_map_first(|column| {
        let going_on = ctx.go_on().map(|()| column);
        (going_on.is_err() || !all_finite(&column.0)).then_some(going_on)
    });
    if let Some((column, name)) = suspect.transpose()?
        && let Some(value) = column.iter().find(|value| !value.is_finite())
    {
        let (code, what, remedy) = if value.is_nan() {
            (
                "MISSING_VALUES",
                "missing values",
                "impute or drop them, or use a tree model",
            )
        } else {
            (
                "INFINITE_VALUES",
                "infinite values",
                "replace them, or use a tree model",
            )
        };
        let message = format!("feature {name:?} has {what}, which this model cannot take: {remedy}");
        return Err(FitError::failed(FailureKind::InvalidData, code, message));
    }
    Ok(())
}

/// Whether all are; a sum of zeros tells, and vectorises.
fn all_finite(column: &ArrayView1<f64>) -> bool {
    match column.to_slice() {
        Some(values) => {
            let (parts, rest) = values.as_chunks::<8>();
            let mut lanes = [0.0; 8];
            for part in parts {
                for (lane, value) in lanes.iter_mut().zip(part) {
                    *lane += value * 0.0;
                }
            }
            lanes.iter().all(|lane| *lane == 0.0) && rest.iter().all(|value| value.is_finite())
        }
        None => column.iter().all(|value| value.is_finite()),
    }
}

/// # Errors
/// When a fitted number is not finite, because the features or the target are too large to compute with.
pub(crate) fn require_fitted<'a>(mut numbers: impl Iterator<Item = &'a f64>) -> Result<(), FitError> {
    if numbers.all(|number| number.is_finite()) {
        return Ok(());
    }
    Err(FitError::failed(
        FailureKind::InvalidData,
        "NUMERIC_OVERFLOW",
        "the features or the target are too large to compute with: scale them first",
    ))
}

/// The failure of an engine that is not ours.
pub(crate) fn engine_failed(engine: &str, error: impl std::fmt::Display) -> FitError {
    let message = format!("{engine} could not fit these rows ({error}): engine \"native\" may");
    FitError::failed(FailureKind::Unsupported, "ENGINE_FAILED", message)
}

/// `x · coefficients + intercept`, a number per row, each summed in feature order.
pub(crate) fn linear_scores(x: ArrayView2<f64>, coefficients: &[f64], intercept: f64) -> Vec<f64> {
    let mut scores = vec![intercept; x.nrows()];
    // Block by block, so that the scores stay in the processor's cache.
    for (scores, x) in scores.chunks_mut(BLOCK).zip(x.axis_chunks_iter(Axis(0), BLOCK)) {
        for (column, coefficient) in x.columns().into_iter().zip(coefficients) {
            ArrayViewMut1::from(&mut *scores).scaled_add(*coefficient, &column);
        }
    }
    scores
}
