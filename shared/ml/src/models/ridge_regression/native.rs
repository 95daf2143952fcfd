//! Our own solution of the ridge problem.

use linfa_linalg::svd::SVD;
use ndarray::{Array1, Array2, Axis, s};

use super::{Fitted, Params, centre::Centred};
use crate::{
    model::{FitContext, FitError, TrainingSet},
    models::linear::{cholesky::Cholesky, engine_failed},
};

/// Fits on rows that are known to be finite.
pub(super) fn fit(params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
    let (n, p) = set.x.dim();
    let centred = Centred::of(set, params.fit_intercept, ctx)?;
    let solved = if p <= n {
        primal(&centred, params.alpha, p, ctx)?
    } else {
        dual(&centred, params.alpha, n)
    };
    let coefficients = match solved {
        Some(coefficients) => coefficients,
        None => shortest(&centred, params.alpha, n)?,
    };
    Ok(Fitted {
        intercept: centred.intercept(&coefficients),
        coefficients,
    })
}

/// `(XᵀX + αI) β = Xᵀy`.
fn primal(rows: &Centred, alpha: f64, p: usize, ctx: &FitContext) -> Result<Option<Vec<f64>>, FitError> {
    let gram = rows.gram(ctx)?;
    let mut coefficients = gram.slice(s![..p, p]).to_vec();
    let mut matrix = gram.slice(s![..p, ..p]).to_owned();
    matrix.diag_mut().mapv_inplace(|squares| squares + alpha);
    Ok(Cholesky::of(matrix).map(|factor| {
        factor.solve(&mut coefficients);
        coefficients
    }))
}

/// `β = Xᵀ u` with `(XXᵀ + αI) u = y`.
fn dual(rows: &Centred, alpha: f64, n: usize) -> Option<Vec<f64>> {
    let (x, y) = split(rows.rows(0..n));
    let mut kernel = x.dot(&x.t());
    kernel.diag_mut().mapv_inplace(|squares| squares + alpha);
    let mut u = y.to_vec();
    Cholesky::of(kernel)?.solve(&mut u);
    Some(x.t().dot(&Array1::from(u)).to_vec())
}

/// `β = V diag(1 / (s + α / s)) Uᵀ y`, without the directions in which the rows do not differ.
fn shortest(rows: &Centred, alpha: f64, n: usize) -> Result<Vec<f64>, FitError> {
    let (x, y) = split(rows.rows(0..n));
    let floor = f64::EPSILON * x.nrows().max(x.ncols()) as f64;
    if x.iter().all(|value| *value == 0.0) {
        return Ok(vec![0.0; x.ncols()]);
    }
    let (u, singular, vt) = x
        .svd(true, true)
        .map_err(|error| engine_failed("the decomposition", error))?;
    let (Some(u), Some(vt)) = (u, vt) else {
        return Ok(vec![0.0; x.ncols()]);
    };
    let largest = singular.iter().fold(0.0, |a: f64, b| a.max(*b));
    let mut along = u.t().dot(&y);
    for (along, s) in along.iter_mut().zip(&singular) {
        *along *= if *s > floor * largest {
            1.0 / (s + alpha / s)
        } else {
            0.0
        };
    }
    Ok(vt.t().dot(&along).to_vec())
}

fn split(rows: Array2<f64>) -> (Array2<f64>, Array1<f64>) {
    let p = rows.ncols() - 1;
    let (x, y) = rows.view().split_at(Axis(1), p);
    (x.to_owned(), y.column(0).to_owned())
}
