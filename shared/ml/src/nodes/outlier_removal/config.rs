//! The config of `outlier_removal`: one method for all columns, and what differs for some.

use std::collections::BTreeMap;

use domain::{
    catalog::{
        self, ColumnRule, Condition, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec, Requirement,
        RowEffect, RowRule,
    },
    value::{Object, Value},
};
use serde::Deserialize;

const METHODS: [&str; 5] = ["iqr", "zscore", "elliptic_envelope", "winsorize", "manual"];

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::nodes) struct Config {
    pub(super) columns: Vec<String>,
    pub(super) default_method: Method,
    pub(super) column_methods: BTreeMap<String, Method>,
    method_parameters: MethodParameters,
    pub(super) column_parameters: BTreeMap<String, ColumnParameters>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    Iqr,
    Zscore,
    EllipticEnvelope,
    Winsorize,
    Manual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MethodParameters {
    iqr: Iqr,
    zscore: Zscore,
    elliptic_envelope: EllipticEnvelope,
    winsorize: Winsorize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Iqr {
    multiplier: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Zscore {
    threshold: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EllipticEnvelope {
    contamination: f64,
    random_state: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Winsorize {
    lower_percentile: f64,
    upper_percentile: f64,
}

/// What differs for a column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnParameters {
    multiplier: Option<f64>,
    threshold: Option<f64>,
    lower_percentile: Option<f64>,
    upper_percentile: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
}

impl Config {
    fn own(&self, column: &str, parameter: impl Fn(&ColumnParameters) -> Option<f64>) -> Option<f64> {
        self.column_parameters.get(column).and_then(parameter)
    }

    /// How many interquartile ranges a value may lie beyond a quartile.
    pub(super) fn multiplier(&self, column: &str) -> f64 {
        self.own(column, |own| own.multiplier)
            .unwrap_or(self.method_parameters.iqr.multiplier)
    }

    /// How many standard deviations a value may lie from the mean.
    pub(super) fn threshold(&self, column: &str) -> f64 {
        self.own(column, |own| own.threshold)
            .unwrap_or(self.method_parameters.zscore.threshold)
    }

    /// The share of rows the envelope leaves out.
    pub(super) fn contamination(&self) -> f64 {
        self.method_parameters.elliptic_envelope.contamination
    }

    /// The seed of the search for the envelope.
    pub(super) fn random_state(&self) -> u64 {
        self.method_parameters.elliptic_envelope.random_state
    }

    /// The percentiles to which values are pulled in, the lower one first.
    pub(super) fn percentiles(&self, column: &str) -> (f64, f64) {
        let all = &self.method_parameters.winsorize;
        let lower = self
            .own(column, |own| own.lower_percentile)
            .unwrap_or(all.lower_percentile);
        let upper = self
            .own(column, |own| own.upper_percentile)
            .unwrap_or(all.upper_percentile);
        (lower, upper)
    }

    /// The bounds that were given for a column.
    pub(super) fn manual(&self, column: &str) -> (Option<f64>, Option<f64>) {
        (
            self.own(column, |own| own.lower),
            self.own(column, |own| own.upper),
        )
    }
}

/// The spec of the node.
pub(super) fn spec() -> NodeSpec {
    let words = METHODS.map(str::to_owned).to_vec();
    NodeSpec {
        key: "outlier_removal".into(),
        aliases: vec![],
        title: "Remove outliers".into(),
        category: "outliers".into(),
        summary: "Drops training rows with values far from the others, or pulls such values in everywhere."
            .into(),
        parameters: vec![
            catalog::columns("columns", "The columns to judge; every numeric feature if blank."),
            catalog::choice("default_method", "iqr", &METHODS, "How columns are judged."),
            ParamSpec::new(
                "column_methods",
                ParamKind::Map(Box::new(ParamKind::Choice(words))),
                Value::Object(Object::new()),
                "Columns that are judged another way.",
            )
            .of_features(),
            object("method_parameters", method_parameters(), "What the methods need."),
            ParamSpec::new(
                "column_parameters",
                ParamKind::Map(Box::new(ParamKind::Object(column_parameters()))),
                Value::Object(Object::new()),
                "What the methods need, where a column differs; the bounds of the method manual.",
            )
            .of_features(),
        ],
        requirements: vec![Requirement::ordered("lower", "upper").each("column_parameters")],
        role: NodeRole::Transform,
        learns: Learns::Always,
        rows: vec![RowRule::when(RowEffect::Drop, dropping())],
        columns: vec![
            // Which column has which method is told by three parameters at once.
            ColumnRule::changes("{winsorized_column}").when("default_method", ["winsorize"]),
            ColumnRule::changes("{winsorized_column}").when("column_methods", ["winsorize"]),
        ],
        ..NodeSpec::default()
    }
}

/// Where rows are dropped: winsorizing keeps them.
fn dropping() -> Vec<Condition> {
    let words = METHODS.into_iter().filter(|method| *method != "winsorize");
    ["default_method", "column_methods"]
        .map(|parameter| Condition::is_one_of(parameter, words.clone()))
        .into()
}

/// The parameter, which has an effect if a column is judged by the method.
fn of(method: &str, spec: ParamSpec) -> ParamSpec {
    spec.used_if("default_method", [method])
        .used_if("column_methods", [method])
}

fn object(name: &str, fields: Vec<ParamSpec>, doc: &str) -> ParamSpec {
    ParamSpec::new(name, ParamKind::Object(fields), Value::Object(Object::new()), doc)
}

fn method_parameters() -> Vec<ParamSpec> {
    let iqr = multiplier(1.5);
    let zscore = threshold(3.0);
    let contamination = catalog::number(
        "contamination",
        0.01,
        0.0,
        0.5,
        "The share of training rows that are dropped.",
    );
    let random_state = catalog::integer(
        "random_state",
        42,
        0,
        i64::from(u32::MAX),
        "The seed of the rows from which the search for the envelope starts.",
    );
    let envelope = vec![contamination.above_min(), random_state];
    let methods = [
        ("iqr", vec![iqr]),
        ("zscore", vec![zscore]),
        ("elliptic_envelope", envelope),
        ("winsorize", percentiles(5.0, 95.0).into()),
    ];
    let own = |(method, fields)| {
        of(
            method,
            object(method, fields, &format!("Of the method {method}.")),
        )
    };
    methods.map(own).into()
}

fn column_parameters() -> Vec<ParamSpec> {
    let bound = |name, doc| catalog::number(name, Value::Null, f64::MIN, f64::MAX, doc);
    let [lower, upper] = percentiles(Value::Null, Value::Null);
    let least = bound(
        "lower",
        "The least value the method manual keeps; no bound if null.",
    );
    let greatest = bound(
        "upper",
        "The greatest value the method manual keeps; no bound if null.",
    );
    vec![
        of("iqr", multiplier(Value::Null)),
        of("zscore", threshold(Value::Null)),
        of("winsorize", lower),
        of("winsorize", upper),
        of("manual", least),
        of("manual", greatest),
    ]
}

fn multiplier(default: impl Into<Value>) -> ParamSpec {
    let doc = "Interquartile ranges that a value may lie beyond a quartile.";
    catalog::number("multiplier", default, 0.0, f64::MAX, doc)
}

fn threshold(default: impl Into<Value>) -> ParamSpec {
    let doc = "Standard deviations that a value may lie from the mean.";
    catalog::number("threshold", default, 0.0, f64::MAX, doc)
}

/// The two do not meet, so that no pair of them crosses.
fn percentiles(lower: impl Into<Value>, upper: impl Into<Value>) -> [ParamSpec; 2] {
    [
        catalog::number(
            "lower_percentile",
            lower,
            0.0,
            50.0,
            "Values below this percentile become it.",
        ),
        catalog::number(
            "upper_percentile",
            upper,
            50.0,
            100.0,
            "Values above this percentile become it.",
        ),
    ]
}
