//! Features as numbers: one column-major matrix, each column gathered once. NaN stands for a missing value.

use arrow::array::Array;
use ndarray::{Array2, ArrayView2, ShapeBuilder};

use crate::{
    Error,
    error::Result,
    frame::{ColumnKind, Frame, numbers},
};

/// The most column names an error lists.
const TOLD: usize = 10;

/// The features of a frame: every column but the target.
///
/// # Errors
/// `NO_FEATURES`; `NON_NUMERIC_FEATURES` where text is left.
pub(super) fn features(frame: &Frame, target: &str) -> Result<Vec<String>> {
    let features: Vec<_> = frame
        .columns()
        .iter()
        .filter(|column| &*column.name != target)
        .collect();
    if features.is_empty() {
        return Err(Error::spec("NO_FEATURES", "no column is left to predict from"));
    }
    let text = features.iter().filter(|column| column.kind() == ColumnKind::Text);
    let text: Vec<&str> = text.map(|column| &*column.name).collect();
    if !text.is_empty() {
        let message = format!(
            "text is left in {}; encode it (one_hot_encoding, label_encoding), drop it (drop_columns), or set auto_encode",
            listed(&text)
        );
        return Err(Error::spec("NON_NUMERIC_FEATURES", message));
    }
    Ok(features.iter().map(|column| column.name.to_string()).collect())
}

/// The features of the rows at these places, rows × features.
///
/// # Errors
/// `COLUMN_NOT_FOUND`, and `NON_NUMERIC_FEATURES` for a column that was numeric in training.
pub(super) fn gather(frame: &Frame, features: &[String], places: &[u32]) -> Result<Array2<f64>> {
    let mut cells = Vec::with_capacity(features.len() * places.len());
    for name in features {
        let values = numbers(&frame.require(name)?.data)
            .ok_or_else(|| Error::spec("NON_NUMERIC_FEATURES", format!("column {name:?} is text")))?;
        let raw = values.values();
        match values.nulls() {
            None => cells.extend(places.iter().map(|&at| raw[at as usize])),
            Some(nulls) => {
                let value = |&at: &u32| {
                    if nulls.is_valid(at as usize) {
                        raw[at as usize]
                    } else {
                        f64::NAN
                    }
                };
                cells.extend(places.iter().map(value));
            }
        }
    }
    Array2::from_shape_vec((places.len(), features.len()).f(), cells)
        .map_err(|error| Error::unsupported("MATRIX_SHAPE", error.to_string()))
}

/// Refuses infinities.
///
/// # Errors
/// `INFINITE_VALUES`, naming the columns.
pub(super) fn refuse_infinite(x: ArrayView2<'_, f64>, features: &[String]) -> Result<()> {
    let infinite = columns_with(x, features, f64::is_infinite);
    if infinite.is_empty() {
        return Ok(());
    }
    let message = format!("infinite values are in {}", listed(&infinite));
    Err(Error::data("INFINITE_VALUES", message))
}

/// The features that hold such a value.
pub(super) fn columns_with<'a>(
    x: ArrayView2<'_, f64>,
    features: &'a [String],
    such: fn(f64) -> bool,
) -> Vec<&'a str> {
    let columns = x.columns().into_iter().zip(features);
    columns
        .filter(|(column, _)| column.iter().any(|value| such(*value)))
        .map(|(_, name)| name.as_str())
        .collect()
}

/// Names as an error tells them, of many the first.
pub(super) fn listed(names: &[&str]) -> String {
    let told = names
        .iter()
        .take(TOLD)
        .map(|name| format!("{name:?}"))
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().checked_sub(TOLD) {
        Some(more) if more > 0 => format!("{told} and {more} more"),
        Some(_) | None => told,
    }
}
