//! Random forest classifier: the mean of the class probabilities of many decision trees.
//!
//! `P(k | x) = 1/T Σₜ share of class k in the leaf of tree t that x ends in`; trees split where Gini impurity
//! `1 − Σ pₖ²` (or entropy `−Σ pₖ ln pₖ`) falls most. Use it where classes do not follow lines, features differ in
//! scale or values are missing: it needs no preparation and seldom disappoints. See `models/forest.rs` for the
//! source and for what differs from scikit-learn.

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::{Array2, ArrayView2};

use super::{
    class_weight,
    forest::{self, Defaults, Forest, Params},
};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `random_forest_classifier`.
#[derive(Debug, Clone, Copy)]
pub struct RandomForestClassifier;

impl Model for RandomForestClassifier {
    type Params = Params;
    type Fitted = Forest;

    fn spec(&self) -> ModelSpec {
        let mut parameters = forest::specs(Defaults {
            trees: Some(50),
            max_depth: 10.into(),
            min_samples_split: 5,
            min_samples_leaf: 2,
            max_features: "sqrt".into(),
            bootstrap: Some(true),
            criteria: &["gini", "entropy", "log_loss"],
        });
        parameters.push(class_weight::spec());
        ModelSpec {
            key: "random_forest_classifier".into(),
            title: "Random forest classifier".into(),
            problem_type: ProblemType::Classification,
            summary: "The mean of many decision trees' class probabilities; strong without preparation."
                .into(),
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

    fn onnx(&self, fitted: &Forest, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        Ok(fitted.onnx_shares(x, graph))
    }

    fn row_cost(&self, fitted: &Forest) -> usize {
        fitted.row_cost()
    }

    fn importances(&self, fitted: &Forest) -> Option<Vec<f64>> {
        Some(fitted.importances.clone())
    }
}
