//! Extremely random trees regressor: the mean of what trees predict that cut every feature they try anywhere between
//! its least and greatest value in the node, and keep the best of these cuts.
//!
//! `ŷ(x) = 1/T Σₜ mean of the training targets in the leaf of tree t that x ends in`. Use it like a random forest, of
//! which it is the faster sibling with smoother predictions. See `models/forest.rs` for the source and for what
//! differs from scikit-learn; a random cut lies between two bins.

use domain::{
    catalog::{ModelSpec, ProblemType},
    value::Value,
};
use ndarray::ArrayView2;

use super::forest::{self, Defaults, Forest, Params};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{self, Answer, Graph, Unmapped},
};

/// The model's key is `extra_trees_regressor`.
#[derive(Debug, Clone, Copy)]
pub struct ExtraTreesRegressor;

impl Model for ExtraTreesRegressor {
    type Params = Params;
    type Fitted = Forest;

    fn spec(&self) -> ModelSpec {
        let parameters = forest::specs(Defaults {
            trees: Some(100),
            max_depth: Value::Null,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_features: 1.0.into(),
            bootstrap: Some(false),
            criteria: &["squared_error"],
        });
        ModelSpec {
            key: "extra_trees_regressor".into(),
            title: "Extremely random trees regressor".into(),
            problem_type: ProblemType::Regression,
            summary:
                "A forest whose trees cut features anywhere; faster than a random forest and often as good."
                    .into(),
            parameters,
            handles_missing: true,
        }
    }

    fn memory(&self, params: &Params, shape: &Shape) -> Need {
        forest::memory(&params.cut_anywhere(), shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Forest, FitError> {
        forest::regressor(&params.cut_anywhere(), set, ctx)
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
