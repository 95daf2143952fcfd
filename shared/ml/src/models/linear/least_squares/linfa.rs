//! The solution by linfa-linear's ordinary least squares (QR), which needs independent columns. linfa has no ridge
//! type, so it is given the centred rows with `√α · I` below them, whose solution is the ridge solution.

use linfa::{DatasetBase, traits::Fit};
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2, Axis, concatenate, s};

use crate::{
    model::{FitContext, FitError},
    models::linear::{centred::Centred, engine_failed},
};

/// Solves. It cannot be cancelled while linfa computes.
pub(super) fn solve(rows: &Centred, alpha: f64, ctx: &FitContext) -> Result<Vec<f64>, FitError> {
    let (_, p) = rows.dim();
    rows.require_finite(ctx)?;
    let rows = rows.columns(0..p + 1, ctx)?;
    let added = if alpha > 0.0 { p } else { 0 };
    let penalty = Array2::from_diag(&Array1::from_elem(p, alpha.sqrt()));
    let x = concatenate(
        Axis(0),
        &[rows.slice(s![.., ..p]), penalty.slice(s![..added, ..])],
    )
    .map_err(|error| engine_failed("linfa-linear", error))?;
    let y = concatenate(Axis(0), &[rows.column(p), Array1::zeros(added).view()])
        .map_err(|error| engine_failed("linfa-linear", error))?;
    let model = LinearRegression::new()
        .with_intercept(false)
        .fit(&DatasetBase::new(x, y))
        .map_err(|error| engine_failed("linfa-linear", error))?;
    Ok(model.params().to_vec())
}
