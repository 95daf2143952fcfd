//! Bytes of a file turned into a frame. A table to learn from says itself what its columns hold; a table to
//! predict must hold what the learned one held.

mod arrow_ipc;
mod batches;
mod budget;
mod csv;
mod input;
mod ndjson;
mod nulls;
mod number;
mod parquet;
mod parts;
mod schema;
mod values;
mod write;
#[cfg(feature = "all-formats")]
mod xlsx;

use std::{
    collections::HashSet,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
};

use domain::{
    hint::nearest,
    spec::{CsvOptions, DataFormat},
};

pub use parts::{Parts, read_parts};
pub use schema::{ColumnSchema, schema_of};
pub use write::{TableWriter, write_csv, write_ndjson, write_parquet};

use crate::{Error, Observer, error::Result, frame::Frame};

/// An open file and the name that messages give it.
#[derive(Debug)]
pub struct Source {
    /// The name, such as `people.csv`.
    pub name: String,
    /// The file, read from its beginning.
    pub file: File,
    /// How much memory learning from it may take, in bytes; no limit if none.
    pub memory_budget: Option<u64>,
}

impl Source {
    /// A file that may take as much memory as it needs.
    pub fn new(name: impl Into<String>, file: File) -> Self {
        Self {
            name: name.into(),
            file,
            memory_budget: None,
        }
    }
}

/// What the columns are to be.
#[derive(Debug, Clone, Copy)]
enum Columns<'a> {
    /// All there are, of the types their values have.
    Inferred,
    /// These, with these types and in this order; the one named last may be absent.
    Known(&'a [ColumnSchema], &'a str),
}

/// Reads a whole table; the types of its columns are inferred and told to the observer.
///
/// # Errors
/// What is wrong with the file, with line and column.
pub fn read(source: Source, format: DataFormat, csv: &CsvOptions, observer: &dyn Observer) -> Result<Frame> {
    let name = source.name.clone();
    let frame = open(&source, format, csv, Columns::Inferred, observer)?;
    observer.info(None, &format!("{name}: {}", schema::describe(&frame)));
    Ok(frame)
}

/// Reads the columns of `schema`, with its types and in its order; other columns are ignored. The column named
/// `optional`, a target that may be unknown, is left out where the file has none.
///
/// # Errors
/// `COLUMN_NOT_FOUND`, `UNEXPECTED_TYPE`, or what is wrong with the file, with line and column.
pub fn read_as(
    source: Source,
    format: DataFormat,
    csv: &CsvOptions,
    schema: &[ColumnSchema],
    optional: &str,
    observer: &dyn Observer,
) -> Result<Frame> {
    open(&source, format, csv, Columns::Known(schema, optional), observer)
}

fn open(
    source: &Source,
    format: DataFormat,
    csv: &CsvOptions,
    columns: Columns<'_>,
    observer: &dyn Observer,
) -> Result<Frame> {
    match format {
        DataFormat::Csv => csv::read(source, csv, columns, observer),
        DataFormat::Parquet => parquet::read(source, columns, observer),
        DataFormat::Ndjson => ndjson::read(source, columns, observer),
        DataFormat::Arrow => arrow_ipc::read(source, columns, observer),
        #[cfg(feature = "all-formats")]
        DataFormat::Xlsx => xlsx::read(source, csv, columns, observer),
        #[cfg(not(feature = "all-formats"))]
        DataFormat::Xlsx => {
            let message = format!("{}: this program was built without XLSX", source.name);
            Err(Error::unsupported("FORMAT_UNSUPPORTED", message))
        }
    }
}

/// Runs a decoder that panics on some damaged files where others are an error to it. Both are the file's fault, which
/// trying again would not mend, so a panic is turned into the same failure.
fn guarded<T>(source: &Source, code: &str, decode: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        let message = format!("{}: the file is damaged", source.name);
        Err(Error::data(code, message))
    })
}

/// Where each column that is wanted lies among the columns there are: its place and its type, if it must have
/// one. Columns that are not wanted are told of.
fn locate(
    columns: Columns<'_>,
    file: &str,
    names: &[String],
    observer: &dyn Observer,
) -> Result<Vec<Located>> {
    let (schema, optional) = match columns {
        Columns::Inferred => {
            let all = names.iter().enumerate();
            return Ok(all
                .map(|(place, name)| Located {
                    name: name.clone(),
                    place,
                    known: None,
                })
                .collect());
        }
        Columns::Known(schema, optional) => (schema, optional),
    };
    let mut located = Vec::with_capacity(schema.len());
    let mut absent = Vec::new();
    for column in schema {
        match names.iter().position(|name| *name == column.name) {
            Some(place) => located.push(Located {
                name: column.name.clone(),
                place,
                known: Some(column.kind),
            }),
            None if column.name == optional => {}
            None => absent.push(column.name.as_str()),
        }
    }
    let wanted: HashSet<usize> = located.iter().map(|column| column.place).collect();
    let others = names.iter().enumerate();
    let others = others.filter(|(place, _)| !wanted.contains(place));
    let others: Vec<&str> = others.map(|(_, name)| name.as_str()).collect();
    if !absent.is_empty() {
        return Err(not_found(file, &absent, names, &others));
    }
    tell_others(file, &others, observer);
    Ok(located)
}

/// The most absent columns for which a name like theirs is looked for.
const MOST_COMPARED: usize = 30;

/// Tells which columns a file lacks and which it has; one of those that are not wanted may be an absent one misspelt.
fn not_found(file: &str, absent: &[&str], names: &[String], others: &[&str]) -> Error {
    let absent_columns = absent.iter().enumerate().map(|(at, name)| {
        let others = others.iter().copied().filter(|_| at < MOST_COMPARED);
        match nearest(name, others) {
            Some(near) => format!("{name:?} (is it {near:?}?)"),
            None => format!("{name:?}"),
        }
    });
    let absent_columns: Vec<String> = absent_columns.collect();
    let noun = if absent.len() == 1 { "column" } else { "columns" };
    let message = format!(
        "{file} has no {noun} {}; its columns are {}",
        absent_columns.join(", "),
        schema::enumerate(names)
    );
    Error::data("COLUMN_NOT_FOUND", message)
}

/// Tells of the columns of a file that are not wanted.
fn tell_others(file: &str, names: &[&str], observer: &dyn Observer) {
    let columns = match names {
        [] => return,
        [_] => "a column that is",
        _ => "columns that are",
    };
    let names = schema::enumerate(names);
    observer.info(
        None,
        &format!("{file}: passed over {columns} not needed: {names}"),
    );
}

struct Located {
    name: String,
    place: usize,
    known: Option<crate::frame::ColumnKind>,
}

#[cfg(test)]
mod tests;
