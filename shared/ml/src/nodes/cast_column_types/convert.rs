//! The types a column can be cast to, and the cast of each value.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array},
    datatypes::{Float64Type, Int64Type},
};
use serde::Deserialize;

use crate::{
    frame::{text_column, texts},
    nodes::{
        dates::{self, Reader},
        replace_aliases_typos::truth,
    },
};

/// A type to cast to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Dtype {
    Float,
    Float32,
    Float64,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    String,
    Category,
    Bool,
    Date,
    Datetime,
}

/// A column that was cast.
pub(super) struct Cast {
    pub(super) data: ArrayRef,
    /// The first place with a value that could not be.
    pub(super) first_failure: Option<usize>,
    /// What to add to a message about it; see [`Reader::hint`].
    pub(super) hint: String,
}

/// A value of any kind of column.
#[derive(Clone, Copy)]
enum Cell<'a> {
    Float(f64),
    Integer(i64),
    Boolean(bool),
    Text(&'a str),
}

impl Dtype {
    pub(super) const WORDS: [(&'static str, Dtype); 13] = [
        ("float", Dtype::Float),
        ("float32", Dtype::Float32),
        ("float64", Dtype::Float64),
        ("int", Dtype::Int),
        ("int8", Dtype::Int8),
        ("int16", Dtype::Int16),
        ("int32", Dtype::Int32),
        ("int64", Dtype::Int64),
        ("string", Dtype::String),
        ("category", Dtype::Category),
        ("bool", Dtype::Bool),
        ("date", Dtype::Date),
        ("datetime", Dtype::Datetime),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, dtype)| *dtype == self)
            .map_or("", |(word, _)| word)
    }

    /// The column cast; what cannot be is missing.
    pub(super) fn cast(self, data: &ArrayRef, day_first: bool) -> Cast {
        let reader = Reader::new(day_first);
        let date = |cell: Cell<'_>| match cell {
            Cell::Text(text) => reader.read(text),
            Cell::Float(_) | Cell::Integer(_) | Cell::Boolean(_) => None,
        };
        let cast: ArrayRef = match self {
            Self::Float | Self::Float64 => floats(data, |value| value),
            Self::Float32 => floats(data, |value| f64::from(value as f32)),
            Self::Int | Self::Int64 => integers(data, i64::MIN, i64::MAX),
            Self::Int32 => integers(data, i32::MIN.into(), i32::MAX.into()),
            Self::Int16 => integers(data, i16::MIN.into(), i16::MAX.into()),
            Self::Int8 => integers(data, i8::MIN.into(), i8::MAX.into()),
            Self::String | Self::Category => text_column(texts(data).iter()),
            Self::Bool => Arc::new(each(data, truth_of).collect::<BooleanArray>()),
            Self::Date => text_column(each(data, |cell| date(cell).map(dates::iso_date))),
            Self::Datetime => text_column(each(data, |cell| date(cell).map(dates::iso_datetime))),
        };
        Cast {
            first_failure: (0..data.len()).find(|&at| cast.is_null(at) && !data.is_null(at)),
            data: cast,
            hint: reader.hint(),
        }
    }
}

fn each<'a, T>(
    data: &'a ArrayRef,
    cast: impl Fn(Cell<'a>) -> Option<T> + 'a,
) -> impl Iterator<Item = Option<T>> + 'a {
    (0..data.len()).map(move |at| cell(data, at).and_then(&cast))
}

fn cell(data: &ArrayRef, at: usize) -> Option<Cell<'_>> {
    if data.is_null(at) {
        return None;
    }
    Some(if let Some(values) = data.as_primitive_opt::<Float64Type>() {
        Cell::Float(values.value(at))
    } else if let Some(values) = data.as_primitive_opt::<Int64Type>() {
        Cell::Integer(values.value(at))
    } else if let Some(values) = data.as_boolean_opt() {
        Cell::Boolean(values.value(at))
    } else {
        // A frame holds nothing else.
        Cell::Text(data.as_string::<i32>().value(at).trim())
    })
}

fn floats(data: &ArrayRef, round: impl Fn(f64) -> f64) -> ArrayRef {
    let cast = |cell: Cell<'_>| {
        let value = match cell {
            Cell::Float(value) if value.is_infinite() => return Some(value),
            Cell::Float(value) => value,
            Cell::Integer(value) => value as f64,
            Cell::Boolean(value) => f64::from(value),
            Cell::Text(text) => number(text)?,
        };
        Some(round(value)).filter(|value| value.is_finite())
    };
    Arc::new(each(data, cast).collect::<Float64Array>())
}

fn integers(data: &ArrayRef, min: i64, max: i64) -> ArrayRef {
    let cast = |cell: Cell<'_>| {
        let value = match cell {
            Cell::Float(value) => whole(value)?,
            Cell::Integer(value) => value,
            Cell::Boolean(value) => i64::from(value),
            Cell::Text(text) => text.parse().ok().or_else(|| whole(number(text)?))?,
        };
        (min..=max).contains(&value).then_some(value)
    };
    Arc::new(each(data, cast).collect::<Int64Array>())
}

/// The number without its fraction, where a whole number of 64 bits can be it.
fn whole(value: f64) -> Option<i64> {
    // 2^63: exact as a double, and the first that is too large.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    (-BOUND..BOUND).contains(&value).then_some(value as i64)
}

/// The finite number that a text spells.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    // This refuses the spellings of infinity and NaN that the standard library accepts.
    digits
        .starts_with(|c: char| c.is_ascii_digit() || c == '.')
        .then_some(())?;
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn truth_of(cell: Cell<'_>) -> Option<bool> {
    match cell {
        Cell::Boolean(value) => Some(value),
        Cell::Integer(0) => Some(false),
        Cell::Integer(1) => Some(true),
        Cell::Integer(_) => None,
        Cell::Float(0.0) => Some(false),
        Cell::Float(value) => (value == 1.0).then_some(true),
        Cell::Text(text) => truth(text),
    }
}
