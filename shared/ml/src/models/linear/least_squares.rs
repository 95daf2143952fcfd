//! Least squares with a penalty on the coefficients' squares, which may be 0: the solution that linear and ridge
//! regression share.
//!
//! By the Cholesky factor of `XᵀX + αI`, or of `XXᵀ + αI` where there are more features than rows; where that is
//! close to singular, by an orthogonal decomposition, which gives the shortest solution. What is decomposed is the
//! triangle that the rows are turned into, `R` of `X = QR`; where there are more features than rows it is `R` of
//! `Xᵀ = QR`, and without a penalty the rows themselves.

mod dual;
mod linfa;
mod orthogonal;

use domain::catalog::{ParamSpec, boolean, choice};
pub(super) use dual::FEATURES;
use ndarray::{Array2, s};
pub(super) use orthogonal::ROWS;
use serde::Deserialize;

use crate::{
    instructions::Instructions,
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
    fit_by(params, set, Instructions::widest(), ctx)
}

/// As `fit`, by these instructions.
pub(crate) fn fit_by(
    params: &Params,
    set: &TrainingSet,
    instructions: Instructions,
    ctx: &FitContext,
) -> Result<Plane, FitError> {
    set.values()?;
    set.require_rows()?;
    let plane = ctx.on_threads(|| {
        let (rows, coefficients) = match params.engine {
            Engine::Native => native(params, set, instructions, ctx)?,
            Engine::Linfa => {
                let rows = Centred::of(set, params.fit_intercept, ctx)?;
                let coefficients = linfa::solve(&rows, params.alpha, ctx)?;
                (rows, coefficients)
            }
        };
        Plane::through(&rows, coefficients)
    })?;
    ctx.observer.step(Step {
        completed: 1,
        total: 1,
        unit: "solutions",
    });
    Ok(plane)
}

fn native<'s, 'a>(
    params: &Params,
    set: &'s TrainingSet<'a>,
    instructions: Instructions,
    ctx: &FitContext,
) -> Result<(Centred<'s, 'a>, Vec<f64>), FitError> {
    let (n, p) = set.x.dim();
    let (rows, solved) = if p <= n {
        let (rows, gram) = Centred::with_gram(set, params.fit_intercept, instructions, ctx)?;
        (rows, primal(&gram, params.alpha, instructions, ctx)?)
    } else {
        let rows = Centred::of(set, params.fit_intercept, ctx)?;
        // Without a penalty, centred rows of more features than rows always depend on each other.
        let solved = match params.alpha > 0.0 {
            true => dual::solve(&rows, params.alpha, instructions, ctx)?,
            false => None,
        };
        (rows, solved)
    };
    let coefficients = match solved {
        Some(coefficients) => coefficients,
        None => orthogonal::shortest(&rows, params.alpha, ctx)?,
    };
    Ok((rows, coefficients))
}

/// `(XᵀX + αI) β = Xᵀy`.
fn primal(
    gram: &Array2<f64>,
    alpha: f64,
    instructions: Instructions,
    ctx: &FitContext,
) -> Result<Option<Vec<f64>>, FitError> {
    let p = gram.nrows() - 1;
    let mut coefficients = gram.slice(s![..p, p]).to_vec();
    let mut matrix = gram.slice(s![..p, ..p]).to_owned();
    matrix.diag_mut().mapv_inplace(|squares| squares + alpha);
    Ok(
        Cholesky::unless(matrix, instructions, || ctx.go_on())?.map(|factor| {
            factor.solve(&mut coefficients);
            coefficients
        }),
    )
}
