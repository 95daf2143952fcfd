//! The ridge solution by linfa-linear's ordinary least squares.

use linfa::{DatasetBase, traits::Fit};
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2, Axis, concatenate, s};

use super::{Fitted, Params, centre::Centred};
use crate::{
    model::{FitContext, FitError, TrainingSet},
    models::linear::engine_failed,
};

/// Fits on rows that are known to be finite. It cannot be cancelled while linfa computes.
pub(super) fn fit(params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
    let (n, p) = set.x.dim();
    let centred = Centred::of(set, params.fit_intercept, ctx)?;
    let rows = centred.rows(0..n);
    let penalty = Array2::from_diag(&Array1::from_elem(p, params.alpha.sqrt()));
    let x = concatenate(Axis(0), &[rows.slice(s![.., ..p]), penalty.view()])
        .map_err(|error| engine_failed("linfa-linear", error))?;
    let y = concatenate(Axis(0), &[rows.column(p), Array1::zeros(p).view()])
        .map_err(|error| engine_failed("linfa-linear", error))?;
    let model = LinearRegression::new()
        .with_intercept(false)
        .fit(&DatasetBase::new(x, y))
        .map_err(|error| engine_failed("linfa-linear", error))?;
    let coefficients = model.params().to_vec();
    Ok(Fitted {
        intercept: centred.intercept(&coefficients),
        coefficients,
    })
}
