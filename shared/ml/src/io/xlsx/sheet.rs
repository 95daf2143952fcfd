//! A worksheet as its cells come, row by row.

use arrow::array::Array;
use calamine::DataRef;

use crate::{
    Error, Observer,
    error::Result,
    frame::{ColumnKind, Frame, texts},
    io::{
        Columns, locate,
        nulls::Nulls,
        number::Number,
        values::{Kind, Values},
    },
};

/// The cells so far.
pub(super) struct Sheet<'a> {
    file: &'a str,
    nulls: Nulls,
    /// The row of the names, the first with a value.
    header: Option<u32>,
    names: Vec<String>,
    columns: Vec<Column>,
    /// The row at work.
    row: u32,
    /// How many rows of values there are.
    rows: usize,
}

struct Column {
    values: Values,
    /// The first row with a number, a truth and a text, and what it says.
    firsts: [Option<(u32, String)>; 3],
    filled: usize,
}

/// What a cell holds.
#[derive(Clone)]
pub(super) enum Value {
    Missing,
    Number(f64),
    Boolean(bool),
    Text(String),
}

impl Value {
    pub(super) fn of(cell: &DataRef<'_>, nulls: &Nulls) -> Self {
        let text = |text: &str| {
            if nulls.contain(text.trim().as_bytes()) {
                Self::Missing
            } else {
                Self::Text(text.to_owned())
            }
        };
        match cell {
            DataRef::Int(value) => Self::Number(*value as f64),
            DataRef::Float(value) if value.is_finite() => Self::Number(*value),
            DataRef::String(value) | DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => text(value),
            DataRef::SharedString(value) => text(value),
            DataRef::Bool(value) => Self::Boolean(*value),
            DataRef::DateTime(value) if value.is_datetime() => {
                let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
                let date = format!("{year:04}-{month:02}-{day:02}");
                Self::Text(match (hour, minute, second) {
                    (0, 0, 0) => date,
                    _ => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
                })
            }
            // A duration, in days.
            DataRef::DateTime(value) => Self::Number(value.as_f64()),
            DataRef::Float(_) | DataRef::Error(_) | DataRef::Empty => Self::Missing,
        }
    }

    fn into_text(self) -> String {
        match self {
            Self::Missing => String::new(),
            Self::Number(value) => value.to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::Text(text) => text,
        }
    }
}

impl<'a> Sheet<'a> {
    pub(super) fn new(file: &'a str, null_values: &[String]) -> Self {
        Self {
            file,
            nulls: Nulls::new(null_values),
            header: None,
            names: Vec::new(),
            columns: Vec::new(),
            row: 0,
            rows: 0,
        }
    }

    /// Takes the next cell; both are counted from 0.
    pub(super) fn push(&mut self, row: u32, place: usize, cell: &DataRef<'_>) -> Result<()> {
        let value = Value::of(cell, &self.nulls);
        if matches!(value, Value::Missing) {
            return Ok(());
        }
        if *self.header.get_or_insert(row) == row {
            return self.name(row, place, &value.into_text());
        }
        if self.rows == 0 || row != self.row {
            self.row = row;
            self.rows += 1;
        }
        let (file, wanted) = (self.file, self.columns.len());
        let Some(column) = self.columns.get_mut(place) else {
            let message = format!(
                "{file} row {} column {}: the cell lies beyond the {wanted} columns that have names",
                row + 1,
                place + 1
            );
            return Err(Error::data("XLSX_RAGGED_ROW", message));
        };
        column.fill(self.rows - 1);
        column.filled += 1;
        if column.push(row, value) {
            return Ok(());
        }
        let message = format!("{file} column {:?} holds more than 2 GiB", self.names[place]);
        Err(Error::unsupported("TOO_LARGE", message))
    }

    fn name(&mut self, row: u32, place: usize, name: &str) -> Result<()> {
        let at = |place: usize| format!("{} row {} column {}", self.file, row + 1, place + 1);
        let name = name.trim();
        if place != self.names.len() {
            let message = format!("{}: the column has no name", at(self.names.len()));
            return Err(Error::data("XLSX_EMPTY_HEADER", message));
        }
        if let Some(before) = self.names.iter().position(|known| known == name) {
            let message = format!(
                "{}: {name:?} is the name of column {} already",
                at(place),
                before + 1
            );
            return Err(Error::data("XLSX_DUPLICATE_HEADER", message));
        }
        self.names.push(name.to_owned());
        self.columns.push(Column {
            values: Values::Missing(0),
            firsts: [None, None, None],
            filled: 0,
        });
        Ok(())
    }

    /// The frame.
    pub(super) fn finish(mut self, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
        let file = self.file;
        if self.header.is_none() {
            let message = format!("{file}: the first worksheet is empty");
            return Err(Error::data("XLSX_EMPTY", message));
        }
        let mut arrays = Vec::new();
        for located in locate(columns, file, &self.names, observer)? {
            let column = &mut self.columns[located.place];
            column.fill(self.rows);
            if let Some((row, shown, wanted)) = located.known.and_then(|kind| column.disagrees(kind)) {
                let shown: String = shown.chars().take(40).collect();
                let message = format!(
                    "{file} row {} column {} ({}): {shown:?} is not {wanted}",
                    row + 1,
                    located.place + 1,
                    located.name
                );
                return Err(Error::data("UNEXPECTED_TYPE", message));
            }
            if located.known == Some(ColumnKind::Text) || column.values.must_be_reread() {
                column.become_text();
            }
            let values = std::mem::replace(&mut column.values, Values::Missing(0));
            arrays.push((
                located.name,
                values.finish(located.known == Some(ColumnKind::Float)),
            ));
        }
        Frame::new(arrays)
    }
}

impl Column {
    fn fill(&mut self, rows: usize) {
        while self.filled < rows {
            self.values.push_missing();
            self.filled += 1;
        }
    }

    /// Takes a value; false if there is no room for it.
    fn push(&mut self, row: u32, value: Value) -> bool {
        let (at, kind) = match &value {
            Value::Missing => return true,
            Value::Number(_) => (0, Kind::Number),
            Value::Boolean(_) => (1, Kind::Boolean),
            Value::Text(_) => (2, Kind::Text),
        };
        if let Values::Missing(count) = self.values {
            self.values = Values::new(kind, count + 1);
            (0..count).for_each(|_| self.values.push_missing());
        } else if self.values.kind() != kind {
            self.become_text();
        }
        if self.firsts[at].is_none() {
            self.firsts[at] = Some((row, value.clone().into_text()));
        }
        match (&mut self.values, value) {
            (Values::Number(numbers), Value::Number(value)) => numbers.push(Number {
                value,
                whole: value.fract() == 0.0,
                padded: false,
            }),
            (Values::Boolean(booleans), Value::Boolean(value)) => booleans.push(value),
            (Values::Text(texts), value) => {
                let text = value.into_text();
                if !texts.have_room_for(text.len()) {
                    return false;
                }
                texts.push(text.as_bytes());
            }
            _ => {}
        }
        true
    }

    /// Writes out what is no text; a worksheet holds the values themselves, so nothing is lost.
    fn become_text(&mut self) {
        if self.values.kind() == Kind::Text {
            return;
        }
        let array = std::mem::replace(&mut self.values, Values::Missing(0)).finish(true);
        self.values = Values::new(Kind::Text, array.len());
        for text in texts(&array).iter() {
            match (text, &mut self.values) {
                (Some(text), Values::Text(texts)) => texts.push(text.as_bytes()),
                _ => self.values.push_missing(),
            }
        }
    }

    /// The first value that is not of this type, and what is wanted; anything can be text.
    fn disagrees(&self, kind: ColumnKind) -> Option<(u32, &str, &'static str)> {
        let (own, wanted) = match kind {
            ColumnKind::Text => return None,
            ColumnKind::Integer | ColumnKind::Float => (0, "a number"),
            ColumnKind::Boolean => (1, "true or false"),
        };
        let others = self.firsts.iter().enumerate().filter(|(at, _)| *at != own);
        let (row, shown) = others.filter_map(|(_, first)| first.as_ref()).min()?;
        Some((*row, shown, wanted))
    }
}
