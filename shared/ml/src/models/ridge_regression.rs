//! Ridge regression: a linear model whose coefficients are kept small by a penalty on their squares.
//!
//! Minimises `Σ wᵢ (yᵢ − xᵢ·β − b)² + α ‖β‖²`, the intercept `b` unpenalised. Use it as the first model for a
//! number: it is fast, has one parameter and bears correlated features.
//!
//! Source: Hoerl and Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", Technometrics
//! 1970. The meaning is scikit-learn's `Ridge`. Solved on centred features by the Cholesky factor of
//! `XᵀX + αI`, or of `XXᵀ + αI` where there are more features than rows; where that is close to singular, by an
//! orthogonal decomposition of the rows, which gives the shortest solution.
//!
//! `engine: linfa` runs linfa-linear's ordinary least squares (QR). linfa has no ridge type, so it is given the
//! centred rows with `√α · I` below them, whose least-squares solution is the ridge solution.

#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType, number};
use ndarray::ArrayView2;

pub use crate::models::linear::{least_squares::Params, plane::Plane as Fitted};
use crate::{
    model::{Coefficients, FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    models::linear::{least_squares, memory, plane::Plane},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `ridge_regression`.
#[derive(Debug, Clone, Copy)]
pub struct RidgeRegression;

impl Model for RidgeRegression {
    type Params = Params;
    type Fitted = Plane;

    fn spec(&self) -> ModelSpec {
        let mut parameters = least_squares::parameters(
            "Who computes: this library, or linfa-linear's least squares on rows that carry the penalty.",
        );
        let alpha = number(
            "alpha",
            1.0,
            0.0,
            f64::MAX,
            "Weight of the penalty; 0 is ordinary least squares.",
        );
        parameters.insert(0, alpha);
        ModelSpec {
            key: "ridge_regression".into(),
            title: "Ridge regression".into(),
            problem_type: ProblemType::Regression,
            summary: "A linear model with a penalty on the squares of its coefficients; the first to try for a number.".into(),
            parameters,
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
