//! Extremely random trees classifier: the mean of the class probabilities of trees that cut every feature they try
//! anywhere between its least and greatest value in the node, and keep the best of these cuts.
//!
//! `P(k | x) = 1/T Σₜ share of class k in the leaf of tree t that x ends in`. Use it like a random forest, of which it
//! is the faster sibling with smoother borders between classes. See `models/forest.rs` for the source and for what
//! differs from scikit-learn; a random cut lies between two bins.

use domain::{
    catalog::{ModelSpec, ProblemType},
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

/// The model's key is `extra_trees_classifier`.
#[derive(Debug, Clone, Copy)]
pub struct ExtraTreesClassifier;

impl Model for ExtraTreesClassifier {
    type Params = Params;
    type Fitted = Forest;

    fn spec(&self) -> ModelSpec {
        let mut parameters = forest::specs(Defaults {
            trees: Some(100),
            max_depth: Value::Null,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_features: "sqrt".into(),
            bootstrap: Some(false),
            criteria: &["gini", "entropy", "log_loss"],
        });
        parameters.push(class_weight::spec());
        ModelSpec {
            key: "extra_trees_classifier".into(),
            title: "Extremely random trees classifier".into(),
            problem_type: ProblemType::Classification,
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
        forest::classifier(&params.cut_anywhere(), set, ctx)
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
