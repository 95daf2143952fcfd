//! Lasso: a linear model whose penalty on magnitudes sets the coefficients of weak features to exactly zero.
//!
//! Minimises `1/(2n) Σ (yᵢ − xᵢ·β − b)² + α ‖β‖₁`, the intercept `b` unpenalised; with weights, the sum is weighted
//! and `n` is their sum. Use it where few of many features matter, and scale them first: the penalty counts raw
//! units.
//!
//! Source: Tibshirani, "Regression Shrinkage and Selection via the Lasso", 1996. The objective, the parameters and
//! when to stop are scikit-learn's `Lasso`; solved by coordinate descent.

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

/// The model's key is `lasso_regression`.
#[derive(Debug, Clone, Copy)]
pub struct LassoRegression;

/// Its hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The penalty's weight.
    pub alpha: f64,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// Sweeps over all coefficients at most.
    pub max_iter: usize,
    /// The duality gap that is small enough.
    pub tol: f64,
}

impl Model for LassoRegression {
    type Params = Params;
    type Fitted = Plane;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "lasso_regression".into(),
            title: "Lasso regression".into(),
            problem_type: ProblemType::Regression,
            summary: "A linear model that sets the coefficients of weak features to zero; scale the features first.".into(),
            parameters: vec![
                number(
                    "alpha",
                    1.0,
                    0.0,
                    f64::MAX,
                    "Weight of the penalty against the mean of squared errors.",
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
            l1_ratio: 1.0,
            fit_intercept: params.fit_intercept,
            max_iter: params.max_iter,
            tol: params.tol,
        };
        coordinate_descent::fit("lasso regression", plan, set, ctx)
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
