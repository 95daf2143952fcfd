//! How much memory a worksheet's columns will take, found out by going through its cells without keeping them: the
//! range that a sheet declares says nothing of how many there are.

use calamine::DataRef;

use super::sheet::Value;
use crate::io::nulls::Nulls;

/// The cells so far, counted.
pub(super) struct Weight {
    nulls: Nulls,
    /// The row of the names, the first with a value.
    header: Option<u32>,
    columns: Vec<Column>,
    /// The row at work.
    row: u32,
    /// How many rows of values there are.
    rows: u64,
}

#[derive(Default)]
struct Column {
    numbers: u64,
    truths: u64,
    texts: u64,
    /// Of the texts.
    bytes: u64,
}

impl Weight {
    pub(super) fn new(null_values: &[String]) -> Self {
        Self {
            nulls: Nulls::new(null_values),
            header: None,
            columns: Vec::new(),
            row: 0,
            rows: 0,
        }
    }

    /// Counts the next cell.
    pub(super) fn push(&mut self, row: u32, place: usize, cell: &DataRef<'_>) {
        let value = Value::of(cell, &self.nulls);
        if matches!(value, Value::Missing) {
            return;
        }
        if *self.header.get_or_insert(row) == row {
            self.columns.push(Column::default());
            return;
        }
        if self.rows == 0 || row != self.row {
            self.row = row;
            self.rows += 1;
        }
        let Some(column) = self.columns.get_mut(place) else {
            return;
        };
        match value {
            Value::Missing => {}
            Value::Number(_) => column.numbers += 1,
            Value::Boolean(_) => column.truths += 1,
            Value::Text(text) => {
                column.texts += 1;
                column.bytes += text.len() as u64;
            }
        }
    }

    /// How many bytes the columns take.
    pub(super) fn bytes(&self) -> u64 {
        /// What a number that is written out takes, or nearly.
        const WRITTEN: u64 = 8;
        let bytes = |column: &Column| {
            let mixed = column.numbers > 0 && column.truths > 0;
            if column.texts > 0 || mixed {
                self.rows * 4 + column.bytes + (column.numbers + column.truths) * WRITTEN
            } else if column.truths > 0 {
                self.rows.div_ceil(8)
            } else {
                self.rows * 8
            }
        };
        self.columns.iter().map(bytes).sum()
    }
}
