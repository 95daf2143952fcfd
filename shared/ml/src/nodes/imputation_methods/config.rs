//! What can be asked of the imputation.

use domain::{
    catalog::{self, ParamKind, ParamSpec},
    value::{Object, Value},
};
use serde::Deserialize;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::nodes) struct Config {
    pub(super) strategies: Vec<Strategy>,
}

/// A method and where it applies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Strategy {
    pub(super) method: Method,
    pub(super) columns: Vec<String>,
    pub(super) options: Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    Mean,
    Median,
    Mode,
    Constant,
    Knn,
    Regression,
    Mice,
}

impl Method {
    /// Whether the fills of a column depend on the strategy's other columns.
    pub(super) fn uses_other_columns(self) -> bool {
        matches!(self, Self::Knn | Self::Regression | Self::Mice)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Options {
    pub(super) value: Value,
    pub(super) neighbors: usize,
    pub(super) max_iter: usize,
}

/// The parameter that lists the strategies.
pub(super) fn strategies() -> ParamSpec {
    let options = ParamKind::Object(vec![
        ParamSpec::new(
            "value",
            ParamKind::Scalar,
            Value::Null,
            "The fill of the method constant.",
        )
        .used_if("method", ["constant"]),
        catalog::integer(
            "neighbors",
            5,
            1,
            1000,
            "Over how many of the most similar training rows the method knn takes the mean.",
        )
        .used_if("method", ["knn"]),
        catalog::integer("max_iter", 10, 1, 100, "The most rounds of the method mice.")
            .used_if("method", ["mice"]),
    ]);
    let strategy = ParamKind::Object(vec![
        catalog::choice(
            "method",
            "mean",
            &["mean", "median", "mode", "constant", "knn", "regression", "mice"],
            "What stands in for a missing value: a statistic of the column, a constant, the mean of the most similar training rows (knn), or what a linear regression on the strategy's other columns predicts, once (regression) or round after round with a Bayesian ridge (mice).",
        ),
        catalog::columns(
            "columns",
            "The columns to fill; every column the method fits if blank.",
        ),
        ParamSpec::new(
            "options",
            options,
            Value::Object(Object::new()),
            "Details of the method.",
        ),
    ]);
    let kind = ParamKind::List(Box::new(strategy));
    let doc = "What to fill in which columns; the first that covers a column counts.";
    ParamSpec::new("strategies", kind, Value::List(Vec::new()), doc).required()
}
