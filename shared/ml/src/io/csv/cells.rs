//! The cells of one column on their way into an array, their type found as they come.
//!
//! A column is boolean if every value is `true` or `false`, numeric if every value is a number, else text. Whole
//! numbers with leading zeros are text, being codes; so is a column of whole numbers of which one reaches
//! 2^53, since doubles would merge neighbours.

use crate::io::{
    nulls::Nulls,
    number::{self, Number},
    values::{Kind, Values},
};

/// Why a cell cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    BadUtf8,
    Unexpected(Expected),
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

/// What is known of a column before its cells are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    /// The type of the cells before, if any had a value.
    pub(super) kind: Kind,
    /// The type is given, so that another one is an error.
    pub(super) known: bool,
}

/// The cells of a column in one block.
pub(super) struct Cells {
    pub(super) values: Values,
    known: bool,
}

impl Cells {
    pub(super) fn new(start: Start, rows: usize) -> Self {
        Self {
            values: Values::new(start.kind, rows),
            known: start.known,
        }
    }

    /// Takes the number at the beginning of `bytes` if it is all of a cell, and gives its length.
    #[inline]
    pub(super) fn push_number(&mut self, bytes: &[u8], delimiter: u8) -> Option<usize> {
        let Values::Number(numbers) = &mut self.values else {
            return None;
        };
        let (number, end) = number::scan(bytes)?;
        let ended = bytes
            .get(end)
            .is_none_or(|&byte| byte == delimiter || byte == b'\n' || byte == b'\r');
        if !ended || (number.padded && !self.known) {
            return None;
        }
        numbers.push(number);
        Some(end)
    }

    /// Takes a cell. `utf8` tells that the block is known to be UTF-8.
    pub(super) fn push(&mut self, cell: &[u8], nulls: &Nulls, utf8: bool) -> Result<(), Problem> {
        let trimmed = cell.trim_ascii();
        if nulls.contain(trimmed) {
            self.values.push_missing();
            return Ok(());
        }
        if let Values::Missing(count) = self.values {
            self.values = Values::new(self.kind_of(trimmed), count + 64);
            (0..count).for_each(|_| self.values.push_missing());
        }
        match &mut self.values {
            Values::Boolean(values) => match boolean(trimmed) {
                Some(value) => values.push(value),
                None => return self.mismatch(cell, Expected::Boolean, utf8),
            },
            Values::Number(numbers) => match number(trimmed, self.known) {
                Some(number) => numbers.push(number),
                None => return self.mismatch(cell, Expected::Number, utf8),
            },
            Values::Text(texts) => {
                check(cell, utf8)?;
                texts.push(cell);
            }
            Values::Mixed => check(cell, utf8)?,
            Values::Missing(_) => {}
        }
        Ok(())
    }

    fn kind_of(&self, cell: &[u8]) -> Kind {
        if boolean(cell).is_some() {
            Kind::Boolean
        } else if number(cell, self.known).is_some() {
            Kind::Number
        } else {
            Kind::Text
        }
    }

    fn mismatch(&mut self, cell: &[u8], expected: Expected, utf8: bool) -> Result<(), Problem> {
        if self.known {
            return Err(Problem::Unexpected(expected));
        }
        self.values = Values::Mixed;
        check(cell, utf8)
    }
}

fn check(cell: &[u8], utf8: bool) -> Result<(), Problem> {
    if utf8 || str::from_utf8(cell).is_ok() {
        Ok(())
    } else {
        Err(Problem::BadUtf8)
    }
}

/// The number a cell spells. Leading zeros of a whole number are accepted where the column is known to be one of
/// numbers.
pub(super) fn number(cell: &[u8], known: bool) -> Option<Number> {
    number::parse(cell).filter(|number| known || !number.padded)
}

pub(super) fn boolean(cell: &[u8]) -> Option<bool> {
    if cell.eq_ignore_ascii_case(b"true") {
        Some(true)
    } else if cell.eq_ignore_ascii_case(b"false") {
        Some(false)
    } else {
        None
    }
}
