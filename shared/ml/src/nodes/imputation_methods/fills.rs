//! What a column is filled with, where that does not depend on the row's other columns.

use domain::value::Value;

use super::{
    Fill,
    config::{Method, Strategy},
};
use crate::{
    error::Result,
    frame::{ColumnKind, Training, texts},
    nodes::{columns::known_numbers, statistics},
};

/// Whether a kind of column is fitting.
pub(super) type Fits = fn(ColumnKind) -> bool;

/// Which columns a strategy fits, and in words. A constant fits every column of its own type, and any other that is
/// named for it if it can be written as a value of that column.
pub(super) fn fitting(strategy: &Strategy) -> (Fits, &'static str) {
    let named = !strategy.columns.is_empty();
    match (strategy.method, &strategy.options.value) {
        (Method::Constant, Value::Number(_)) if named => {
            (|kind| kind != ColumnKind::Boolean, "numbers or text")
        }
        (Method::Constant, Value::String(text)) if named && number(text).is_some() => {
            (|kind| kind != ColumnKind::Boolean, "numbers or text")
        }
        (Method::Mean | Method::Median | Method::Knn | Method::Regression | Method::Mice, _)
        | (Method::Constant, Value::Number(_)) => (ColumnKind::is_number, "numbers"),
        (Method::Mode, _) => (|_| true, "anything"),
        (Method::Constant, Value::String(_)) => (|kind| kind == ColumnKind::Text, "text"),
        (Method::Constant, Value::Bool(_)) => (|kind| kind == ColumnKind::Boolean, "boolean"),
        (Method::Constant, Value::Null | Value::List(_) | Value::Object(_)) => (|_| false, "a constant"),
    }
}

/// What fills a column; none where no training row tells.
///
/// # Errors
/// `COLUMN_NOT_FOUND`.
pub(super) fn fill(strategy: &Strategy, training: &Training<'_>, name: &str) -> Result<Option<Fill>> {
    Ok(match strategy.method {
        // The columns predict each other from their means on, so that each needs one.
        Method::Mean | Method::Knn | Method::Regression | Method::Mice => {
            statistics::mean(&known_numbers(training, name)?).map(Fill::Number)
        }
        Method::Median => statistics::quantile(&sorted_numbers(training, name)?, 0.5).map(Fill::Number),
        Method::Mode => mode(training, name)?,
        Method::Constant => constant(&strategy.options.value, training.require(name)?.kind()),
    })
}

/// A constant as a value of a kind of column.
fn constant(value: &Value, kind: ColumnKind) -> Option<Fill> {
    match value {
        Value::Number(number) if kind == ColumnKind::Text => Some(Fill::Text(number.to_string())),
        Value::Number(number) => Some(Fill::Number(*number)),
        Value::Bool(value) => Some(Fill::Boolean(*value)),
        Value::String(text) if kind.is_number() => number(text).map(Fill::Number),
        Value::String(text) => Some(Fill::Text(text.clone())),
        Value::Null | Value::List(_) | Value::Object(_) => None,
    }
}

/// The number that a text is.
fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
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
