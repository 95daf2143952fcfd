//! Elastic net: a linear model with a penalty on magnitudes, which drops weak features, and one on squares, which
//! lets correlated features share.
//!
//! Minimises `1/(2n) Σ (yᵢ − xᵢ·β − b)² + α (ρ ‖β‖₁ + ½ (1 − ρ) ‖β‖²)` with `ρ` the `l1_ratio`, the intercept `b`
//! unpenalised; with weights, the sum is weighted and `n` is their sum. Use it like the lasso, where features
//! come in correlated groups; scale them first.
//!
//! Source: Zou and Hastie, "Regularization and Variable Selection via the Elastic Net", 2005. The objective, the
//! parameters and when to stop are scikit-learn's `ElasticNet`; solved by coordinate descent.

#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType, boolean, integer, number};
use ndarray::ArrayView2;
use serde::Deserialize;

pub use crate::models::linear::plane::Plane as Fitted;
use crate::{
    model::{Coefficients, FitContext, FitError, Model, Prediction, TrainingSet},
    models::linear::{
        coordinate_descent::{self, Plan},
        plane::Plane,
    },
};

/// The model's key is `elasticnet_regression`.
#[derive(Debug, Clone, Copy)]
pub struct ElasticNetRegression;

/// Its hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The penalty's weight.
    pub alpha: f64,
    /// The share of the penalty that falls on magnitudes.
    pub l1_ratio: f64,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// Sweeps over all coefficients at most.
    pub max_iter: usize,
    /// The duality gap that is small enough.
    pub tol: f64,
}

impl Model for ElasticNetRegression {
    type Params = Params;
    type Fitted = Plane;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "elasticnet_regression".into(),
            title: "Elastic net regression".into(),
            problem_type: ProblemType::Regression,
            summary:
                "A linear model between ridge and lasso: drops weak features and lets correlated ones share."
                    .into(),
            parameters: vec![
                number(
                    "alpha",
                    1.0,
                    0.0,
                    f64::MAX,
                    "Weight of the penalty against the mean of squared errors.",
                ),
                number(
                    "l1_ratio",
                    0.5,
                    0.0,
                    1.0,
                    "Share of the penalty that falls on magnitudes; the rest falls on squares.",
                ),
                boolean("fit_intercept", true, "Whether an intercept is fitted."),
                integer(
                    "max_iter",
                    1000,
                    1,
                    1_000_000,
                    "Sweeps over all coefficients at most; a warning tells when they did not suffice.",
                ),
                number(
                    "tol",
                    1e-4,
                    1e-10,
                    1.0,
                    "The duality gap that is small enough, as a share of the target's squares.",
                ),
            ],
            handles_missing: false,
        }
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Plane, FitError> {
        let plan = Plan {
            alpha: params.alpha,
            l1_ratio: params.l1_ratio,
            fit_intercept: params.fit_intercept,
            max_iter: params.max_iter,
            tol: params.tol,
        };
        coordinate_descent::fit("elastic net regression", plan, set, ctx)
    }

    fn suits(&self, fitted: &Plane, features: usize, classes: Option<usize>) -> bool {
        fitted.suits(features, classes)
    }

    fn predict(&self, fitted: &Plane, x: ArrayView2<f64>) -> Prediction {
        fitted.predict(x)
    }

    fn coefficients(&self, fitted: &Plane) -> Option<Vec<Coefficients>> {
        Some(fitted.coefficients())
    }
}
