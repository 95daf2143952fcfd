//! What can be trained and with what: the specs of models and nodes, and the check of parameters against them.
//!
//! The learning library states a spec beside each model and node; the job-service reads the same specs from the
//! committed catalogue, so that it can refuse a bad request without knowing how anything is computed.

mod param;
mod rule;

use serde::{Deserialize, Serialize};

pub use param::{
    ParamKind, ParamSpec, boolean, check, choice, columns, integer, number, resolve, target, text,
};
pub use rule::{ColumnEffect, ColumnRule};

use crate::value::{Object, Value};

/// Every model and every node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// The models, sorted by key.
    pub models: Vec<ModelSpec>,
    /// The nodes, sorted by key.
    pub nodes: Vec<NodeSpec>,
}

impl Catalog {
    /// The model with this key.
    pub fn model(&self, key: &str) -> Option<&ModelSpec> {
        self.models.iter().find(|model| model.key == key)
    }

    /// The node with this key or alias.
    pub fn node(&self, key: &str) -> Option<&NodeSpec> {
        self.nodes
            .iter()
            .find(|node| node.key == key || node.aliases.iter().any(|alias| alias == key))
    }
}

/// A model that can be trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// The key used in submissions.
    pub key: String,
    /// The name people read.
    pub title: String,
    /// What it predicts.
    pub problem_type: ProblemType,
    /// One line: what it is and when to use it.
    pub summary: String,
    /// Its hyperparameters.
    pub parameters: Vec<ParamSpec>,
    /// Whether rows with missing values are handled by the model itself.
    pub handles_missing: bool,
}

/// What a model predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemType {
    /// A class among two or more.
    Classification,
    /// A number.
    Regression,
}

impl ProblemType {
    /// The word used in configurations.
    pub fn as_str(self) -> &'static str {
        match self {
            ProblemType::Classification => "classification",
            ProblemType::Regression => "regression",
        }
    }
}

/// A node that prepares data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// The key used in graphs.
    pub key: String,
    /// Other spellings that are accepted.
    pub aliases: Vec<String>,
    /// The name people read.
    pub title: String,
    /// The group it is listed under.
    pub category: String,
    /// One line: what it does.
    pub summary: String,
    /// Its parameters.
    pub parameters: Vec<ParamSpec>,
    /// What it is for in a graph.
    pub role: NodeRole,
    /// When it learns from data.
    pub learns: Learns,
    /// What it does to the number of rows.
    pub rows: RowEffect,
    /// What it does to columns; nothing for a node that leaves every column and value as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnRule>,
}

impl NodeSpec {
    /// Whether a node with this config learns from data.
    pub fn learns_with(&self, config: &Object) -> bool {
        match &self.learns {
            Learns::No => false,
            Learns::Always => true,
            Learns::When(conditions) => {
                let config = resolve(&self.parameters, config);
                conditions.iter().any(|condition| condition.holds_in(&config))
            }
        }
    }

    /// What a node with this config does to the number of rows: keep, drop or add.
    pub fn rows_with(&self, config: &Object) -> RowEffect {
        match &self.rows {
            RowEffect::DropOrAdd(adds) if adds.holds_in(&resolve(&self.parameters, config)) => RowEffect::Add,
            RowEffect::DropOrAdd(_) => RowEffect::Drop,
            effect @ (RowEffect::Keep | RowEffect::Drop | RowEffect::Add) => effect.clone(),
        }
    }
}

/// What a node is for in a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// Brings the table in.
    Source,
    /// Changes columns or rows.
    Transform,
    /// Assigns rows to training, validation and test.
    Splitter,
    /// Names the target and the features.
    TargetSelector,
    /// Trains the model.
    Training,
}

/// When a node learns from data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learns {
    /// Never: what it does to a row depends on that row and its config alone.
    No,
    /// Always.
    Always,
    /// When any of these holds.
    When(Vec<Condition>),
}

/// A condition on a parameter of a config.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The parameter.
    pub parameter: String,
    /// The values with one of which the condition holds, be it the parameter's own or one of a map's; none means:
    /// it holds when the parameter is blank.
    pub values: Vec<Value>,
}

impl Condition {
    /// That a parameter has one of these values.
    pub fn is_one_of<V: Into<Value>>(parameter: &str, values: impl IntoIterator<Item = V>) -> Self {
        Self {
            parameter: parameter.to_owned(),
            values: values.into_iter().map(Into::into).collect(),
        }
    }

    /// That a parameter is blank.
    pub fn is_blank(parameter: &str) -> Self {
        Self {
            parameter: parameter.to_owned(),
            values: Vec::new(),
        }
    }

    fn holds_in(&self, config: &Object) -> bool {
        self.holds(config.get(&self.parameter))
    }

    /// Whether it holds for this value of the parameter.
    pub(crate) fn holds(&self, value: Option<&Value>) -> bool {
        let value = value.unwrap_or(&Value::Null);
        if self.values.is_empty() {
            value.is_blank()
        } else {
            match value {
                Value::Object(fields) => fields.values().any(|value| self.values.contains(value)),
                value => self.values.contains(value),
            }
        }
    }
}

/// What a node does to the number of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowEffect {
    /// Every row stays.
    Keep,
    /// Rows may be dropped.
    Drop,
    /// Rows may be added.
    Add,
    /// Rows may be dropped, or added where this holds. Only specs say so; of a node with its config it is known.
    DropOrAdd(Condition),
}
