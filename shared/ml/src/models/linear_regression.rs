//! Linear regression: the plane whose squared distances from the rows are least.
//!
//! Minimises `Σ wᵢ (yᵢ − xᵢ·β − b)²`. Use it where coefficients are to be read and features are few and not
//! correlated; else ridge regression predicts better.
//!
//! Source: Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", 2009, section 3.2. The meaning
//! is scikit-learn's `LinearRegression`. Solved on centred features by the Cholesky factor of `XᵀX`; where columns
//! depend on each other or there are more of them than rows, by an orthogonal decomposition, which gives the
//! shortest solution. Dependence is judged on columns of one length, so that a feature of small scale keeps its
//! coefficient where scikit-learn takes it for noise.
//!
//! `engine: linfa` runs linfa-linear's ordinary least squares (QR), which needs independent columns.

#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType, boolean, choice};
use ndarray::ArrayView2;
use serde::Deserialize;

pub use crate::models::linear::plane::Plane as Fitted;
use crate::{
    model::{Coefficients, FitContext, FitError, Model, Prediction, TrainingSet},
    models::linear::{
        Engine,
        least_squares::{self, Plan},
        plane::Plane,
    },
};

/// The model's key is `linear_regression`.
#[derive(Debug, Clone, Copy)]
pub struct LinearRegression;

/// Its hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// Who computes.
    pub engine: Engine,
}

impl Model for LinearRegression {
    type Params = Params;
    type Fitted = Plane;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "linear_regression".into(),
            title: "Linear regression".into(),
            problem_type: ProblemType::Regression,
            summary: "Ordinary least squares: a linear model without a penalty.".into(),
            parameters: vec![
                boolean("fit_intercept", true, "Whether an intercept is fitted."),
                choice(
                    "engine",
                    "native",
                    &["native", "linfa"],
                    "Who computes: this library, or linfa-linear (independent columns).",
                ),
            ],
            handles_missing: false,
        }
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Plane, FitError> {
        let plan = Plan {
            alpha: 0.0,
            fit_intercept: params.fit_intercept,
            engine: params.engine,
        };
        least_squares::fit(plan, set, ctx)
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
