//! Our own minimisation of the logistic objective.

use super::{
    Fitted, Strength,
    kernel::Loss,
    objective::Objective,
    preconditioner::{Preconditioner, enough},
    proximal,
    standardize::Standardized,
};
use crate::{
    instructions::Instructions,
    model::{FitContext, FitError, TrainingSet},
    models::linear::{
        lbfgs::{Closeness, Minimum, minimize},
        require_finite,
    },
};

/// The bounds on the gradient per row, and on the root of the decrease per row still to be had, as shares of
/// `tol`. The second bounds the error in probabilities: half the decrease exceeds its mean square, and the largest
/// exceeds that by far.
const TIGHTER: f64 = 0.02;
/// Beyond this penalty on a standardised coefficient, the feature is left out: its scale is so small that its
/// coefficient could not be paid for.
const MOST_PENALTY: f64 = 1e100;

/// Rows per row of the sample on which the search begins, at most, and at least to be worth it.
pub(super) const SAMPLED: std::ops::RangeInclusive<usize> = 3..=16;
/// How much farther from the minimum the search on the sample ends.
const LOOSER: f64 = 1e3;

/// What is minimised, and how closely.
#[derive(Debug, Clone, Copy)]
pub(in crate::models) struct Task {
    /// The model's name in a warning.
    pub(in crate::models) name: &'static str,
    pub(in crate::models) loss: Loss,
    pub(in crate::models) strength: Strength,
    pub(in crate::models) fit_intercept: bool,
    pub(in crate::models) max_iter: usize,
    pub(in crate::models) tol: f64,
}

/// Fits on rows of two classes or more.
///
/// # Errors
/// When a feature holds a missing or an infinite value.
pub(in crate::models) fn fit(
    task: &Task,
    set: &TrainingSet,
    instructions: Instructions,
    ctx: &FitContext,
) -> Result<Fitted, FitError> {
    let (codes, labels) = set.classes()?;
    let mut x = Standardized::of(set.x, task.fit_intercept, ctx)?;
    if x.scale.iter().any(|scale| scale.is_nan()) {
        require_finite(set, ctx)?;
    }
    let penalties = penalties(task.strength, &mut x);
    let classes = labels.len();
    // Each class against the rest, where the loss knows two classes only.
    let against_rest = task.loss == Loss::SquaredHinge && classes > 2;
    let runs = if against_rest { classes } else { 1 };
    let mut parameters = Vec::new();
    for run in 0..runs {
        let own: Vec<u32>;
        let codes = if against_rest {
            own = codes
                .iter()
                .map(|code| u32::from(*code as usize == run))
                .collect();
            own.as_slice()
        } else {
            codes
        };
        let mut objective = Objective {
            x: &x,
            codes,
            weights: set.weights,
            outputs: if classes == 2 || against_rest { 1 } else { classes },
            loss: task.loss,
            fit_intercept: task.fit_intercept,
            penalties: penalties.squares.clone(),
            ctx,
            all_iterations: runs * task.max_iter,
            preconditioner: Preconditioner::none(x.features() + 1),
            instructions,
            stride: 1,
            made: run * task.max_iter,
        };
        parameters.extend(minimum(&mut objective, task, &penalties.magnitudes)?);
    }
    Ok(unscaled(&parameters, &x, classes))
}

/// The penalties on standardised features.
struct Penalties {
    squares: Vec<f64>,
    magnitudes: Vec<f64>,
}

/// Leaves out the features whose coefficients could not be paid for.
fn penalties(strength: Strength, x: &mut Standardized) -> Penalties {
    let mut squares: Vec<f64> = x.scale.iter().map(|s| strength.squares / s / s).collect();
    let mut magnitudes: Vec<f64> = x.scale.iter().map(|s| strength.magnitudes / s).collect();
    let beyond = |(squares, magnitudes): (&f64, &f64)| squares.max(*magnitudes) > MOST_PENALTY;
    let left_out: Vec<bool> = squares.iter().zip(&magnitudes).map(beyond).collect();
    x.leave_out(&left_out);
    for penalty in squares.iter_mut().chain(&mut magnitudes) {
        *penalty = penalty.min(MOST_PENALTY);
    }
    Penalties { squares, magnitudes }
}

/// The parameters at the minimum.
fn minimum(objective: &mut Objective, task: &Task, magnitudes: &[f64]) -> Result<Vec<f64>, FitError> {
    let total = objective.weight_of(1);
    let bound = task.tol * TIGHTER;
    let close = Closeness {
        gradient: bound * total,
        decrease: bound * bound * total,
    };
    let start = vec![0.0; objective.outputs * objective.width()];
    let minimum = if task.strength.magnitudes > 0.0 {
        proximal::minimize(objective, magnitudes, start, close, task.max_iter)?
    } else {
        let near = near(objective, start, close, task.max_iter)?;
        let found = minimize(objective, near.x, close, task.max_iter - near.iterations)?;
        Minimum {
            iterations: near.iterations + found.iterations,
            ..found
        }
    };
    warn_unless_converged(&minimum, task, total, objective.ctx);
    Ok(minimum.x)
}

/// A point near the minimum: that of a sample of the rows, where there are many. Leaves the objective with all
/// rows, and a preconditioner for the point.
fn near(
    objective: &mut Objective,
    start: Vec<f64>,
    close: Closeness,
    max_iter: usize,
) -> Result<Minimum, FitError> {
    objective.preconditioner = Preconditioner::at(objective, &start)?;
    let stride = (objective.x.rows() / enough(objective.x.features())).min(*SAMPLED.end());
    if stride < *SAMPLED.start() || objective.weight_of(stride) == 0.0 {
        return Ok(Minimum {
            x: start,
            iterations: 0,
            gradient: f64::INFINITY,
        });
    }
    objective.stride = stride;
    let loose = Closeness {
        gradient: close.gradient * LOOSER,
        decrease: close.decrease * LOOSER * LOOSER,
    };
    let found = minimize(objective, start, loose, max_iter)?;
    objective.stride = 1;
    objective.made += found.iterations;
    objective.preconditioner = Preconditioner::at(objective, &found.x)?;
    Ok(found)
}

fn warn_unless_converged(minimum: &Minimum, task: &Task, total: f64, ctx: &FitContext) {
    // Rounding may end the search just above the tighter bound.
    if minimum.gradient <= task.tol * total {
        return;
    }
    let message = format!(
        "{} did not converge in {} iterations: the gradient per row is {:.1e}, more than tol {:.1e}; raise max_iter, lower c or drop features that separate the classes",
        task.name,
        minimum.iterations,
        minimum.gradient / total,
        task.tol,
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
