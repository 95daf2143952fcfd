//! Decision tree regressor: yes-or-no questions about one feature at a time, each the one after which the squared
//! error is least; a leaf answers with the mean of its rows' targets.
//!
//! Use it where a prediction must be followed by people, with `max_depth` or `max_leaf_nodes`: without limits it
//! learns the training rows by heart. See `models/forest.rs` for the source and for what differs from scikit-learn.

use domain::{
    catalog::{ModelSpec, ProblemType, choice},
    value::Value,
};
use ndarray::ArrayView2;

use super::forest::{self, Defaults, Forest, Params};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{self, Answer, Graph, Unmapped},
};

/// The model's key is `decision_tree_regressor`.
#[derive(Debug, Clone, Copy)]
pub struct DecisionTreeRegressor;

impl Model for DecisionTreeRegressor {
    type Params = Params;
    type Fitted = Forest;

    fn spec(&self) -> ModelSpec {
        let mut parameters = forest::specs(Defaults {
            trees: None,
            max_depth: Value::Null,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_features: Value::Null,
            bootstrap: None,
            criteria: &["squared_error"],
        });
        parameters.push(choice(
            "splitter",
            "best",
            &["best", "random"],
            "Whether a feature is cut where it is best, or anywhere.",
        ));
        ModelSpec {
            key: "decision_tree_regressor".into(),
            title: "Decision tree regressor".into(),
            problem_type: ProblemType::Regression,
            summary: "One tree of yes-or-no questions; easy to follow, and weaker than a forest.".into(),
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

    fn onnx(&self, fitted: &Forest, x: &onnx::Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        Ok(fitted.onnx_mean(x, graph))
    }

    fn row_cost(&self, fitted: &Forest) -> usize {
        fitted.row_cost()
    }

    fn importances(&self, fitted: &Forest) -> Option<Vec<f64>> {
        Some(fitted.importances.clone())
    }
}
