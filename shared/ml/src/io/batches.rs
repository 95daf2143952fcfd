//! Record batches, as Parquet and Arrow files give them, turned into a frame. Their types are the file's own; those a
//! model can do nothing with are refused by name.

mod form;

use arrow::{
    array::{Array, ArrayRef, RecordBatch, new_null_array},
    compute::concat,
    datatypes::{DataType, Fields},
    error::ArrowError,
};

pub(super) use self::form::Form;
use super::{Columns, Located, Source, budget::Budget, guarded, locate, parts::Pieces, schema};
use crate::{Error, Observer, error::Result, frame::Frame, observer::Step};

/// A file of record batches.
#[derive(Clone, Copy)]
pub(super) struct Batches<'a> {
    pub(super) source: &'a Source,
    /// The code of the error for a file that is not what it should be.
    pub(super) code: &'static str,
}

/// The columns that are wanted of a file.
pub(super) struct Wanted(pub(super) Vec<WantedColumn>);

/// A column that is wanted, as the file has it and as it is to be.
pub(super) struct WantedColumn {
    located: Located,
    /// The file's type.
    pub(super) found: DataType,
    pub(super) form: Form,
}

impl WantedColumn {
    /// Its place in the file.
    pub(super) fn place(&self) -> usize {
        self.located.place
    }
}

impl<'a> Batches<'a> {
    pub(super) fn broken(&self, error: impl std::fmt::Display) -> Error {
        Error::data(self.code, format!("{}: {error}", self.source.name))
    }

    pub(super) fn unread(&self, error: &std::io::Error) -> Error {
        Error::storage("READ_FAILED", format!("{}: {error}", self.source.name))
    }

    /// What is wanted of these columns.
    pub(super) fn wanted(
        &self,
        columns: Columns<'_>,
        fields: &Fields,
        observer: &dyn Observer,
    ) -> Result<Wanted> {
        let file = &self.source.name;
        let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        let twice = |(at, name)| names[..at].contains(name).then_some(name);
        if let Some(name) = names.iter().enumerate().find_map(twice) {
            let message = format!("{file}: two columns are named {name:?}");
            return Err(Error::data("DUPLICATE_COLUMN", message));
        }
        let wanted = locate(columns, file, &names, observer)?
            .into_iter()
            .map(|located| {
                let found = fields[located.place].data_type().clone();
                let form = form(file, &located, &found)?;
                Ok(WantedColumn { located, found, form })
            });
        Ok(Wanted(wanted.collect::<Result<_>>()?))
    }

    /// Reads all batches. `step` tells after each how far the reading has come.
    pub(super) fn frame(
        &self,
        wanted: &Wanted,
        reader: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
        mut step: impl FnMut(&RecordBatch) -> Step,
        observer: &dyn Observer,
    ) -> Result<Frame> {
        let budget = Budget::new(self.source);
        let mut parts: Vec<Vec<ArrayRef>> = vec![Vec::new(); wanted.0.len()];
        let mut held = 0;
        for batch in reader {
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let batch = batch.map_err(|error| self.broken(error))?;
            for (column, parts) in wanted.0.iter().zip(&mut parts) {
                let data = self.converted(column, &batch)?;
                held += data.to_data().get_slice_memory_size().unwrap_or_default();
                parts.push(data);
            }
            let step = step(&batch);
            observer.step(step);
            let share = step.completed as f64 / step.total.max(1) as f64;
            budget.check(held, share.clamp(f64::EPSILON, 1.0))?;
        }
        let mut arrays = Vec::with_capacity(parts.len());
        for (WantedColumn { located, form, .. }, parts) in wanted.0.iter().zip(parts) {
            let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
            let array = match parts.as_slice() {
                [] => new_null_array(&form.array_type(), 0),
                parts => concat(parts).map_err(|error| self.broken(error))?,
            };
            let array = form
                .finish(array)
                .map_err(|error| self.unexpected(&located.name, &error))?;
            arrays.push((located.name.clone(), array));
        }
        self.tell(wanted, observer);
        Frame::new(arrays)
    }

    /// The batches one by one, of columns whose types are known.
    pub(super) fn pieces(
        self,
        wanted: Wanted,
        mut reader: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'a,
        observer: &'a dyn Observer,
    ) -> Pieces<'a> {
        let mut next = move || {
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let Some(batch) = reader.next() else {
                return Ok(None);
            };
            let batch = batch.map_err(|error| self.broken(error))?;
            let column =
                |column: &WantedColumn| Ok((column.located.name.clone(), self.converted(column, &batch)?));
            wanted.0.iter().map(column).collect::<Result<_>>().map(Some)
        };
        Box::new(move || guarded(self.source, self.code, &mut next))
    }

    fn converted(&self, column: &WantedColumn, batch: &RecordBatch) -> Result<ArrayRef> {
        let name = &column.located.name;
        let data = batch
            .column_by_name(name)
            .ok_or_else(|| self.broken(format!("column {name:?} is not in every part")))?;
        let converted = column.form.convert(data);
        converted.map_err(|error| self.unexpected(name, &error))
    }

    fn unexpected(&self, column: &str, error: &ArrowError) -> Error {
        let message = format!("{}: column {column:?}: {error}", self.source.name);
        Error::data("UNEXPECTED_TYPE", message)
    }

    /// Tells which columns of a table to learn from are not read as they were written.
    fn tell(&self, wanted: &Wanted, observer: &dyn Observer) {
        let changed = wanted.0.iter().filter_map(|column| {
            let note = column.form.note().filter(|_| column.located.known.is_none())?;
            Some(format!("{} ({}) {note}", column.located.name, column.found))
        });
        let changed: Vec<String> = changed.collect();
        if !changed.is_empty() {
            let shown = schema::enumerate(&changed);
            observer.info(None, &format!("{}: read {shown}", self.source.name));
        }
    }
}

/// What is to become of a column of this type.
fn form(file: &str, column: &Located, found: &DataType) -> Result<Form> {
    let Some(form) = Form::of(found) else {
        let message = format!(
            "{file}: column {:?} has the type {found}; convert it to numbers, text, dates or booleans, or leave it out",
            column.name
        );
        return Err(Error::unsupported("UNSUPPORTED_TYPE", message));
    };
    match column.known {
        None => Ok(form),
        Some(kind) if *found == DataType::Null => Ok(Form::empty(kind)),
        Some(kind) => form.wanted(kind).ok_or_else(|| {
            let message = format!(
                "{file}: column {:?} is {found}, not {}",
                column.name,
                kind.as_str()
            );
            Error::data("UNEXPECTED_TYPE", message)
        }),
    }
}
