//! The solution by linfa-linear's ordinary least squares (QR), which needs independent columns. linfa has no ridge
//! type, so it is given the centred rows with `√α · I` below them, whose solution is the ridge solution.

use linfa::{DatasetBase, traits::Fit};
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2, ArrayView1, Axis, concatenate, s};

use crate::{
    model::{FitContext, FitError},
    models::linear::{centred::Centred, engine_failed},
};

/// The cosine of the largest angle by which what a solution leaves may miss being at right angles to every column.
const SQUARE_TO: f64 = 1e-6;

/// Solves. It cannot be cancelled while linfa computes.
pub(super) fn solve(rows: &Centred, alpha: f64, ctx: &FitContext) -> Result<Vec<f64>, FitError> {
    let (_, p) = rows.dim();
    rows.require_finite(ctx)?;
    let rows = rows.columns(0..p + 1, ctx)?;
    let added = if alpha > 0.0 { p } else { 0 };
    let mut penalty = Array2::zeros((added, p));
    penalty.diag_mut().fill(alpha.sqrt());
    let x = concatenate(Axis(0), &[rows.slice(s![.., ..p]), penalty.view()])
        .map_err(|error| engine_failed("linfa-linear", error))?;
    let y = concatenate(Axis(0), &[rows.column(p), Array1::zeros(added).view()])
        .map_err(|error| engine_failed("linfa-linear", error))?;
    let model = LinearRegression::new()
        .with_intercept(false)
        .fit(&DatasetBase::new(x.view(), y.view()))
        .map_err(|error| engine_failed("linfa-linear", error))?;
    let left = &y - &x.dot(model.params());
    let most = SQUARE_TO * y.dot(&y).sqrt();
    let is_square = |column: ArrayView1<f64>| column.dot(&left).abs() <= most * column.dot(&column).sqrt();
    if !x.columns().into_iter().all(is_square) {
        return Err(engine_failed(
            "linfa-linear",
            "its answer is not the least squares': columns may depend on each other",
        ));
    }
    Ok(model.params().to_vec())
}
