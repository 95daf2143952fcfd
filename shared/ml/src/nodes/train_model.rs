//! `train_model`: where preparation ends and a model is fitted. The node itself encodes what text is left, if so
//! asked; everything else of its config says what to train.

use domain::{
    catalog::{self, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec, ProblemType, RowEffect},
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
    auto_encode: bool,
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
            parameters: vec![
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
                    ParamKind::Map(Box::new(ParamKind::Any)),
                    Value::Null,
                    "Hyperparameters of the model, by name.",
                ),
                ParamSpec::new(
                    "positive_class",
                    ParamKind::Scalar,
                    Value::Null,
                    "The class of two that counts as positive; the last if left out.",
                ),
                catalog::boolean(
                    "auto_encode",
                    false,
                    "One-hot encode text features that are left.",
                ),
            ],
            role: NodeRole::Training,
            learns: Learns::Always,
            rows: RowEffect::Keep,
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
}
