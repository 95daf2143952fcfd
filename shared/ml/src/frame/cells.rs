//! Values of columns, read and written one kind at a time. Nodes see numbers and texts here, whatever array lies
//! beneath, so that whole numbers and fractions are treated alike.

use std::{borrow::Cow, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray},
    datatypes::{DataType, Float64Type, Int64Type},
};

use crate::{Error, error::Result};

/// Lets an array into a frame: NaN and empty text become missing.
pub(super) fn admit(name: &str, data: ArrayRef) -> Result<ArrayRef> {
    match data.data_type() {
        DataType::Float64 => {
            let values = data.as_primitive::<Float64Type>();
            // Not value by value, so that it is done many at once.
            let nan = |values: &[f64]| values.iter().fold(false, |any, value| any | value.is_nan());
            if values.values().chunks(1024).any(nan) {
                let clean: Float64Array = values.iter().map(|v| v.filter(|v| !v.is_nan())).collect();
                return Ok(Arc::new(clean));
            }
            Ok(data)
        }
        DataType::Utf8 => {
            let values = data.as_string::<i32>();
            // Most columns have no empty text, not even where one is missing.
            let empty = values.offsets().lengths().any(|length| length == 0);
            if empty && values.iter().any(|value| value == Some("")) {
                let clean: StringArray = values.iter().map(|v| v.filter(|v| !v.is_empty())).collect();
                return Ok(Arc::new(clean));
            }
            Ok(data)
        }
        DataType::Int64 | DataType::Boolean => Ok(data),
        other => {
            let message = format!("column {name:?} has the type {other}, which is not supported");
            Err(Error::unsupported("UNSUPPORTED_TYPE", message))
        }
    }
}

/// The values of a column as text; whole numbers are written without a fraction, so that 1 and 1.0 are the same.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a>(&'a ArrayRef);

/// The values of a column as text.
pub fn texts(data: &ArrayRef) -> Texts<'_> {
    Texts(data)
}

impl<'a> Texts<'a> {
    /// The text at a place, unless missing.
    pub fn get(self, at: usize) -> Option<Cow<'a, str>> {
        if self.0.is_null(at) {
            return None;
        }
        Some(match self.0.data_type() {
            DataType::Float64 => Cow::Owned(self.0.as_primitive::<Float64Type>().value(at).to_string()),
            DataType::Int64 => Cow::Owned(self.0.as_primitive::<Int64Type>().value(at).to_string()),
            DataType::Boolean => Cow::Borrowed(if self.0.as_boolean().value(at) {
                "true"
            } else {
                "false"
            }),
            _ => Cow::Borrowed(self.0.as_string::<i32>().value(at)),
        })
    }

    /// The texts in order.
    pub fn iter(self) -> impl Iterator<Item = Option<Cow<'a, str>>> {
        (0..self.0.len()).map(move |at| self.get(at))
    }
}

/// A column of numbers.
pub fn float_column(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Float64Array>())
}

/// A column of whole numbers.
pub fn integer_column(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Int64Array>())
}

/// A column of truths.
pub fn boolean_column(values: impl IntoIterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<BooleanArray>())
}

/// A column of texts.
pub fn text_column<T: AsRef<str>>(values: impl IntoIterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}
