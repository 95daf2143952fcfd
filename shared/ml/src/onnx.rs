//! The fitted pipeline as an ONNX file: raw columns in, label and probabilities or a number out, so that a model can be
//! used where Trainyard is not.
//!
//! Every node and every model says in operators of ONNX what it does ([`Node::onnx`](crate::node::Node::onnx),
//! [`Model::onnx`](crate::model::Model::onnx)) or why it cannot ([`Unmapped`]). Numbers are doubles throughout, so that no
//! rounding sends a row down another branch of a tree.

mod answer;
mod apart;
mod attribute;
mod decimal;
mod export;
mod file;
mod graph;
mod letters;
mod outside;
mod proto;
mod table;
pub(crate) mod trees;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use answer::Answer;
pub(crate) use answer::{of_several, of_two};
pub(crate) use attribute::int;
pub(crate) use graph::Element;
pub use graph::{Graph, Value};
pub(crate) use letters::Letters;
pub(crate) use outside::Outside;
pub use table::Table;

/// A pipeline in ONNX.
#[derive(Debug)]
pub(crate) struct Onnx {
    /// The model's file.
    pub(crate) model: Vec<u8>,
    /// What lies beside it, if something does.
    pub(crate) outside: Outside,
}

/// Why something cannot be said in ONNX.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unmapped(Cow<'static, str>);

impl Unmapped {
    /// For this reason.
    pub fn because(reason: impl Into<Cow<'static, str>>) -> Self {
        Self(reason.into())
    }
}

/// The node or model that keeps a pipeline from being said in ONNX.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The node; none where it is the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<String>,
    /// The key of the node's type or of the model.
    pub key: String,
    /// Why.
    pub reason: String,
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
