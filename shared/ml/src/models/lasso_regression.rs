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

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::ArrayView2;

pub use crate::models::linear::{coordinate_descent::Params, plane::Plane as Fitted};
use crate::{
    model::{Coefficients, FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    models::linear::{coordinate_descent, memory, plane::Plane},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `lasso_regression`.
#[derive(Debug, Clone, Copy)]
pub struct LassoRegression;

impl Model for LassoRegression {
    type Params = Params;
    type Fitted = Plane;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "lasso_regression".into(),
            title: "Lasso regression".into(),
            problem_type: ProblemType::Regression,
            summary: "A linear model that sets the coefficients of weak features to zero; scale the features first.".into(),
            parameters: coordinate_descent::parameters(),
            handles_missing: false,
        }
    }

    fn memory(&self, _: &Params, shape: &Shape) -> Need {
        memory::coordinate_descent(shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Plane, FitError> {
        coordinate_descent::fit("lasso regression", params, set, ctx)
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
