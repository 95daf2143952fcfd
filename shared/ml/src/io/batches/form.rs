//! What a frame holds of a column, by the type the file gives it. Numbers stay numbers; dates and times are texts as
//! ISO 8601 writes them, which the nodes about dates read and a worksheet's dates are read as too.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, Float64Array, StringArray, StringBuilder},
    compute::{CastOptions, cast_with_options, kernels::aggregate::max},
    datatypes::{
        DataType, Date32Type, Date64Type, Int64Type, Time32MillisecondType, Time32SecondType,
        Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
        TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt64Type,
    },
    error::ArrowError,
    temporal_conversions::{as_datetime, as_time},
};
use chrono::{NaiveDateTime, NaiveTime};

use crate::frame::ColumnKind;

/// What becomes of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::io) enum Form {
    Integer,
    /// Whole numbers of up to 64 bits without a sign: integers, or text if one of them is too large for that.
    Unsigned,
    Float,
    /// Decimal numbers, as the doubles nearest to them.
    Decimal,
    /// Spans of time, as days.
    Days,
    Boolean,
    Text,
    /// Dates and times, as text.
    Moment,
}

/// How a date or time is written, told by its type; none if the number is no such moment.
type Spell = fn(i64) -> Option<String>;

impl Form {
    /// What becomes of a column of this type; none if a frame has no place for it.
    pub(in crate::io) fn of(found: &DataType) -> Option<Self> {
        Some(match found {
            DataType::Dictionary(_, values) => Self::of(values)?,
            DataType::UInt64 => Self::Unsigned,
            found if found.is_integer() => Self::Integer,
            found if found.is_floating() => Self::Float,
            found if found.is_decimal() => Self::Decimal,
            found if spell(found).is_some() => Self::Moment,
            DataType::Duration(_) => Self::Days,
            DataType::Null => Self::Float,
            DataType::Boolean => Self::Boolean,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            _ => return None,
        })
    }

    /// What becomes of it where a column of this kind is wanted; none if it is not that.
    pub(in crate::io) fn wanted(self, kind: ColumnKind) -> Option<Self> {
        match (kind, self) {
            (ColumnKind::Text, Self::Unsigned | Self::Text) => Some(Self::Text),
            (ColumnKind::Text, Self::Moment) | (ColumnKind::Boolean, Self::Boolean) => Some(self),
            (ColumnKind::Integer, Self::Unsigned) => Some(Self::Integer),
            (ColumnKind::Float, Self::Unsigned) => Some(Self::Float),
            (
                ColumnKind::Integer | ColumnKind::Float,
                Self::Integer | Self::Float | Self::Decimal | Self::Days,
            ) => Some(self),
            _ => None,
        }
    }

    /// What a column without any value becomes where one of this kind is wanted.
    pub(in crate::io) fn empty(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Integer => Self::Integer,
            ColumnKind::Float => Self::Float,
            ColumnKind::Boolean => Self::Boolean,
            ColumnKind::Text => Self::Text,
        }
    }

    /// What is told of a column that is not read as what it was written as.
    pub(super) fn note(self) -> Option<&'static str> {
        match self {
            Self::Decimal => Some("as float"),
            Self::Days => Some("as float, in days"),
            Self::Moment => Some("as text"),
            Self::Integer | Self::Unsigned | Self::Float | Self::Boolean | Self::Text => None,
        }
    }

    /// The type of its arrays as parts of a file are read.
    pub(in crate::io) fn array_type(self) -> DataType {
        match self {
            Self::Integer => DataType::Int64,
            Self::Unsigned => DataType::UInt64,
            Self::Float | Self::Decimal | Self::Days => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Text | Self::Moment => DataType::Utf8,
        }
    }

    /// How many bytes a frame takes of so many rows of a column of type `found` that are made of so many bytes of
    /// text.
    pub(in crate::io) fn bytes(self, found: &DataType, rows: u64, text: u64) -> u64 {
        let valid = rows.div_ceil(8);
        let values = match self {
            Self::Integer | Self::Unsigned | Self::Float | Self::Decimal | Self::Days => {
                rows.saturating_mul(8)
            }
            Self::Boolean => valid,
            Self::Text => rows.saturating_mul(4).saturating_add(text),
            Self::Moment => {
                let shown = spell(found).and_then(|spell| spell(1));
                rows.saturating_mul(4 + shown.map_or(0, |shown| shown.len() as u64))
            }
        };
        values.saturating_add(valid)
    }

    /// A part of the column in this form.
    ///
    /// # Errors
    /// For a value that has no place in it.
    pub(super) fn convert(self, data: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        match (self, data.data_type()) {
            (Self::Moment | Self::Days, DataType::Dictionary(_, values)) => {
                self.convert(&cast(data, values)?)
            }
            (Self::Moment, found) => match spell(found) {
                Some(spell) => Ok(Arc::new(spelled(&cast(data, &DataType::Int64)?, found, spell)?)),
                None => cast(data, &DataType::Utf8),
            },
            (Self::Days, DataType::Duration(unit)) => {
                let per_day = 86_400.0 * per_second(*unit);
                let days: Float64Array = cast(data, &DataType::Int64)?
                    .as_primitive::<Int64Type>()
                    .unary(|count| count as f64 / per_day);
                Ok(Arc::new(days))
            }
            _ => cast(data, &self.array_type()),
        }
    }

    /// The whole column, once its parts are one.
    ///
    /// # Errors
    /// For a value that has no place in it.
    pub(super) fn finish(self, data: ArrayRef) -> Result<ArrayRef, ArrowError> {
        if self != Self::Unsigned {
            return Ok(data);
        }
        let largest = max(data.as_primitive::<UInt64Type>()).unwrap_or_default();
        let fits = i64::try_from(largest).is_ok();
        cast(&data, if fits { &DataType::Int64 } else { &DataType::Utf8 })
    }
}

fn cast(data: &ArrayRef, target: &DataType) -> Result<ArrayRef, ArrowError> {
    if data.data_type() == target {
        return Ok(Arc::clone(data));
    }
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(data, target, &options)
}

fn per_second(unit: TimeUnit) -> f64 {
    match unit {
        TimeUnit::Second => 1.0,
        TimeUnit::Millisecond => 1e3,
        TimeUnit::Microsecond => 1e6,
        TimeUnit::Nanosecond => 1e9,
    }
}

fn spelled(numbers: &ArrayRef, found: &DataType, spell: Spell) -> Result<StringArray, ArrowError> {
    let numbers = numbers.as_primitive::<Int64Type>();
    let mut texts = StringBuilder::with_capacity(numbers.len(), numbers.len() * 10);
    for number in numbers {
        texts.append_option(match number {
            None => None,
            Some(number) => Some(spell(number).ok_or_else(|| {
                ArrowError::CastError(format!("{number} is no moment that {found} can tell"))
            })?),
        });
    }
    Ok(texts.finish())
}

/// How dates and times of this type are written; none if it is another type.
fn spell(found: &DataType) -> Option<Spell> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    let spell: Spell = match found {
        DataType::Date32 => |day| as_datetime::<Date32Type>(day).map(local),
        DataType::Date64 => |ms| as_datetime::<Date64Type>(ms).map(local),
        DataType::Timestamp(Second, None) => |s| as_datetime::<TimestampSecondType>(s).map(local),
        DataType::Timestamp(Millisecond, None) => |ms| as_datetime::<TimestampMillisecondType>(ms).map(local),
        DataType::Timestamp(Microsecond, None) => |us| as_datetime::<TimestampMicrosecondType>(us).map(local),
        DataType::Timestamp(Nanosecond, None) => |ns| as_datetime::<TimestampNanosecondType>(ns).map(local),
        DataType::Timestamp(Second, Some(_)) => |s| as_datetime::<TimestampSecondType>(s).map(utc),
        DataType::Timestamp(Millisecond, Some(_)) => {
            |ms| as_datetime::<TimestampMillisecondType>(ms).map(utc)
        }
        DataType::Timestamp(Microsecond, Some(_)) => {
            |us| as_datetime::<TimestampMicrosecondType>(us).map(utc)
        }
        DataType::Timestamp(Nanosecond, Some(_)) => |ns| as_datetime::<TimestampNanosecondType>(ns).map(utc),
        DataType::Time32(Second) => |s| as_time::<Time32SecondType>(s).map(clock),
        DataType::Time32(Millisecond) => |ms| as_time::<Time32MillisecondType>(ms).map(clock),
        DataType::Time64(Microsecond) => |us| as_time::<Time64MicrosecondType>(us).map(clock),
        DataType::Time64(Nanosecond) => |ns| as_time::<Time64NanosecondType>(ns).map(clock),
        _ => return None,
    };
    Some(spell)
}

/// `2020-01-31`, or `2020-01-31T14:05:09.5` where it is not midnight.
fn local(at: NaiveDateTime) -> String {
    if at.time() == NaiveTime::MIN {
        at.format("%Y-%m-%d").to_string()
    } else {
        at.format("%Y-%m-%dT%H:%M:%S%.f").to_string()
    }
}

/// `2020-01-31T14:05:09Z`: what is kept of a moment in a zone is the moment.
fn utc(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
}

/// `14:05:09`.
fn clock(at: NaiveTime) -> String {
    at.format("%H:%M:%S%.f").to_string()
}
