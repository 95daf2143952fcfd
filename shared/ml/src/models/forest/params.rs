//! The hyperparameters that the forests share.

use domain::{
    catalog::{ParamKind, ParamSpec, boolean, integer},
    value::Value,
};
use serde::Deserialize;

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

/// The specs, with what differs between the forests.
pub(crate) fn specs(max_features: impl Into<Value>, criteria: &[&str]) -> Vec<ParamSpec> {
    let none = || ParamKind::Choice(vec!["none".into()]);
    let rules = ParamKind::Choice(["sqrt", "log2", "none"].map(String::from).to_vec());
    let share = ParamKind::Number {
        min: 0.0,
        max: 1.0,
        above_min: true,
        below_max: false,
    };
    vec![
        integer(
            "n_estimators",
            50,
            1,
            10_000,
            "Trees; more are slower and never worse.",
        ),
        ParamSpec::new(
            "max_depth",
            ParamKind::OneOf(vec![ParamKind::Integer { min: 1, max: 100_000 }, none()]),
            10,
            "Splits between the root and a leaf at most; `none` or null for no limit.",
        ),
        integer(
            "min_samples_split",
            5,
            2,
            1_000_000_000,
            "Rows a node must have to be split.",
        ),
        integer(
            "min_samples_leaf",
            2,
            1,
            1_000_000_000,
            "Rows both sides of a split must have.",
        ),
        ParamSpec::new(
            "max_features",
            ParamKind::OneOf(vec![
                rules,
                share,
                ParamKind::Integer {
                    min: 2,
                    max: 1_000_000,
                },
            ]),
            max_features,
            "Features tried at a node: `sqrt` or `log2` of their number, a share up to 1, a number from 2 on, or `none` or null for all.",
        ),
        boolean(
            "bootstrap",
            true,
            "Whether every tree is grown on its own draw of rows, with replacement.",
        ),
        integer(
            "random_state",
            42,
            0,
            9_007_199_254_740_992,
            "What all random draws derive from.",
        ),
        domain::catalog::choice(
            "criterion",
            criteria[0],
            criteria,
            "What a split makes as small as it can.",
        ),
    ]
}
