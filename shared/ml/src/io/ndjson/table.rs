//! The columns of an NDJSON file as they grow line by line. A column that some lines lack is filled up only when it
//! has a value again.

use std::collections::{BTreeSet, HashMap};

use arrow::array::ArrayRef;

use super::row::Scalar;
use crate::{
    Observer,
    error::Result,
    frame::{ColumnKind, Frame},
    io::{
        Columns, Located, locate,
        number::Number,
        values::{Kind, Values},
    },
};

/// The most keys there may be.
const MOST: usize = 16_384;

/// What is wrong with a line.
#[derive(Debug)]
pub(super) enum Mistake {
    BadUtf8,
    Syntax {
        column: usize,
        message: String,
    },
    Twice(String),
    Nested(String),
    Unexpected {
        name: String,
        shown: String,
        wanted: &'static str,
    },
    TooMany(usize),
    TooLong(String),
}

struct Column {
    name: String,
    values: Values,
    known: Option<ColumnKind>,
    /// Whole numbers are codes, to be kept as they are written.
    codes: bool,
    /// How many rows it has.
    filled: usize,
}

/// The columns so far.
pub(super) struct Table {
    columns: Vec<Column>,
    places: HashMap<String, usize>,
    rows: usize,
    /// Other keys are passed over.
    closed: bool,
    /// Those, as far as there are not too many.
    others: BTreeSet<String>,
}

impl Table {
    /// The columns there are to be, if they are known.
    pub(super) fn new(wanted: Columns<'_>) -> Self {
        let mut table = Self {
            columns: Vec::new(),
            places: HashMap::new(),
            rows: 0,
            closed: false,
            others: BTreeSet::new(),
        };
        if let Columns::Known(schema, _) = wanted {
            for column in schema {
                table.open(&column.name, Some(column.kind), false);
            }
            table.closed = true;
        }
        table
    }

    /// The same columns without rows, of which those of whole numbers too large for doubles hold text; none if there
    /// is no such column.
    pub(super) fn again(&self) -> Option<Self> {
        let codes = |column: &Column| column.known.is_none() && column.values.must_be_reread();
        if !self.columns.iter().any(codes) {
            return None;
        }
        let mut table = Self::new(Columns::Inferred);
        for column in &self.columns {
            table.open(&column.name, column.known, codes(column));
        }
        table.closed = self.closed;
        Some(table)
    }

    /// How much memory the columns take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let bytes = |column: &Column| column.values.bytes_of(self.rows, column.filled);
        self.columns.iter().map(bytes).sum()
    }

    fn open(&mut self, name: &str, known: Option<ColumnKind>, codes: bool) -> usize {
        let kind = if codes {
            Kind::Text
        } else {
            known.map_or(Kind::Missing, Kind::from)
        };
        self.places.insert(name.to_owned(), self.columns.len());
        self.columns.push(Column {
            name: name.to_owned(),
            values: Values::new(kind, 0),
            known,
            codes,
            filled: 0,
        });
        self.columns.len() - 1
    }

    /// Gives the row at work a value. The key is looked for at `guess` first, since most lines have the same keys in
    /// the same order.
    pub(super) fn push(&mut self, key: &str, guess: usize, value: Scalar<'_>) -> Result<(), Mistake> {
        let guessed = self.columns.get(guess).is_some_and(|column| column.name == key);
        let found = if guessed {
            Some(guess)
        } else {
            self.places.get(key).copied()
        };
        let place = match found {
            Some(place) => place,
            None if self.closed => {
                if !self.others.contains(key) && self.others.len() < MOST {
                    self.others.insert(key.to_owned());
                }
                return Ok(());
            }
            None if self.columns.len() == MOST => return Err(Mistake::TooMany(MOST)),
            None => self.open(key, None, false),
        };
        let column = &mut self.columns[place];
        if column.filled > self.rows {
            return Err(Mistake::Twice(key.to_owned()));
        }
        column.fill(self.rows);
        column.filled += 1;
        column.push(value)
    }

    pub(super) fn end_row(&mut self) {
        self.rows += 1;
    }

    /// Whether it has no row.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Remembers which columns and which other keys a table of further lines has.
    pub(super) fn note_columns_of(&mut self, next: &Self) {
        for (column, next) in self.columns.iter_mut().zip(&next.columns) {
            column.filled = column.filled.max(next.filled);
        }
        let room = MOST.saturating_sub(self.others.len());
        let new = next.others.difference(&self.others).take(room);
        let new: Vec<String> = new.cloned().collect();
        self.others.extend(new);
    }

    /// The columns that are wanted, by their places in the table. A column that no line has is as good as none.
    pub(super) fn locate(
        &self,
        file: &str,
        wanted: Columns<'_>,
        observer: &dyn Observer,
    ) -> Result<Vec<Located>> {
        let names = self
            .columns
            .iter()
            .filter(|column| !self.closed || column.filled > 0);
        let names = names.map(|column| &column.name).chain(&self.others);
        let names: Vec<String> = names.cloned().collect();
        locate(wanted, file, &names, observer)
    }

    /// The frame.
    pub(super) fn finish(
        mut self,
        file: &str,
        wanted: Columns<'_>,
        observer: &dyn Observer,
    ) -> Result<Frame> {
        let located = self.locate(file, wanted, observer)?;
        let columns = located.into_iter().map(|located| {
            let place = self.places[&located.name];
            (located.name, self.columns[place].finish(self.rows))
        });
        Frame::new(columns.collect())
    }

    /// The columns; one that may be absent is left out where no line has it.
    pub(super) fn into_columns(mut self, wanted: Columns<'_>) -> Vec<(String, ArrayRef)> {
        let optional = match wanted {
            Columns::Known(_, optional) => optional,
            Columns::Inferred => "",
        };
        let there = |column: &&mut Column| column.filled > 0 || column.name != optional;
        let columns = self.columns.iter_mut().filter(there);
        columns
            .map(|column| (column.name.clone(), column.finish(self.rows)))
            .collect()
    }
}

impl Column {
    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.fill(rows);
        let values = std::mem::replace(&mut self.values, Values::Missing(0));
        values.finish(self.known == Some(ColumnKind::Float))
    }

    fn fill(&mut self, rows: usize) {
        while self.filled < rows {
            self.values.push_missing();
            self.filled += 1;
        }
    }

    fn push(&mut self, value: Scalar<'_>) -> Result<(), Mistake> {
        let kind = match &value {
            Scalar::Null => {
                self.values.push_missing();
                return Ok(());
            }
            Scalar::Nested => return Err(Mistake::Nested(self.name.clone())),
            Scalar::Boolean(_) => Kind::Boolean,
            Scalar::Signed(_) | Scalar::Unsigned(_) | Scalar::Float(_) => Kind::Number,
            Scalar::Text(_) => Kind::Text,
        };
        if let Values::Missing(count) = self.values {
            self.values = Values::new(kind, count + 1);
            (0..count).for_each(|_| self.values.push_missing());
        }
        match (&mut self.values, value) {
            (Values::Boolean(booleans), Scalar::Boolean(value)) => booleans.push(value),
            (Values::Number(numbers), Scalar::Signed(value)) => numbers.push(whole(value as f64)),
            (Values::Number(numbers), Scalar::Unsigned(value)) => numbers.push(whole(value as f64)),
            (Values::Number(numbers), Scalar::Float(value)) => numbers.push(Number {
                whole: false,
                ..whole(value)
            }),
            (Values::Text(texts), Scalar::Signed(value)) if self.codes => {
                texts.push(value.to_string().as_bytes());
            }
            (Values::Text(texts), Scalar::Unsigned(value)) if self.codes => {
                texts.push(value.to_string().as_bytes());
            }
            (Values::Text(texts), Scalar::Text(text)) => {
                if !texts.have_room_for(text.len()) {
                    return Err(Mistake::TooLong(self.name.clone()));
                }
                texts.push(text.as_bytes());
            }
            (_, value) => return Err(self.unexpected(&value)),
        }
        Ok(())
    }

    fn unexpected(&self, value: &Scalar<'_>) -> Mistake {
        Mistake::Unexpected {
            name: self.name.clone(),
            shown: match value {
                Scalar::Text(text) => format!("{text:?}"),
                Scalar::Boolean(value) => value.to_string(),
                Scalar::Signed(value) => value.to_string(),
                Scalar::Unsigned(value) => value.to_string(),
                Scalar::Float(value) => value.to_string(),
                Scalar::Null | Scalar::Nested => "this".to_owned(),
            },
            wanted: match self.values.kind() {
                Kind::Boolean => "true or false",
                Kind::Number => "a number",
                Kind::Text | Kind::Missing | Kind::Mixed => "a text",
            },
        }
    }
}

/// A number written by digits alone.
fn whole(value: f64) -> Number {
    Number {
        value,
        whole: true,
        padded: false,
    }
}
