//! Least squares with a penalty on the coefficients' squares, which may be 0: the solution that linear and ridge
//! regression share.
//!
//! By the Cholesky factor of `XᵀX + αI`, or of `XXᵀ + αI` where there are more features than rows; where that is
//! close to singular, by an orthogonal decomposition of the rows, which gives the shortest solution.

mod linfa;
mod orthogonal;

use domain::catalog::{ParamSpec, boolean, choice};
use ndarray::{Array1, Axis, s};
use serde::Deserialize;

use crate::{
    model::{FitContext, FitError, TrainingSet},
    models::linear::{Engine, centred::Centred, cholesky::Cholesky, plane::Plane},
    observer::Step,
};

/// The hyperparameters: what is solved, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The penalty's weight; none if absent.
    #[serde(default)]
    pub alpha: f64,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// Who computes.
    pub engine: Engine,
}

/// The specs of the hyperparameters but `alpha`; `engines` says who computes.
pub(crate) fn parameters(engines: &str) -> Vec<ParamSpec> {
    vec![
        boolean("fit_intercept", true, "Whether an intercept is fitted."),
        choice("engine", "native", &["native", "linfa"], engines),
    ]
}

/// Solves on these rows.
pub(crate) fn fit(params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Plane, FitError> {
    set.values()?;
    set.require_rows()?;
    let plane = ctx.on_threads(|| {
        let rows = Centred::of(set, params.fit_intercept, ctx)?;
        let coefficients = match params.engine {
            Engine::Native => native(&rows, params.alpha, ctx),
            Engine::Linfa => linfa::solve(&rows, params.alpha),
        }?;
        Plane::through(&rows, coefficients)
    })?;
    ctx.observer.step(Step {
        completed: 1,
        total: 1,
        unit: "solutions",
    });
    Ok(plane)
}

fn native(rows: &Centred, alpha: f64, ctx: &FitContext) -> Result<Vec<f64>, FitError> {
    let (n, p) = rows.dim();
    let solved = if p <= n {
        primal(rows, alpha, ctx)?
    } else if alpha > 0.0 {
        dual(rows, alpha, ctx)?
    } else {
        // Centred rows of more features than rows always depend on each other.
        None
    };
    match solved {
        Some(coefficients) => Ok(coefficients),
        None => orthogonal::shortest(rows, alpha, ctx),
    }
}

/// `(XᵀX + αI) β = Xᵀy`.
fn primal(rows: &Centred, alpha: f64, ctx: &FitContext) -> Result<Option<Vec<f64>>, FitError> {
    let (_, p) = rows.dim();
    let gram = rows.gram(ctx)?;
    let mut coefficients = gram.slice(s![..p, p]).to_vec();
    let mut matrix = gram.slice(s![..p, ..p]).to_owned();
    matrix.diag_mut().mapv_inplace(|squares| squares + alpha);
    Ok(Cholesky::unless(matrix, || ctx.go_on())?.map(|factor| {
        factor.solve(&mut coefficients);
        coefficients
    }))
}

/// `β = Xᵀ u` with `(XXᵀ + αI) u = y`.
fn dual(rows: &Centred, alpha: f64, ctx: &FitContext) -> Result<Option<Vec<f64>>, FitError> {
    let (n, p) = rows.dim();
    let rows = rows.rows()?;
    let (x, y) = rows.view().split_at(Axis(1), p);
    let mut kernel = ndarray::Array2::zeros((n, n));
    for part in x.axis_chunks_iter(Axis(1), (100_000_000 / (n * n)).max(8)) {
        ctx.go_on()?;
        ndarray::linalg::general_mat_mul(1.0, &part, &part.t(), 1.0, &mut kernel);
    }
    kernel.diag_mut().mapv_inplace(|squares| squares + alpha);
    let mut u = y.column(0).to_vec();
    Ok(Cholesky::unless(kernel, || ctx.go_on())?.map(|factor| {
        factor.solve(&mut u);
        x.t().dot(&Array1::from(u)).to_vec()
    }))
}
