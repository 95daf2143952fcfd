//! Support vector regression: a surface in the space of a kernel with as many rows as it can within a tube around it.
//!
//! Minimises `½ ‖β‖² + C Σ wᵢ max(0, |zᵢ − f(xᵢ)| − ε)`. Use it on up to some ten thousand rows whose target depends on
//! its features in a smooth way; scale the features first, and choose `c` and `epsilon` in the target's units.
//!
//! Source: Drucker et al., "Support Vector Regression Machines", 1997. The meaning is
//! scikit-learn's `SVR`, with rows weighted in `gamma="scale"` as well.

#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType, number};
use ndarray::ArrayView2;

pub use super::svm::Params;
pub use super::svm::Surface as Fitted;
use super::{
    linear::require_fitted,
    svm::{self, Gram, Points, Problem, Surface},
};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    observer::Step,
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `svr`.
#[derive(Debug, Clone, Copy)]
pub struct Svr;

impl Model for Svr {
    type Params = Params;
    type Fitted = Surface;

    fn spec(&self) -> ModelSpec {
        let mut parameters = svm::parameters();
        parameters.push(number(
            "epsilon",
            0.1,
            0.0,
            f64::MAX,
            "Half the width of the tube: errors up to this cost nothing.",
        ));
        ModelSpec {
            key: "svr".into(),
            title: "Support vector regression".into(),
            problem_type: ProblemType::Regression,
            summary: "A smooth surface of rows that lie off it; for up to 50,000 rows, scaled.".into(),
            parameters,
            handles_missing: false,
        }
    }

    fn memory(&self, _: &Params, shape: &Shape) -> Need {
        svm::memory(2.0, shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Surface, FitError> {
        let values = set.values()?;
        let surface = ctx.on_threads(|| {
            let points = Points::of(set, "svr", "hist_gradient_boosting_regressor", ctx)?;
            let kernel = params.kernel(&points, set.weights)?;
            fit(params, kernel, &points, values, set.weights, ctx)
        })?;
        require_fitted(surface.numbers())?;
        Ok(surface)
    }

    fn suits(&self, fitted: &Surface, features: usize, classes: Option<usize>) -> bool {
        classes.is_none() && fitted.suits(features, 1)
    }

    fn predict(&self, fitted: &Surface, x: ArrayView2<f64>) -> Prediction {
        Prediction::Values(fitted.scores(x).into_iter().flatten().collect())
    }

    fn row_cost(&self, fitted: &Surface) -> usize {
        fitted.row_cost()
    }

    fn onnx(&self, fitted: &Surface, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        Ok(Answer::Values(fitted.onnx(x, graph)))
    }
}

fn fit(
    params: &Params,
    kernel: svm::Kernel,
    points: &Points,
    values: &[f64],
    weights: Option<&[f64]>,
    ctx: &FitContext,
) -> Result<Surface, FitError> {
    let count = points.rows.len();
    let gram = Gram::new((0..count).map(|at| points.get(at)).collect(), kernel);
    let signs: Vec<f64> = [1.0, -1.0]
        .into_iter()
        .flat_map(|sign| vec![sign; count])
        .collect();
    let bounds: Vec<f64> = points
        .rows
        .iter()
        .map(|row| params.c * weights.map_or(1.0, |weights| weights[*row]))
        .collect();
    let slopes = signs.iter().zip(points.rows.iter().cycle());
    let problem = Problem {
        gram: &gram,
        signs: &signs,
        slopes: slopes
            .map(|(sign, row)| sign * params.epsilon - values[*row])
            .collect(),
        bounds: &bounds.repeat(2),
        tolerance: params.tol,
    };
    let machine = svm::solve(problem, || ctx.observer.cancelled()).ok_or(FitError::Cancelled)?;
    machine.warn_unless_converged("svr", ctx);
    let (above, below) = machine.alphas.split_at(count);
    let coefficients = above
        .iter()
        .zip(below)
        .map(|(above, below)| above - below)
        .enumerate();
    let coefficients = coefficients
        .filter(|(_, coefficient)| *coefficient != 0.0)
        .collect();
    ctx.observer.step(Step {
        completed: 1,
        total: 1,
        unit: "machines",
    });
    Ok(Surface::new(
        kernel,
        points,
        vec![(coefficients, machine.intercept)],
    ))
}
