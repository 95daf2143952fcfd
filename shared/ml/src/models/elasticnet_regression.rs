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

use domain::catalog::{ModelSpec, ProblemType, number};
use ndarray::ArrayView2;

pub use crate::models::linear::{coordinate_descent::Params, plane::Plane as Fitted};
use crate::{
    model::{Coefficients, FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    models::linear::{coordinate_descent, memory, plane::Plane},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `elasticnet_regression`.
#[derive(Debug, Clone, Copy)]
pub struct ElasticNetRegression;

impl Model for ElasticNetRegression {
    type Params = Params;
    type Fitted = Plane;

    fn spec(&self) -> ModelSpec {
        let mut parameters = coordinate_descent::parameters();
        let l1_ratio = number(
            "l1_ratio",
            0.5,
            0.0,
            1.0,
            "Share of the penalty that falls on magnitudes; the rest falls on squares.",
        );
        parameters.insert(1, l1_ratio);
        ModelSpec {
            key: "elasticnet_regression".into(),
            title: "Elastic net regression".into(),
            problem_type: ProblemType::Regression,
            summary:
                "A linear model between ridge and lasso: drops weak features and lets correlated ones share."
                    .into(),
            parameters,
            handles_missing: false,
        }
    }

    fn memory(&self, _: &Params, shape: &Shape) -> Need {
        memory::coordinate_descent(shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Plane, FitError> {
        coordinate_descent::fit("elastic net regression", params, set, ctx)
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
