//! The hyperparameters of gradient boosting.

use domain::{
    catalog::{ParamKind, ParamSpec, integer, number},
    value::Value,
};
use serde::Deserialize;

use crate::models::{
    class_weight::ClassWeight,
    forest::{OrNone, integer_or_none},
    tree::grow::Limits,
};

/// The hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    pub(super) max_iter: usize,
    pub(super) learning_rate: f64,
    max_leaf_nodes: Option<OrNone<usize>>,
    max_depth: Option<OrNone<usize>>,
    pub(super) min_samples_leaf: usize,
    pub(super) l2_regularization: f64,
    pub(super) max_bins: usize,
    early_stopping: EarlyStopping,
    validation_fraction: Option<OrNone<f64>>,
    pub(super) n_iter_no_change: usize,
    pub(super) tol: f64,
    pub(super) random_state: u64,
    #[serde(default)]
    pub(super) class_weight: Option<ClassWeight>,
}

/// Whether to stop when nothing gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum EarlyStopping {
    Told(bool),
    Rule(Auto),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Auto {
    Auto,
}

/// Rows above which `auto` stops early.
const AUTO_ROWS: usize = 10_000;

impl Params {
    /// Whether to stop early with so many rows.
    pub(super) fn stops_early(&self, rows: usize) -> bool {
        match self.early_stopping {
            EarlyStopping::Told(told) => told,
            EarlyStopping::Rule(Auto::Auto) => rows > AUTO_ROWS,
        }
    }

    /// The share of rows that are kept for validation; none to judge by the training rows.
    pub(super) fn validation_fraction(&self) -> Option<f64> {
        OrNone::value(self.validation_fraction)
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            max_depth: OrNone::value(self.max_depth).unwrap_or(usize::MAX),
            min_samples_split: 2,
            min_samples_leaf: self.min_samples_leaf,
            max_leaf_nodes: OrNone::value(self.max_leaf_nodes),
            // Anything, as long as it is more than nothing.
            min_impurity_decrease: Some(f64::MIN_POSITIVE),
        }
    }
}

/// The specs.
pub(crate) fn specs() -> Vec<ParamSpec> {
    let mut specs = growing_specs();
    specs.extend(stopping_specs());
    specs
}

/// A number above 0.
fn positive(max: f64, below_max: bool) -> ParamKind {
    ParamKind::Number {
        min: 0.0,
        max,
        above_min: true,
        below_max,
    }
}

fn growing_specs() -> Vec<ParamSpec> {
    vec![
        integer(
            "max_iter",
            100,
            1,
            100_000,
            "Trees, one after the other; with three classes or more, one of each class at a time.",
        ),
        ParamSpec::new(
            "learning_rate",
            positive(f64::MAX, false),
            0.1,
            "Share of a tree's correction that is taken over; less needs more iterations.",
        ),
        integer_or_none(
            "max_leaf_nodes",
            31.into(),
            2,
            1_000_000,
            "Leaves of a tree at most, the best splits first; `none` or null for no limit.",
        ),
        integer_or_none(
            "max_depth",
            Value::Null,
            1,
            100_000,
            "Splits between the root and a leaf at most; `none` or null for no limit.",
        ),
        integer(
            "min_samples_leaf",
            20,
            1,
            1_000_000_000,
            "Rows both sides of a split must have.",
        ),
        number(
            "l2_regularization",
            0.0,
            0.0,
            f64::MAX,
            "Weight of the penalty on the squares of leaves.",
        ),
        integer(
            "max_bins",
            255,
            2,
            255,
            "Bins of a feature at most; one more is for missing values.",
        ),
    ]
}

fn stopping_specs() -> Vec<ParamSpec> {
    let none = ParamKind::Choice(vec!["none".into()]);
    vec![
        ParamSpec::new(
            "early_stopping",
            ParamKind::OneOf(vec![ParamKind::Boolean, ParamKind::Choice(vec!["auto".into()])]),
            "auto",
            "Whether to stop once iterations help no more; `auto` does with more than 10,000 rows.",
        ),
        ParamSpec::new(
            "validation_fraction",
            ParamKind::OneOf(vec![positive(1.0, true), none]),
            0.1,
            "Share of rows to judge early stopping by; `none` or null for the training rows.",
        ),
        integer(
            "n_iter_no_change",
            10,
            1,
            100_000,
            "Iterations without a better loss before stopping.",
        ),
        number(
            "tol",
            1e-7,
            0.0,
            f64::MAX,
            "How much better a loss must be to count.",
        ),
        integer(
            "random_state",
            42,
            0,
            9_007_199_254_740_992,
            "What the draw of validation rows derives from.",
        ),
    ]
}
