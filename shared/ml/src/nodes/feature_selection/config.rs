//! The config of `feature_selection`.

use domain::{
    catalog::{
        self, ColumnRule, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec, ProblemRule, ProblemType,
        Requirement,
    },
    value::Value,
};
use serde::Deserialize;

use super::{choose::Way, importances::ESTIMATORS, target::Target};

const METHODS: [&str; 9] = [
    "select_k_best",
    "select_percentile",
    "select_fpr",
    "select_fdr",
    "select_fwe",
    "generic_univariate_select",
    "select_from_model",
    "variance_threshold",
    "rfe",
];

/// The methods that judge features by a score.
const SCORING: [&str; 6] = [
    "select_k_best",
    "select_percentile",
    "select_fpr",
    "select_fdr",
    "select_fwe",
    "generic_univariate_select",
];

/// The methods that ask a model.
const ASKING: [&str; 2] = ["select_from_model", "rfe"];

const SCORE_FUNCS: [&str; 6] = [
    "f_classif",
    "f_regression",
    "mutual_info_classif",
    "mutual_info_regression",
    "chi2",
    "r_regression",
];

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::nodes) struct Config {
    pub(super) columns: Vec<String>,
    pub(super) target_column: Option<String>,
    pub(super) method: Method,
    score_func: Option<ScoreFunc>,
    pub(super) mode: Mode,
    pub(super) k: usize,
    pub(super) percentile: f64,
    pub(super) alpha: f64,
    pub(super) threshold: Option<Threshold>,
    estimator: Option<String>,
    step: f64,
    pub(super) random_state: u64,
    pub(super) drop_unselected: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    SelectKBest,
    SelectPercentile,
    SelectFpr,
    SelectFdr,
    SelectFwe,
    GenericUnivariateSelect,
    SelectFromModel,
    VarianceThreshold,
    Rfe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ScoreFunc {
    FClassif,
    FRegression,
    MutualInfoClassif,
    MutualInfoRegression,
    Chi2,
    RRegression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    KBest,
    Percentile,
    Fpr,
    Fdr,
    Fwe,
}

impl From<Mode> for Way {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::KBest => Way::KBest,
            Mode::Percentile => Way::Percentile,
            Mode::Fpr => Way::Fpr,
            Mode::Fdr => Way::Fdr,
            Mode::Fwe => Way::Fwe,
        }
    }
}

/// From what on a feature is kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Threshold {
    Number(f64),
    /// `mean`, `median`, or a multiple such as `1.25*mean`.
    Text(String),
}

impl Config {
    /// The score that was asked for, or the one that suits the target.
    pub(super) fn score_func(&self, target: &Target) -> ScoreFunc {
        let suited = if target.is_classes() {
            ScoreFunc::FClassif
        } else {
            ScoreFunc::FRegression
        };
        self.score_func.unwrap_or(suited)
    }

    /// The estimator that was asked for, or the one that suits the target.
    pub(super) fn estimator(&self, target: &Target) -> &str {
        let suited = if target.is_classes() {
            "logistic_regression"
        } else {
            "ridge_regression"
        };
        self.estimator.as_deref().unwrap_or(suited)
    }

    /// How many of so many features leave at each round.
    pub(super) fn step(&self, features: usize) -> usize {
        let step = if self.step < 1.0 {
            self.step * features as f64
        } else {
            self.step
        };
        (step as usize).max(1)
    }
}

/// The spec of the node.
pub(super) fn spec() -> NodeSpec {
    NodeSpec {
        key: "feature_selection".into(),
        aliases: vec![],
        title: "Feature selection".into(),
        category: "numeric".into(),
        summary: "Keeps the numeric features that say most about the target.".into(),
        parameters: parameters(),
        requirements: requirements(),
        problems: vec![
            ProblemRule::only(ProblemType::Classification)
                .when("score_func", ["f_classif", "mutual_info_classif", "chi2"])
                .when("method", SCORING),
            ProblemRule::only(ProblemType::Classification)
                .when("estimator", ["logistic_regression"])
                .when("method", ASKING),
        ],
        role: NodeRole::Transform,
        learns: Learns::Always,
        columns: vec![ColumnRule::drops("{unselected_feature}").when("drop_unselected", [true])],
        ..NodeSpec::default()
    }
}

/// A number from 0.
fn positive() -> ParamKind {
    ParamKind::Number {
        min: 0.0,
        max: f64::MAX,
        above_min: false,
        below_max: false,
    }
}

fn requirements() -> Vec<Requirement> {
    let tested = || Requirement::one_of("score_func", &["f_classif", "f_regression", "chi2"]);
    vec![
        tested().when("method", ["select_fpr", "select_fdr", "select_fwe"]),
        tested()
            .when("method", ["generic_univariate_select"])
            .when("mode", ["fpr", "fdr", "fwe"]),
        Requirement::kind("threshold", positive()).when("method", ["variance_threshold"]),
    ]
}

fn parameters() -> Vec<ParamSpec> {
    let words = ["mean", "median"].map(str::to_owned).to_vec();
    vec![
        catalog::columns(
            "columns",
            "The columns to judge; every numeric or boolean feature if blank.",
        ),
        catalog::target(
            "target_column",
            "The target to judge by, unless another node names it.",
        ),
        catalog::choice("method", "select_k_best", &METHODS, "How features are chosen."),
        catalog::choice(
            "score_func",
            Value::Null,
            &SCORE_FUNCS,
            "What a feature is judged by; if null f_classif or f_regression, as the training node says, or without one f_regression for a target of fractions or of more than 20 different numbers.",
        )
        .used_if("method", SCORING),
        catalog::choice(
            "mode",
            "k_best",
            &["k_best", "percentile", "fpr", "fdr", "fwe"],
            "What generic_univariate_select does, with `k`, `percentile` or `alpha`.",
        )
        .used_if("method", ["generic_univariate_select"]),
        catalog::integer("k", 10, 1, 1_000_000, "Features that select_k_best and rfe keep.")
            .used_if("method", ["select_k_best", "rfe", "generic_univariate_select"]),
        catalog::number(
            "percentile",
            10.0,
            0.0,
            100.0,
            "Percentage of features that select_percentile keeps.",
        )
        .used_if("method", ["select_percentile", "generic_univariate_select"]),
        catalog::number(
            "alpha",
            0.05,
            0.0,
            1.0,
            "The greatest p-value, or rate of errors, that passes.",
        )
        .used_if("method", ["select_fpr", "select_fdr", "select_fwe", "generic_univariate_select"]),
        ParamSpec::new(
            "threshold",
            ParamKind::OneOf(vec![positive(), ParamKind::Multiple(words)]),
            Value::Null,
            "From what importance on select_from_model keeps a feature: a number, `mean`, `median` or `1.25*mean`, the mean if null; above what variance variance_threshold does: a number, 0 if null.",
        )
        .used_if("method", ["select_from_model", "variance_threshold"]),
        catalog::choice(
            "estimator",
            Value::Null,
            &ESTIMATORS,
            "The model that select_from_model and rfe ask, with its defaults; if null a linear one that suits the target.",
        )
        .used_if("method", ASKING),
        catalog::number(
            "step",
            1.0,
            0.0,
            1e6,
            "Features that leave at each round of rfe: a share below 1, a number from 1 on.",
        )
        .above_min()
        .used_if("method", ["rfe"]),
        catalog::integer(
            "random_state",
            42,
            0,
            i64::from(u32::MAX),
            "The seed of the noise by which mutual_info_classif and mutual_info_regression tell equal numbers apart.",
        )
        .used_if("score_func", ["mutual_info_classif", "mutual_info_regression"]),
        catalog::boolean("drop_unselected", true, "Remove the features that are not kept."),
    ]
}
