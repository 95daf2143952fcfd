//! Random forest regressor: the mean of what many decision trees predict.
//!
//! `ŷ(x) = 1/T Σₜ mean of the training targets in the leaf of tree t that x ends in`; trees split where the
//! squared error falls most. Use it where a number does not follow a line, features differ in scale or values are
//! missing; it never predicts beyond the range it was trained on. See `models/forest.rs` for the source and for
//! what differs from scikit-learn.

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::ArrayView2;

use super::forest::{self, Defaults, Forest, Params};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `random_forest_regressor`.
#[derive(Debug, Clone, Copy)]
pub struct RandomForestRegressor;

impl Model for RandomForestRegressor {
    type Params = Params;
    type Fitted = Forest;

    fn spec(&self) -> ModelSpec {
        let parameters = forest::specs(Defaults {
            trees: Some(50),
            max_depth: 10.into(),
            min_samples_split: 5,
            min_samples_leaf: 2,
            max_features: 1.0.into(),
            bootstrap: Some(true),
            criteria: &["squared_error"],
        });
        ModelSpec {
            key: "random_forest_regressor".into(),
            title: "Random forest regressor".into(),
            problem_type: ProblemType::Regression,
            summary: "The mean of many decision trees' predictions; strong without preparation.".into(),
            parameters,
            handles_missing: true,
        }
    }

    fn memory(&self, params: &Params, shape: &Shape) -> Need {
        forest::memory(params, shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Forest, FitError> {
        forest::regressor(params, set, ctx)
    }

    fn suits(&self, fitted: &Forest, features: usize, classes: Option<usize>) -> bool {
        fitted.features() == features && classes.is_none() && fitted.outputs == 1
    }

    fn predict(&self, fitted: &Forest, x: ArrayView2<f64>) -> Prediction {
        Prediction::Values(fitted.predict(x))
    }

    fn onnx(&self, fitted: &Forest, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        Ok(fitted.onnx_mean(x, graph))
    }

    fn row_cost(&self, fitted: &Forest) -> usize {
        fitted.row_cost()
    }

    fn importances(&self, fitted: &Forest) -> Option<Vec<f64>> {
        Some(fitted.importances.clone())
    }
}
