//! Parquet read into a frame. Its types are the file's own; those a model can do nothing with are refused by
//! name.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, new_null_array},
    compute::{CastOptions, cast_with_options, concat},
    datatypes::DataType,
};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
};

use super::{Columns, Located, Source, locate};
use crate::{
    Error, Observer,
    error::Result,
    frame::{ColumnKind, Frame},
    observer::Step,
};

const BATCH_ROWS: usize = 64 * 1024;

/// Reads a Parquet file.
///
/// The parquet crate panics on some damaged files where others are an error to it. Both are the file's fault, which
/// trying again would not mend, so a panic is turned into the same failure.
pub(super) fn read(source: Source, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let file = source.name.clone();
    catch_unwind(AssertUnwindSafe(|| decode(source, columns, observer))).unwrap_or_else(|_| {
        let message = format!("{file}: the file is damaged");
        Err(Error::data("PARQUET_INVALID", message))
    })
}

fn decode(source: Source, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let Source {
        name: file,
        file: handle,
    } = source;
    let broken = |error: String| Error::data("PARQUET_INVALID", format!("{file}: {error}"));
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(handle).map_err(|error| broken(error.to_string()))?;
    let fields = builder.schema().fields().clone();
    let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
    if let Some(name) = names
        .iter()
        .enumerate()
        .find_map(|(at, name)| names[..at].contains(name).then_some(name))
    {
        return Err(Error::data(
            "DUPLICATE_COLUMN",
            format!("{file}: two columns are named {name:?}"),
        ));
    }
    let located = locate(columns, &file, &names)?;
    let mut targets = Vec::with_capacity(located.len());
    for column in &located {
        targets.push(target_type(&file, column, fields[column.place].data_type())?);
    }
    let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
    let mask = ProjectionMask::roots(
        builder.parquet_schema(),
        located.iter().map(|column| column.place),
    );
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
    let reader = reader.map_err(|error| broken(error.to_string()))?;

    let parts = batches(reader, &file, &located, &targets, total, observer)?;
    let mut arrays = Vec::with_capacity(located.len());
    for ((column, parts), target) in located.iter().zip(parts).zip(targets) {
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        let array = match parts.as_slice() {
            [] => new_null_array(&target, 0),
            parts => concat(parts).map_err(|error| broken(error.to_string()))?,
        };
        arrays.push((column.name.to_owned(), array));
    }
    Frame::new(arrays)
}

/// Every located column's batches, cast.
fn batches(
    reader: ParquetRecordBatchReader,
    file: &str,
    located: &[Located<'_>],
    targets: &[DataType],
    total: u64,
    observer: &dyn Observer,
) -> Result<Vec<Vec<ArrayRef>>> {
    let mut parts: Vec<Vec<ArrayRef>> = vec![Vec::new(); located.len()];
    let mut rows = 0;
    for batch in reader {
        if observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let batch = batch.map_err(|error| Error::data("PARQUET_INVALID", format!("{file}: {error}")))?;
        for ((column, target), parts) in located.iter().zip(targets).zip(&mut parts) {
            let data = batch.column_by_name(column.name).ok_or_else(|| {
                Error::data(
                    "PARQUET_INVALID",
                    format!("{file}: column {:?} is not in every part", column.name),
                )
            })?;
            parts.push(convert(data, target).map_err(|error| {
                Error::data(
                    "UNEXPECTED_TYPE",
                    format!("{file}: column {:?}: {error}", column.name),
                )
            })?);
        }
        rows += batch.num_rows() as u64;
        observer.step(Step {
            completed: rows,
            total,
            unit: "rows",
        });
    }
    Ok(parts)
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
