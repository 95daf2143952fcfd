//! Random forest classifier: the mean of the class probabilities of many decision trees.
//!
//! `P(k | x) = 1/T Σₜ share of class k in the leaf of tree t that x ends in`; trees split where Gini impurity
//! `1 − Σ pₖ²` (or entropy `−Σ pₖ ln pₖ`) falls most. Use it where classes do not follow lines, features differ in
//! scale or values are missing: it needs no preparation and seldom disappoints. See `models/forest.rs` for the
//! source and for what differs from scikit-learn.

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::{Array2, ArrayView2};
use serde::Deserialize;

use super::{
    class_weight::{self, ClassWeight},
    forest::{self, Forest, MaxFeatures, OrNone, Plan},
    tree::{bag::RowWeights, bins::Bins, classes::Classes, grow::Limits},
};
use crate::model::{FitContext, FitError, Model, Prediction, TrainingSet};

/// The model's key is `random_forest_classifier`.
#[derive(Debug, Clone, Copy)]
pub struct RandomForestClassifier;

/// Its hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    n_estimators: usize,
    max_depth: Option<OrNone<usize>>,
    min_samples_split: usize,
    min_samples_leaf: usize,
    max_features: Option<MaxFeatures>,
    bootstrap: bool,
    random_state: u64,
    criterion: Criterion,
    class_weight: Option<ClassWeight>,
}

/// What a split makes as small as it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// `1 − Σ pₖ²`.
    Gini,
    /// `−Σ pₖ ln pₖ`.
    Entropy,
    /// Another name of entropy.
    LogLoss,
}

impl Model for RandomForestClassifier {
    type Params = Params;
    type Fitted = Forest;

    fn spec(&self) -> ModelSpec {
        let mut parameters = forest::specs("sqrt", &["gini", "entropy", "log_loss"]);
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

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Forest, FitError> {
        let (codes, labels) = set.classes()?;
        let weights = class_weight::row_weights(set, params.class_weight.as_ref())?;
        set.weighted(weights.as_deref()).require_rows()?;
        ctx.on_threads(|| {
            let bins = Bins::of(set.x.view(), ctx)?;
            let weights = RowWeights::of(weights.as_deref(), codes.len());
            let entropy = params.criterion != Criterion::Gini;
            let objective = Classes {
                codes,
                classes: labels.len(),
                entropy,
            };
            let plan = Plan {
                trees: params.n_estimators,
                bootstrap: params.bootstrap,
                seed: params.random_state,
                limits: Limits {
                    max_depth: OrNone::value(params.max_depth).unwrap_or(usize::MAX),
                    min_samples_split: params.min_samples_split,
                    min_samples_leaf: params.min_samples_leaf,
                    max_features: MaxFeatures::resolve(params.max_features, bins.len()),
                },
            };
            forest::fit(plan, &objective, &bins, &weights, ctx)
        })
    }

    fn suits(&self, fitted: &Forest, features: usize, classes: Option<usize>) -> bool {
        fitted.features == features && classes == Some(fitted.outputs)
    }

    fn predict(&self, fitted: &Forest, x: ArrayView2<f64>) -> Prediction {
        let shares = fitted.predict(x);
        let shape = (x.nrows(), fitted.outputs);
        Prediction::Probabilities(Array2::from_shape_vec(shape, shares).expect("one share per row and class"))
    }
}
