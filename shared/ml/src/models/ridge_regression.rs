//! Ridge regression: a linear model whose coefficients are kept small by a penalty on their squares.
//!
//! Minimises `Σ wᵢ (yᵢ − xᵢ·β − b)² + α ‖β‖²`, the intercept `b` unpenalised. Use it as the first model for a
//! number: it is fast, has one parameter and bears correlated features.
//!
//! Source: Hoerl and Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", Technometrics
//! 1970. The meaning is scikit-learn's `Ridge`. Solved on centred features by the Cholesky factor of
//! `XᵀX + αI`, or of `XXᵀ + αI` where there are more features than rows; where that is close to singular, by the
//! singular value decomposition, which gives the shortest solution.
//!
//! `engine: linfa` runs linfa-linear's ordinary least squares (QR). linfa has no ridge type, so it is given the
//! centred rows with `√α · I` below them, whose least-squares solution is the ridge solution.

mod centre;
mod linfa;
mod native;
#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType, boolean, choice, number};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::{
    model::{FitContext, FitError, Model, Prediction, TrainingSet},
    models::linear::{Engine, linear_scores, require_finite, require_fitted},
    observer::Step,
};

/// The model's key is `ridge_regression`.
#[derive(Debug, Clone, Copy)]
pub struct RidgeRegression;

/// Its hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The penalty's weight.
    pub alpha: f64,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// Who computes.
    pub engine: Engine,
}

/// A fitted ridge regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// One per feature.
    pub coefficients: Vec<f64>,
    /// What is predicted where all features are zero.
    pub intercept: f64,
}

impl Model for RidgeRegression {
    type Params = Params;
    type Fitted = Fitted;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "ridge_regression".into(),
            title: "Ridge regression".into(),
            problem_type: ProblemType::Regression,
            summary: "A linear model with a penalty on the squares of its coefficients; the first to try for a number.".into(),
            parameters: vec![
                number("alpha", 1.0, 0.0, f64::MAX, "Weight of the penalty; 0 is ordinary least squares."),
                boolean("fit_intercept", true, "Whether an intercept is fitted."),
                choice(
                    "engine",
                    "native",
                    &["native", "linfa"],
                    "Who computes: this library, or linfa-linear's least squares on rows that carry the penalty.",
                ),
            ],
            handles_missing: false,
        }
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
        set.values()?;
        set.require_rows()?;
        require_finite(set)?;
        let fitted = ctx.on_threads(|| match params.engine {
            Engine::Native => native::fit(params, set, ctx),
            Engine::Linfa => linfa::fit(params, set, ctx),
        })?;
        require_fitted(fitted.coefficients.iter().chain([&fitted.intercept]))?;
        ctx.observer.step(Step {
            completed: 1,
            total: 1,
            unit: "solutions",
        });
        Ok(fitted)
    }

    fn suits(&self, fitted: &Fitted, features: usize, classes: Option<usize>) -> bool {
        classes.is_none() && fitted.coefficients.len() == features
    }

    fn predict(&self, fitted: &Fitted, x: ArrayView2<f64>) -> Prediction {
        Prediction::Values(linear_scores(x, &fitted.coefficients, fitted.intercept))
    }
}
