//! What can be trained and with what: the specs of models and nodes, and the check of parameters against them.
//!
//! The learning library states a spec beside each model and node; the job-service reads the same specs from the
//! committed catalogue, so that it can refuse a bad request without knowing how anything is computed.

mod condition;
mod given;
mod param;
mod requirement;
mod rows;
mod rule;
mod scope;
mod text;

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

pub use condition::Condition;
pub use param::{
    Names, ParamKind, ParamSpec, boolean, check, choice, columns, integer, number, resolve, target, text,
};
pub use requirement::{Need, Requirement};
pub use rows::{RowEffect, RowRule};
pub use rule::{ColumnEffect, ColumnRule};
pub(crate) use scope::{Scope, scopes};
pub use text::{multiple, pairs};

use crate::{
    value::{Object, Value},
    violation::Violation,
};

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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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
    /// What its config must hold beyond the types and bounds of single parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Requirement>,
    /// The only problem that it is of use for, if there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemRule>,
    /// What it is for in a graph.
    pub role: NodeRole,
    /// When it learns from data.
    pub learns: Learns,
    /// Whether training rows are encoded by targets of other training rows alone. A copy of a row among these would
    /// give its target away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cross_fitted: bool,
    /// What it does to the number of rows: the first of these that applies, or else every row stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowRule>,
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

    /// The same, but its config must hold this too.
    #[must_use]
    pub fn requires(mut self, requirement: Requirement) -> Self {
        self.requirements.push(requirement);
        self
    }

    /// What a node with this config does to the number of rows.
    pub fn rows_with(&self, config: &Object) -> RowEffect {
        let config = resolve(&self.parameters, config);
        let rule = self.rows.iter().find(|rule| rule.applies(&config));
        rule.map_or(RowEffect::Keep, |rule| rule.effect)
    }

    /// Checks a config: unknown names, types, bounds and requirements. Every violation is added, with its path below
    /// `path`.
    pub fn check(&self, config: &Object, path: &str, violations: &mut Vec<Violation>) {
        let mut found = Vec::new();
        check(&self.parameters, config, path, &mut found);
        let told: BTreeSet<String> = found.iter().map(|violation| violation.field.clone()).collect();
        let resolved = resolve(&self.parameters, config);
        for requirement in &self.requirements {
            requirement.check(&resolved, path, &told, &mut found);
        }
        violations.extend(found);
    }

    /// The parameters that a config gives and that have no effect in it, with the path of each and why.
    pub fn unused(&self, config: &Object) -> Vec<(String, String)> {
        given::unused(&self.parameters, config)
    }

    /// The feature columns that a config names one by one where that has an effect, with the path of each. The keys of
    /// a map are among them, unless it must have one for each item of a list, and that list is given.
    pub fn features<'a>(&'a self, config: &'a Object) -> Vec<(String, &'a str)> {
        let is_given = |list: &str| config.get(list).is_some_and(|value| !value.is_blank());
        let looked_up = |map: &str| {
            let mut lists = self.requirements.iter().filter_map(|one| one.keys_for(map));
            lists.any(is_given)
        };
        given::features(&self.parameters, config, looked_up)
    }
}

impl fmt::Display for Learns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Learns::No => f.write_str("no"),
            Learns::Always => f.write_str("always"),
            Learns::When(conditions) => write!(f, "when {}", Condition::told(conditions, ", or ")),
        }
    }
}

/// A problem that a node is of use for, and no other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProblemRule {
    /// The problem.
    pub problem_type: ProblemType,
    /// It is so if all of these hold; always if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
}

impl ProblemRule {
    /// That a node is of use for this problem only.
    pub fn only(problem_type: ProblemType) -> Self {
        Self {
            problem_type,
            when: Vec::new(),
        }
    }

    /// The same, if the parameter has one of these values.
    #[must_use]
    pub fn when<V: Into<Value>>(mut self, parameter: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.when.push(Condition::is_one_of(parameter, values));
        self
    }

    /// Whether it applies to a config with its defaults.
    pub(crate) fn applies(&self, config: &Object) -> bool {
        self.when.iter().all(|condition| condition.holds_in(config))
    }
}

impl fmt::Display for ProblemRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} only", self.problem_type.as_str())?;
        if !self.when.is_empty() {
            write!(f, " when {}", Condition::told(&self.when, " and "))?;
        }
        Ok(())
    }
}

/// What a node is for in a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// Brings the table in.
    Source,
    /// Changes columns or rows.
    #[default]
    Transform,
    /// Assigns rows to training, validation and test.
    Splitter,
    /// Names the target and the features.
    TargetSelector,
    /// Trains the model.
    Training,
}

/// When a node learns from data.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learns {
    /// Never: what it does to a row depends on that row and its config alone.
    #[default]
    No,
    /// Always.
    Always,
    /// When any of these holds.
    When(Vec<Condition>),
}
