//! `train_model`: where preparation ends and a model is fitted. The node itself encodes what text is left, if so
//! asked; everything else of its config says what to train.

use domain::{
    catalog::{self, ColumnRule, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec, ProblemType},
    value::Value,
};
use serde::Deserialize;

use super::{
    categories::Categories,
    one_hot_encoding::{self, OneHotEncoding},
};
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
    split::Strategy,
};

/// The training node.
#[derive(Debug, Clone, Copy)]
pub(super) struct TrainModel;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(rename = "target_column")]
    _target_column: Option<String>,
    /// What is to be predicted, if the node says so.
    pub(crate) problem_type: Option<ProblemType>,
    #[serde(rename = "model_type")]
    _model_type: Option<String>,
    #[serde(rename = "hyperparameters")]
    _hyperparameters: Value,
    /// The class of two that counts as positive.
    pub(crate) positive_class: Value,
    /// The column that says how much each row counts.
    pub(crate) sample_weight_column: Option<String>,
    auto_encode: bool,
    cv_enabled: bool,
    cv_strategy: Strategy,
    cv_folds: usize,
    cv_shuffle: bool,
    cv_order_column: Option<String>,
    cv_random_state: u64,
    cv_refit_strategy: Refit,
}

/// What the model is fitted on at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Refit {
    TrainOnly,
    TrainPlusValidation,
}

/// The cross-validation that a training node asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CrossValidation {
    /// How the folds are made.
    pub(crate) strategy: Strategy,
    /// How many there are.
    pub(crate) folds: usize,
    /// Whether rows are shuffled before they are dealt out.
    pub(crate) shuffle: bool,
    /// The seed.
    pub(crate) random_state: u64,
    /// The column that rows are in the order of, for folds in time.
    pub(crate) order_column: Option<String>,
    /// Whether validation rows train too once the folds are judged.
    pub(crate) refit_with_validation: bool,
}

impl Config {
    /// The cross-validation that is asked for, if any.
    pub(crate) fn cross_validation(&self) -> Option<CrossValidation> {
        let named = |name: &String| !name.trim().is_empty();
        self.cv_enabled.then(|| CrossValidation {
            strategy: self.cv_strategy,
            folds: self.cv_folds,
            shuffle: self.cv_shuffle,
            random_state: self.cv_random_state,
            order_column: self.cv_order_column.clone().filter(named),
            refit_with_validation: self.cv_refit_strategy == Refit::TrainPlusValidation,
        })
    }
}

impl Node for TrainModel {
    type Config = Config;
    type State = Vec<Categories>;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "train_model".into(),
            aliases: vec!["train_model_draft".into()],
            title: "Train a model".into(),
            category: "training".into(),
            summary: "Fits a model on the prepared training rows.".into(),
            parameters: parameters(),
            role: NodeRole::Training,
            learns: Learns::Always,
            columns: vec![
                ColumnRule::drops("{sample_weight_column}").unless_blank("sample_weight_column"),
                ColumnRule::adds("{column}_{category}").when("auto_encode", [true]),
                ColumnRule::drops("{column}").when("auto_encode", [true]),
            ],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self::State> {
        if config.auto_encode {
            Node::fit(
                &OneHotEncoding,
                &one_hot_encoding::Config::automatic(),
                training,
                ctx,
            )
        } else {
            Ok(Vec::new())
        }
    }

    fn apply(&self, _: &Config, state: &Self::State, frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        Node::apply(
            &OneHotEncoding,
            &one_hot_encoding::Config::automatic(),
            state,
            frame,
            ctx,
        )
    }

    fn onnx(&self, _: &Config, state: &Self::State, table: &mut Table<'_>) -> Result<(), Unmapped> {
        Node::onnx(
            &OneHotEncoding,
            &one_hot_encoding::Config::automatic(),
            state,
            table,
        )
    }
}

fn parameters() -> Vec<ParamSpec> {
    let mut all = vec![
        catalog::target(
            "target_column",
            "The column to predict, unless another node names it.",
        ),
        catalog::choice(
            "problem_type",
            Value::Null,
            &["classification", "regression"],
            "What is to be predicted; the model says so by itself.",
        ),
        catalog::text(
            "model_type",
            Value::Null,
            "The model to train, unless the job names others.",
        ),
        ParamSpec::new(
            "hyperparameters",
            ParamKind::OneOf(vec![ParamKind::Map(Box::new(ParamKind::Any)), ParamKind::Text]),
            Value::Null,
            "Hyperparameters of the model, by name, or the same as JSON text; those of model_type only where several models are trained.",
        ),
        ParamSpec::new(
            "positive_class",
            ParamKind::Scalar,
            Value::Null,
            "The class of two that counts as positive; the last if left out.",
        ),
        catalog::text(
            "sample_weight_column",
            Value::Null,
            "A numeric column that says how much each row counts in the fit. It is no feature, and metrics are not weighted.",
        ),
        catalog::boolean(
            "auto_encode",
            false,
            "One-hot encode text features that are left, as one_hot_encoding does with its defaults; one with more than 20 \
             categories in the training rows stays text, which is an error.",
        ),
    ];
    all.push(catalog::boolean(
        "cv_enabled",
        false,
        "Cross-validate on the training rows: everything that learns is fitted anew for each fold.",
    ));
    let of_folds = cross_validation_parameters().into_iter();
    all.extend(of_folds.map(|spec| spec.used_if("cv_enabled", [true])));
    all
}

fn cross_validation_parameters() -> Vec<ParamSpec> {
    vec![
        catalog::choice(
            "cv_strategy",
            "auto",
            &[
                "auto",
                "kfold",
                "stratified_kfold",
                "shuffle_split",
                "time_series_split",
            ],
            "How folds are made; auto is stratified_kfold for classification and kfold for regression. shuffle_split \
             holds a random fifth back each time, time_series_split what comes after the rows it is fitted on.",
        ),
        catalog::integer("cv_folds", 5, 2, 100, "How many folds there are."),
        catalog::boolean(
            "cv_shuffle",
            true,
            "Shuffle the rows before kfold and stratified_kfold; shuffle_split always does.",
        ),
        catalog::text(
            "cv_order_column",
            Value::Null,
            "The column whose order time_series_split follows; without it cv_shuffle must be false and the table in order.",
        ),
        catalog::integer(
            "cv_random_state",
            42,
            0,
            i64::from(u32::MAX),
            "The seed of the folds.",
        ),
        catalog::choice(
            "cv_refit_strategy",
            "train_only",
            &["train_only", "train_plus_validation"],
            "What the model is fitted on once the folds are judged; with train_plus_validation there are no validation metrics.",
        ),
    ]
}
