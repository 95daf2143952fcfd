//! Decision tree classifier: yes-or-no questions about one feature at a time, each the one after which Gini impurity
//! `1 − Σ pₖ²` (or entropy `−Σ pₖ log₂ pₖ`) is least; a leaf answers with the shares of its rows' classes.
//!
//! Use it where a decision must be followed by people, with `max_depth` or `max_leaf_nodes`: without limits it learns
//! the training rows by heart. See `models/forest.rs` for the source and for what differs from scikit-learn.

use domain::{
    catalog::{ModelSpec, ProblemType, choice},
    value::Value,
};
use ndarray::{Array2, ArrayView2};

use super::{
    class_weight,
    forest::{self, Defaults, Forest, Params},
};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{self, Answer, Graph, Unmapped},
};

/// The model's key is `decision_tree_classifier`.
#[derive(Debug, Clone, Copy)]
pub struct DecisionTreeClassifier;

impl Model for DecisionTreeClassifier {
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
            criteria: &["gini", "entropy", "log_loss"],
        });
        parameters.push(class_weight::spec());
        parameters.push(choice(
            "splitter",
            "best",
            &["best", "random"],
            "Whether a feature is cut where it is best, or anywhere.",
        ));
        ModelSpec {
            key: "decision_tree_classifier".into(),
            title: "Decision tree classifier".into(),
            problem_type: ProblemType::Classification,
            summary: "One tree of yes-or-no questions; easy to follow, and weaker than a forest.".into(),
            parameters,
            handles_missing: true,
        }
    }

    fn memory(&self, params: &Params, shape: &Shape) -> Need {
        forest::memory(params, shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Forest, FitError> {
        forest::classifier(params, set, ctx)
    }

    fn suits(&self, fitted: &Forest, features: usize, classes: Option<usize>) -> bool {
        fitted.features() == features && classes == Some(fitted.outputs)
    }

    fn predict(&self, fitted: &Forest, x: ArrayView2<f64>) -> Prediction {
        let shares = fitted.predict(x);
        let shape = (x.nrows(), fitted.outputs);
        Prediction::Probabilities(Array2::from_shape_vec(shape, shares).expect("one share per row and class"))
    }

    fn onnx(&self, fitted: &Forest, x: &onnx::Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        Ok(fitted.onnx_shares(x, graph))
    }

    fn row_cost(&self, fitted: &Forest) -> usize {
        fitted.row_cost()
    }

    fn importances(&self, fitted: &Forest) -> Option<Vec<f64>> {
        Some(fitted.importances.clone())
    }
}
