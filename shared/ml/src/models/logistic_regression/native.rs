//! Our own minimisation of the logistic objective.

use super::{
    Fitted, Params, objective::Objective, preconditioner::Preconditioner, standardize::Standardized,
};
use crate::{
    model::{FitContext, FitError, TrainingSet},
    models::linear::lbfgs::{Closeness, Minimum, minimize},
};

/// The bounds on the gradient per row, and on the root of the decrease per row still to be had, as shares of
/// `tol`. The second bounds the error in probabilities: half the decrease exceeds its mean square.
const TIGHTER: f64 = 1e-2;
/// Beyond this penalty on a standardised coefficient, the feature is left out: its scale is so small that its
/// coefficient could not be paid for.
const MOST_PENALTY: f64 = 1e100;

/// Fits on rows that are known to be finite, of two classes or more.
pub(super) fn fit(params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
    let (codes, labels) = set.classes()?;
    let mut x = Standardized::of(set.x, params.fit_intercept, ctx)?;
    let penalties: Vec<f64> = x
        .scale
        .iter()
        .map(|scale| params.strength() / scale / scale)
        .collect();
    let outputs = if labels.len() == 2 { 1 } else { labels.len() };
    let total: f64 = set
        .weights
        .map_or(codes.len() as f64, |weights| weights.iter().sum());
    x.leave_out(
        &penalties
            .iter()
            .map(|penalty| *penalty > MOST_PENALTY)
            .collect::<Vec<_>>(),
    );
    let penalties = penalties
        .into_iter()
        .map(|penalty| penalty.min(MOST_PENALTY))
        .collect();
    let mut objective = Objective {
        x: &x,
        codes,
        weights: set.weights,
        outputs,
        fit_intercept: params.fit_intercept,
        penalties,
        ctx,
        max_iterations: params.max_iter,
        preconditioner: Preconditioner::none(x.features() + 1),
    };
    let start = vec![0.0; outputs * (x.features() + 1)];
    objective.preconditioner = Preconditioner::at(&objective, &start)?;
    let bound = params.tol * TIGHTER;
    let close = Closeness {
        gradient: bound * total,
        decrease: bound * bound * total,
    };
    let minimum = minimize(&mut objective, start, close, params.max_iter)?;
    warn_unless_converged(&minimum, params, total, ctx);
    Ok(unscaled(&minimum.x, &x, labels.len()))
}

fn warn_unless_converged(minimum: &Minimum, params: &Params, total: f64, ctx: &FitContext) {
    // Rounding may end the search just above the tighter bound.
    if minimum.gradient <= params.tol * total {
        return;
    }
    let message = format!(
        "logistic regression did not converge in {} iterations: the gradient per row is {:.1e}, more than tol {:.1e}; raise max_iter, lower c or drop features that separate the classes",
        minimum.iterations,
        minimum.gradient / total,
        params.tol,
    );
    ctx.observer.warning(None, &message);
}

/// The parameters for raw features.
fn unscaled(parameters: &[f64], x: &Standardized, classes: usize) -> Fitted {
    let p = x.features();
    let (mut coefficients, mut intercepts) = (Vec::new(), Vec::new());
    for parameters in parameters.chunks(p + 1) {
        let raw: Vec<f64> = parameters[..p]
            .iter()
            .zip(&x.scale)
            .map(|(v, scale)| v / scale)
            .collect();
        let shifted: f64 = raw.iter().zip(&x.shift).map(|(beta, shift)| beta * shift).sum();
        intercepts.push(parameters[p] - shifted);
        coefficients.push(raw);
    }
    Fitted {
        classes,
        coefficients,
        intercepts,
    }
}
