//! The cells of one CSV column on their way into an array, their type found as they come.
//!
//! A column is boolean if every value is `true` or `false`, numeric if every value is a number, else text. Whole
//! numbers with leading zeros are text, being codes; so is a column of whole numbers of which one reaches
//! 2^53, since doubles would merge neighbours.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanBuilder, Float64Array, Float64Builder, Int64Array, StringBuilder,
};

use crate::frame::ColumnKind;

/// From here on, neighbouring whole numbers share a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The cells that are read as missing.
pub(super) struct Nulls {
    tokens: Vec<Vec<u8>>,
}

impl Nulls {
    pub(super) fn new(tokens: &[String]) -> Self {
        Self {
            tokens: tokens
                .iter()
                .map(|token| token.trim().as_bytes().to_vec())
                .collect(),
        }
    }

    fn contain(&self, cell: &[u8]) -> bool {
        cell.is_empty() || self.tokens.iter().any(|token| token == cell)
    }
}

/// Why a cell cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    BadUtf8,
    Unexpected(Expected),
    TooLong,
}

/// What was expected of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Number,
    Boolean,
}

impl Expected {
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Boolean => "true or false",
        }
    }
}

/// The cells so far.
pub(super) struct Cells {
    values: Values,
    /// The type is given, so that another one is an error.
    known: bool,
}

enum Values {
    /// Only missing ones.
    Missing(usize),
    Boolean(BooleanBuilder),
    Number(Numbers),
    Text(StringBuilder),
    /// Text found where something else was; another pass collects it.
    TextAfterAll,
}

#[derive(Default)]
struct Numbers {
    values: Float64Builder,
    fraction: bool,
    inexact: bool,
    /// Whether whole numbers are to stay whole: always but for a column known to be of floats.
    float: bool,
}

impl Cells {
    pub(super) fn unknown() -> Self {
        Self {
            values: Values::Missing(0),
            known: false,
        }
    }

    pub(super) fn known(kind: ColumnKind) -> Self {
        let values = match kind {
            ColumnKind::Integer => Values::Number(Numbers::default()),
            ColumnKind::Float => Values::Number(Numbers {
                float: true,
                ..Numbers::default()
            }),
            ColumnKind::Boolean => Values::Boolean(BooleanBuilder::new()),
            ColumnKind::Text => Values::Text(StringBuilder::new()),
        };
        Self { values, known: true }
    }

    pub(super) fn push(&mut self, cell: &[u8], nulls: &Nulls) -> Result<(), Problem> {
        let trimmed = cell.trim_ascii();
        if nulls.contain(trimmed) {
            self.values.push_missing();
            return Ok(());
        }
        if let Values::Missing(count) = self.values {
            self.values = Values::starting_with(count, trimmed);
        }
        match &mut self.values {
            Values::Boolean(values) => match boolean(trimmed) {
                Some(value) => values.append_value(value),
                None => return self.mismatch(Expected::Boolean),
            },
            Values::Number(numbers) => match number(trimmed, self.known) {
                Some(number) => numbers.push(number),
                None => return self.mismatch(Expected::Number),
            },
            Values::Text(values) => {
                let text = str::from_utf8(cell).map_err(|_| Problem::BadUtf8)?;
                if values.values_slice().len() + text.len() > i32::MAX as usize {
                    return Err(Problem::TooLong);
                }
                values.append_value(text);
            }
            Values::Missing(_) | Values::TextAfterAll => {}
        }
        Ok(())
    }

    fn mismatch(&mut self, expected: Expected) -> Result<(), Problem> {
        if self.known {
            return Err(Problem::Unexpected(expected));
        }
        self.values = Values::TextAfterAll;
        Ok(())
    }

    /// Whether the column is text although it began otherwise.
    pub(super) fn must_be_reread(&self) -> bool {
        match &self.values {
            Values::TextAfterAll => true,
            Values::Number(numbers) => !self.known && numbers.inexact && !numbers.fraction,
            Values::Missing(_) | Values::Boolean(_) | Values::Text(_) => false,
        }
    }

    pub(super) fn finish(self) -> ArrayRef {
        match self.values {
            Values::Missing(count) => Arc::new(Float64Array::new_null(count)),
            Values::Boolean(mut values) => Arc::new(values.finish()),
            Values::Number(numbers) => numbers.finish(),
            Values::Text(mut values) => Arc::new(values.finish()),
            // `must_be_reread` said so, and the caller replaced it.
            Values::TextAfterAll => Arc::new(Float64Array::new_null(0)),
        }
    }
}

impl Values {
    fn starting_with(missing: usize, cell: &[u8]) -> Self {
        let mut values = if boolean(cell).is_some() {
            Self::Boolean(BooleanBuilder::new())
        } else if number(cell, false).is_some() {
            Self::Number(Numbers::default())
        } else {
            Self::Text(StringBuilder::new())
        };
        (0..missing).for_each(|_| values.push_missing());
        values
    }

    fn push_missing(&mut self) {
        match self {
            Self::Missing(count) => *count += 1,
            Self::Boolean(values) => values.append_null(),
            Self::Number(numbers) => numbers.values.append_null(),
            Self::Text(values) => values.append_null(),
            Self::TextAfterAll => {}
        }
    }
}

impl Numbers {
    fn push(&mut self, number: Number) {
        self.fraction |= !number.whole;
        self.inexact |= number.whole && number.value.abs() >= EXACT;
        self.values.append_value(number.value);
    }

    fn finish(mut self) -> ArrayRef {
        let values = self.values.finish();
        if self.float || self.fraction || values.null_count() == values.len() || self.inexact {
            return Arc::new(values);
        }
        // Exact: every value is whole and below 2^53.
        let whole: Int64Array = values.unary(|value| value as i64);
        Arc::new(whole)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Number {
    value: f64,
    whole: bool,
}

/// The number a cell spells. Leading zeros of a whole number are accepted where the column is known to be one of
/// numbers.
fn number(cell: &[u8], known: bool) -> Option<Number> {
    let digits = match cell {
        [b'+' | b'-', rest @ ..] => rest,
        all => all,
    };
    // This refuses the spellings of infinity and NaN that the standard library accepts.
    if !matches!(digits.first()?, b'0'..=b'9' | b'.') {
        return None;
    }
    let whole = digits.iter().all(u8::is_ascii_digit);
    if whole && digits.len() > 1 && digits[0] == b'0' && !known {
        return None;
    }
    let value: f64 = str::from_utf8(cell).ok()?.parse().ok()?;
    value.is_finite().then_some(Number { value, whole })
}

fn boolean(cell: &[u8]) -> Option<bool> {
    if cell.eq_ignore_ascii_case(b"true") {
        Some(true)
    } else if cell.eq_ignore_ascii_case(b"false") {
        Some(false)
    } else {
        None
    }
}
