//! Random forest regressor: the mean of what many decision trees predict.
//!
//! `ŷ(x) = 1/T Σₜ mean of the training targets in the leaf of tree t that x ends in`; trees split where the
//! squared error falls most. Use it where a number does not follow a line, features differ in scale or values are
//! missing; it never predicts beyond the range it was trained on. See `models/forest.rs` for the source and for
//! what differs from scikit-learn.

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::ArrayView2;
use serde::Deserialize;

use super::{
    forest::{self, Forest, MaxFeatures, OrNone, Plan},
    tree::{bag::RowWeights, bins::Bins, grow::Limits, values::Values},
};
use crate::model::{FitContext, FitError, Model, Prediction, TrainingSet};

/// The model's key is `random_forest_regressor`.
#[derive(Debug, Clone, Copy)]
pub struct RandomForestRegressor;

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
    #[serde(rename = "criterion")]
    _criterion: Criterion,
}

/// What a split makes as small as it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// `Σ (y − mean)²`.
    SquaredError,
}

impl Model for RandomForestRegressor {
    type Params = Params;
    type Fitted = Forest;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "random_forest_regressor".into(),
            title: "Random forest regressor".into(),
            problem_type: ProblemType::Regression,
            summary: "The mean of many decision trees' predictions; strong without preparation.".into(),
            parameters: forest::specs(1.0, &["squared_error"]),
            handles_missing: true,
        }
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Forest, FitError> {
        let y = set.values()?;
        set.require_rows()?;
        ctx.on_threads(|| {
            let bins = Bins::of(set.x.view(), ctx)?;
            let weights = RowWeights::of(set.weights, y.len());
            let objective = Values::of(y, weights.most_total());
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
        fitted.features == features && classes.is_none() && fitted.outputs == 1
    }

    fn predict(&self, fitted: &Forest, x: ArrayView2<f64>) -> Prediction {
        Prediction::Values(fitted.predict(x))
    }
}
