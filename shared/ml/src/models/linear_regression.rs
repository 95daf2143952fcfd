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

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::ArrayView2;

pub use crate::models::linear::{least_squares::Params, plane::Plane as Fitted};
use crate::{
    model::{Coefficients, FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    models::linear::{least_squares, memory, plane::Plane},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `linear_regression`.
#[derive(Debug, Clone, Copy)]
pub struct LinearRegression;

impl Model for LinearRegression {
    type Params = Params;
    type Fitted = Plane;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "linear_regression".into(),
            title: "Linear regression".into(),
            problem_type: ProblemType::Regression,
            summary: "Ordinary least squares: a linear model without a penalty.".into(),
            parameters: least_squares::parameters(
                "Who computes: this library, or linfa-linear (independent columns).",
            ),
            handles_missing: false,
        }
    }

    fn memory(&self, params: &Params, shape: &Shape) -> Need {
        memory::least_squares(params.alpha, params.engine, shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Plane, FitError> {
        least_squares::fit(params, set, ctx)
    }

    fn suits(&self, fitted: &Plane, features: usize, classes: Option<usize>) -> bool {
        fitted.suits(features, classes)
    }

    fn predict(&self, fitted: &Plane, x: ArrayView2<f64>) -> Prediction {
        fitted.predict(x)
    }

    fn onnx(&self, fitted: &Fitted, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        Ok(fitted.onnx(x, graph))
    }

    fn coefficients(&self, fitted: &Plane) -> Option<Vec<Coefficients>> {
        Some(fitted.coefficients())
    }
}
