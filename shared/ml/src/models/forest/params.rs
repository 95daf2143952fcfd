//! The hyperparameters that forests and decision trees share.

use domain::{
    catalog::{ParamKind, ParamSpec, boolean, choice, integer, number},
    value::Value,
};
use serde::Deserialize;

use crate::models::{class_weight::ClassWeight, tree::grow::Limits};

/// The hyperparameters; a model's spec has those that it takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    #[serde(default = "one")]
    pub(crate) n_estimators: usize,
    max_depth: Option<OrNone<usize>>,
    min_samples_split: usize,
    pub(crate) min_samples_leaf: usize,
    pub(crate) max_features: Option<MaxFeatures>,
    max_leaf_nodes: Option<OrNone<usize>>,
    min_impurity_decrease: f64,
    #[serde(default)]
    pub(crate) bootstrap: bool,
    #[serde(default)]
    pub(crate) oob_score: bool,
    pub(crate) random_state: u64,
    pub(crate) criterion: Criterion,
    #[serde(default)]
    pub(crate) splitter: Splits,
    #[serde(default)]
    pub(crate) class_weight: Option<ClassWeight>,
}

fn one() -> usize {
    1
}

/// What a split makes as small as it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Criterion {
    /// `1 − Σ pₖ²`.
    Gini,
    /// `−Σ pₖ log₂ pₖ`.
    Entropy,
    /// Another name of entropy.
    LogLoss,
    /// `Σ (y − mean)²`.
    SquaredError,
}

impl Criterion {
    /// Whether it is entropy.
    pub(crate) fn is_entropy(self) -> bool {
        matches!(self, Criterion::Entropy | Criterion::LogLoss)
    }
}

/// Where a feature is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Splits {
    /// Where it is best.
    #[default]
    Best,
    /// Anywhere.
    Random,
}

impl Params {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            max_depth: OrNone::value(self.max_depth).unwrap_or(usize::MAX),
            min_samples_split: self.min_samples_split,
            min_samples_leaf: self.min_samples_leaf,
            max_leaf_nodes: OrNone::value(self.max_leaf_nodes),
            min_impurity_decrease: (self.min_impurity_decrease > 0.0).then_some(self.min_impurity_decrease),
        }
    }

    pub(super) fn random_cuts(&self) -> bool {
        self.splitter == Splits::Random
    }

    /// The same with random cuts.
    pub(crate) fn cut_anywhere(&self) -> Self {
        Self {
            splitter: Splits::Random,
            ..self.clone()
        }
    }
}

/// A value, or the word `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum OrNone<T> {
    /// The value.
    Value(T),
    /// The word.
    None(NoneWord),
}

/// The word `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoneWord {
    /// Nothing.
    None,
}

impl<T: Copy> OrNone<T> {
    /// The value, if there is one; null is none as well.
    pub(crate) fn value(given: Option<Self>) -> Option<T> {
        match given {
            Some(OrNone::Value(value)) => Some(value),
            Some(OrNone::None(NoneWord::None)) | None => None,
        }
    }
}

/// How many features are tried at a node.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum MaxFeatures {
    /// By a rule.
    Rule(FeatureRule),
    /// Up to 1 a share of them, from 2 on that many.
    Number(f64),
}

/// A rule for how many features are tried at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FeatureRule {
    /// The square root of their number.
    Sqrt,
    /// The binary logarithm of their number.
    Log2,
    /// All.
    None,
}

impl MaxFeatures {
    /// How many of `features` that is; at least one.
    pub(crate) fn resolve(given: Option<Self>, features: usize) -> usize {
        let all = features as f64;
        let number = match given {
            None | Some(MaxFeatures::Rule(FeatureRule::None)) => all,
            Some(MaxFeatures::Rule(FeatureRule::Sqrt)) => all.sqrt(),
            Some(MaxFeatures::Rule(FeatureRule::Log2)) => all.log2(),
            Some(MaxFeatures::Number(share)) if share <= 1.0 => share * all,
            Some(MaxFeatures::Number(number)) => number,
        };
        (number as usize).clamp(1, features.max(1))
    }
}

/// How a model's defaults differ.
pub(crate) struct Defaults<'a> {
    /// Trees; none where there is one.
    pub(crate) trees: Option<i32>,
    /// Splits between the root and a leaf.
    pub(crate) max_depth: Value,
    /// Rows a node must have to be split.
    pub(crate) min_samples_split: i32,
    /// Rows both sides of a split must have.
    pub(crate) min_samples_leaf: i32,
    /// Features tried at a node.
    pub(crate) max_features: Value,
    /// Whether rows are drawn; none where they never are.
    pub(crate) bootstrap: Option<bool>,
    /// The criteria, the default first.
    pub(crate) criteria: &'a [&'a str],
}

/// A whole number, or none.
pub(crate) fn integer_or_none(name: &str, default: Value, min: i64, max: i64, doc: &str) -> ParamSpec {
    let none = ParamKind::Choice(vec!["none".into()]);
    let kinds = vec![ParamKind::Integer { min, max }, none];
    ParamSpec::new(name, ParamKind::OneOf(kinds), default, doc)
}

/// The specs.
pub(crate) fn specs(defaults: Defaults) -> Vec<ParamSpec> {
    let mut specs = Vec::new();
    if let Some(trees) = defaults.trees {
        let doc = "Trees; more are slower and never worse.";
        specs.push(integer("n_estimators", trees, 1, 10_000, doc));
    }
    specs.extend([
        integer_or_none(
            "max_depth",
            defaults.max_depth,
            1,
            100_000,
            "Splits between the root and a leaf at most; `none` or null for no limit.",
        ),
        integer(
            "min_samples_split",
            defaults.min_samples_split,
            2,
            1_000_000_000,
            "Rows a node must have to be split.",
        ),
        integer(
            "min_samples_leaf",
            defaults.min_samples_leaf,
            1,
            1_000_000_000,
            "Rows both sides of a split must have.",
        ),
        max_features(defaults.max_features),
        integer_or_none(
            "max_leaf_nodes",
            Value::Null,
            2,
            1_000_000_000,
            "Leaves of a tree at most, the best splits first; `none` or null for no limit.",
        ),
        number(
            "min_impurity_decrease",
            0.0,
            0.0,
            f64::MAX,
            "How much a split must lower the impurity, weighted by the node's share of all rows.",
        ),
    ]);
    if let Some(bootstrap) = defaults.bootstrap {
        specs.push(boolean(
            "bootstrap",
            bootstrap,
            "Whether every tree is grown on its own draw of rows, with replacement.",
        ));
        specs.push(boolean(
            "oob_score",
            false,
            "Whether to tell how well rows are predicted by the trees that did not draw them; needs `bootstrap`.",
        ));
    }
    specs.push(integer(
        "random_state",
        42,
        0,
        9_007_199_254_740_992,
        "What all random draws derive from.",
    ));
    specs.push(choice(
        "criterion",
        defaults.criteria[0],
        defaults.criteria,
        "What a split makes as small as it can.",
    ));
    specs
}

fn max_features(default: Value) -> ParamSpec {
    let rules = ParamKind::Choice(["sqrt", "log2", "none"].map(String::from).to_vec());
    let share = ParamKind::Number {
        min: 0.0,
        max: 1.0,
        above_min: true,
        below_max: false,
    };
    let count = ParamKind::Integer {
        min: 2,
        max: 1_000_000,
    };
    ParamSpec::new(
        "max_features",
        ParamKind::OneOf(vec![rules, share, count]),
        default,
        "Features tried at a node: `sqrt` or `log2` of their number, a share up to 1, a number from 2 on, or `none` or null for all.",
    )
}
