//! `imputation_methods`: puts a value where one is missing: the mean, the median or the most frequent value of
//! the training rows, or a constant. Every column it works on stores its fill, missing values in training or
//! not, so that a later missing value is filled too.
//!
//! As scikit-learn's `SimpleImputer` does it; a column without any training value is removed, as there.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, Int64Array, StringArray},
    datatypes::Int64Type,
};
use domain::{
    catalog::{self, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec, RowEffect},
    value::{Object, Value},
};
use serde::{Deserialize, Serialize};

use super::{
    columns::{known_numbers, pick, require_finite},
    statistics,
};
use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Frame, Training, float_column, numbers, texts},
    node::{Context, Node},
};

/// Fills missing values.
#[derive(Debug, Clone, Copy)]
pub(super) struct ImputationMethods;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    strategies: Vec<Strategy>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strategy {
    method: Method,
    columns: Vec<String>,
    options: Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    Mean,
    Median,
    Mode,
    Constant,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    value: Value,
}

/// What stands in for a missing value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Fill {
    Number(f64),
    Boolean(bool),
    Text(String),
}

/// What was learned.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    fills: BTreeMap<String, Fill>,
    removed: Vec<String>,
}

impl Node for ImputationMethods {
    type Config = Config;
    type State = State;

    fn spec(&self) -> NodeSpec {
        let options = ParamKind::Object(vec![ParamSpec::new(
            "value",
            ParamKind::Scalar,
            Value::Null,
            "The fill of the method constant.",
        )]);
        let strategy = ParamKind::Object(vec![
            catalog::choice(
                "method",
                "mean",
                &["mean", "median", "mode", "constant"],
                "What stands in for a missing value.",
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
        let strategies = ParamSpec::new(
            "strategies",
            ParamKind::List(Box::new(strategy)),
            Value::List(Vec::new()),
            "What to fill in which columns; the first that covers a column counts.",
        );
        NodeSpec {
            key: "imputation_methods".into(),
            aliases: vec!["simple_imputer".into(), "advanced_imputer".into()],
            title: "Impute missing values".into(),
            category: "imputation".into(),
            summary: "Fills missing values with the mean, median, mode or a constant.".into(),
            parameters: vec![strategies.required()],
            role: NodeRole::Transform,
            learns: Learns::Always,
            rows: RowEffect::Keep,
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<State> {
        let mut state = State::default();
        for strategy in &config.strategies {
            let (fits, wanted) = fitting(strategy)?;
            for name in pick(training, ctx, &strategy.columns, fits, wanted)? {
                if state.fills.contains_key(&name) || state.removed.contains(&name) {
                    continue;
                }
                if let Some(fill) = fill(strategy, training, &name)? {
                    if let Fill::Number(number) = fill {
                        require_finite(&name, &[number])?;
                    }
                    state.fills.insert(name, fill);
                } else {
                    ctx.warn(&format!(
                        "column {name:?} has no value in the training rows and is removed"
                    ));
                    state.removed.push(name);
                }
            }
        }
        Ok(state)
    }

    fn apply(&self, _: &Config, state: &State, mut frame: Frame, _: &Context<'_>) -> Result<Frame> {
        for (name, fill) in &state.fills {
            let data = &frame.require(name)?.data;
            if data.null_count() > 0 {
                let filled = filled(name, data, fill)?;
                frame.set(name, filled)?;
            }
        }
        for name in &state.removed {
            frame.remove(name);
        }
        Ok(frame)
    }
}

/// Whether a kind of column is fitting.
type Fits = fn(ColumnKind) -> bool;

/// Which columns a strategy fits, and in words.
fn fitting(strategy: &Strategy) -> Result<(Fits, &'static str)> {
    Ok(match (strategy.method, &strategy.options.value) {
        (Method::Mean | Method::Median, _) | (Method::Constant, Value::Number(_)) => {
            (ColumnKind::is_number, "numbers")
        }
        (Method::Mode, _) => (|_| true, "anything"),
        (Method::Constant, Value::String(_)) => (|kind| kind == ColumnKind::Text, "text"),
        (Method::Constant, Value::Bool(_)) => (|kind| kind == ColumnKind::Boolean, "boolean"),
        (Method::Constant, Value::Null | Value::List(_) | Value::Object(_)) => {
            let message = "the method constant needs options.value, a number, text or boolean";
            return Err(Error::spec("INVALID_CONFIG", message));
        }
    })
}

fn fill(strategy: &Strategy, training: &Training<'_>, name: &str) -> Result<Option<Fill>> {
    Ok(match strategy.method {
        Method::Mean => statistics::mean(&known_numbers(training, name)?).map(Fill::Number),
        Method::Median => statistics::quantile(&sorted_numbers(training, name)?, 0.5).map(Fill::Number),
        Method::Mode => mode(training, name)?,
        Method::Constant => match &strategy.options.value {
            Value::Number(value) => Some(Fill::Number(*value)),
            Value::Bool(value) => Some(Fill::Boolean(*value)),
            Value::String(value) => Some(Fill::Text(value.clone())),
            Value::Null | Value::List(_) | Value::Object(_) => None,
        },
    })
}

fn sorted_numbers(training: &Training<'_>, name: &str) -> Result<Vec<f64>> {
    let mut values = known_numbers(training, name)?;
    values.sort_by(f64::total_cmp);
    Ok(values)
}

fn mode(training: &Training<'_>, name: &str) -> Result<Option<Fill>> {
    Ok(match training.require(name)?.kind() {
        ColumnKind::Integer | ColumnKind::Float => {
            statistics::mode(&sorted_numbers(training, name)?).map(Fill::Number)
        }
        ColumnKind::Boolean => {
            statistics::mode(&sorted_numbers(training, name)?).map(|value| Fill::Boolean(value == 1.0))
        }
        ColumnKind::Text => {
            let values = training.values(name)?;
            let mut known: Vec<_> = texts(&values).iter().flatten().map(String::from).collect();
            known.sort_unstable();
            statistics::mode(&known).map(Fill::Text)
        }
    })
}

/// The column with its missing values filled; whole numbers stay whole where the fill is.
fn filled(name: &str, data: &ArrayRef, fill: &Fill) -> Result<ArrayRef> {
    let kind = data.data_type().clone();
    match fill {
        Fill::Number(value) => {
            if let (Some(whole), Some(values)) = (
                Value::Number(*value).as_integer(),
                data.as_primitive_opt::<Int64Type>(),
            ) {
                let values: Int64Array = values.iter().map(|v| Some(v.unwrap_or(whole))).collect();
                return Ok(Arc::new(values));
            }
            if let Some(values) = numbers(data) {
                return Ok(float_column(values.iter().map(|v| Some(v.unwrap_or(*value)))));
            }
        }
        Fill::Boolean(value) => {
            if let Some(values) = data.as_boolean_opt() {
                return Ok(crate::frame::boolean_column(
                    values.iter().map(|v| Some(v.unwrap_or(*value))),
                ));
            }
        }
        Fill::Text(value) => {
            if let Some(values) = data.as_string_opt::<i32>() {
                let values: StringArray = values.iter().map(|v| Some(v.unwrap_or(value))).collect();
                return Ok(Arc::new(values));
            }
        }
    }
    let message = format!("column {name:?} is {kind} now, which it was not in training");
    Err(Error::data("COLUMN_TYPE", message))
}

#[cfg(test)]
mod tests;
