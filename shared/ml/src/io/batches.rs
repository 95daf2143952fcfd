//! Record batches, as Parquet and Arrow files give them, turned into a frame. Their types are the file's own; those a
//! model can do nothing with are refused by name.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, RecordBatch, new_null_array},
    compute::{CastOptions, cast_with_options, concat},
    datatypes::{DataType, Fields},
    error::ArrowError,
};

use super::{Columns, Located, Source, budget::Budget, locate};
use crate::{
    Error, Observer,
    error::Result,
    frame::{ColumnKind, Frame},
    observer::Step,
};

/// A file of record batches.
pub(super) struct Batches<'a> {
    pub(super) source: &'a Source,
    /// The code of the error for a file that is not what it should be.
    pub(super) code: &'static str,
}

/// The columns that are wanted of a file.
pub(super) struct Wanted<'a> {
    pub(super) located: Vec<Located<'a>>,
    targets: Vec<DataType>,
}

impl Wanted<'_> {
    /// Their places in the file.
    pub(super) fn places(&self) -> Vec<usize> {
        self.located.iter().map(|column| column.place).collect()
    }
}

impl Batches<'_> {
    pub(super) fn broken(&self, error: impl std::fmt::Display) -> Error {
        Error::data(self.code, format!("{}: {error}", self.source.name))
    }

    /// What is wanted of these columns.
    pub(super) fn wanted<'n>(
        &self,
        columns: Columns<'n>,
        names: &'n [String],
        fields: &Fields,
    ) -> Result<Wanted<'n>> {
        let file = &self.source.name;
        let twice = |(at, name): (usize, &'n String)| names[..at].contains(name).then_some(name);
        if let Some(name) = names.iter().enumerate().find_map(twice) {
            let message = format!("{file}: two columns are named {name:?}");
            return Err(Error::data("DUPLICATE_COLUMN", message));
        }
        let located = locate(columns, file, names)?;
        let target = |column: &Located<'_>| target_type(file, column, fields[column.place].data_type());
        let targets = located.iter().map(target).collect::<Result<_>>()?;
        Ok(Wanted { located, targets })
    }

    /// Reads all batches. `step` tells after each how far the reading has come.
    pub(super) fn frame(
        &self,
        wanted: &Wanted<'_>,
        reader: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
        mut step: impl FnMut(&RecordBatch) -> Step,
        observer: &dyn Observer,
    ) -> Result<Frame> {
        let file = &self.source.name;
        let budget = Budget::new(self.source);
        let mut parts: Vec<Vec<ArrayRef>> = vec![Vec::new(); wanted.located.len()];
        let mut held = 0;
        for batch in reader {
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let batch = batch.map_err(|error| self.broken(error))?;
            for ((column, target), parts) in wanted.located.iter().zip(&wanted.targets).zip(&mut parts) {
                let named = || format!("{file}: column {:?}", column.name);
                let data = batch
                    .column_by_name(column.name)
                    .ok_or_else(|| self.broken(format!("column {:?} is not in every part", column.name)))?;
                let data = convert(data, target)
                    .map_err(|error| Error::data("UNEXPECTED_TYPE", format!("{}: {error}", named())))?;
                held += data.to_data().get_slice_memory_size().unwrap_or_default();
                parts.push(data);
            }
            let step = step(&batch);
            observer.step(step);
            let share = step.completed as f64 / step.total.max(1) as f64;
            budget.check(held, share.clamp(f64::EPSILON, 1.0))?;
        }
        let mut arrays = Vec::with_capacity(parts.len());
        for ((column, parts), target) in wanted.located.iter().zip(parts).zip(&wanted.targets) {
            let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
            let array = match parts.as_slice() {
                [] => new_null_array(target, 0),
                parts => concat(parts).map_err(|error| self.broken(error))?,
            };
            arrays.push((column.name.to_owned(), array));
        }
        Frame::new(arrays)
    }
}

fn convert(data: &ArrayRef, target: &DataType) -> Result<ArrayRef, arrow::error::ArrowError> {
    if data.data_type() == target {
        return Ok(Arc::clone(data));
    }
    cast_with_options(
        data,
        target,
        &CastOptions {
            safe: false,
            ..CastOptions::default()
        },
    )
}

/// The type a column gets in a frame.
fn target_type(file: &str, column: &Located<'_>, found: &DataType) -> Result<DataType> {
    let Some(target) = frame_type(found) else {
        let message = format!(
            "{file}: column {:?} has the type {found}; convert it to numbers, text or booleans, or leave it out",
            column.name
        );
        return Err(Error::unsupported("UNSUPPORTED_TYPE", message));
    };
    let fits = match column.known {
        None => true,
        Some(ColumnKind::Integer | ColumnKind::Float) => {
            matches!(target, DataType::Int64 | DataType::Float64)
        }
        Some(ColumnKind::Boolean) => target == DataType::Boolean,
        Some(ColumnKind::Text) => target == DataType::Utf8,
    };
    match column.known {
        Some(kind) if *found == DataType::Null => Ok(array_type(kind)),
        Some(kind) if !fits => {
            let message = format!(
                "{file}: column {:?} is {found}, not {}",
                column.name,
                kind.as_str()
            );
            Err(Error::data("UNEXPECTED_TYPE", message))
        }
        Some(_) | None => Ok(target),
    }
}

fn array_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Integer => DataType::Int64,
        ColumnKind::Float => DataType::Float64,
        ColumnKind::Boolean => DataType::Boolean,
        ColumnKind::Text => DataType::Utf8,
    }
}

fn frame_type(found: &DataType) -> Option<DataType> {
    match found {
        DataType::Dictionary(_, values) => frame_type(values),
        found if found.is_integer() => Some(DataType::Int64),
        found if found.is_floating() => Some(DataType::Float64),
        DataType::Null => Some(DataType::Float64),
        DataType::Boolean => Some(DataType::Boolean),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(DataType::Utf8),
        _ => None,
    }
}
