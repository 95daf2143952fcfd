//! Frames written as a file: Parquet, CSV or NDJSON.

use std::{error::Error as StdError, io::Write, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    csv,
    datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef},
};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};
use serde_json::{Value, json};

use crate::{Error, error::Result, frame::Frame};

/// How many rows are held until they are written: enough for readers that read several groups at once.
const GROUP_ROWS: usize = 128 << 10;

/// Writes frames one after the other as the rows of one Parquet file.
pub struct TableWriter<W: Write + Send> {
    writer: ArrowWriter<W>,
}

impl<W: Write + Send> TableWriter<W> {
    /// A file of the columns that `like` has, which is not written itself.
    ///
    /// # Errors
    /// `WRITE_FAILED`, and `NO_COLUMNS_LEFT` for a frame without columns, which such a file cannot hold.
    pub fn new(like: &Frame, out: W) -> Result<Self> {
        let schema = schema(like)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(|error| failed(&error))?;
        Ok(Self { writer })
    }

    /// Writes further rows, of the same columns.
    ///
    /// # Errors
    /// `WRITE_FAILED`.
    pub fn write(&mut self, frame: &Frame) -> Result<()> {
        self.writer.write(&batch(frame)?).map_err(|error| failed(&error))
    }

    /// Writes what makes it a whole file.
    ///
    /// # Errors
    /// `WRITE_FAILED`.
    pub fn finish(self) -> Result<()> {
        self.writer.close().map_err(|error| failed(&error))?;
        Ok(())
    }
}

/// Writes the columns of a frame, in order, as a Parquet file.
///
/// # Errors
/// As [`TableWriter::new`].
pub fn write_parquet(frame: &Frame, out: impl Write + Send) -> Result<()> {
    let mut writer = TableWriter::new(frame, out)?;
    writer.write(frame)?;
    writer.finish()
}

/// Writes a frame as a CSV file: the columns' names, then a line for each row. A missing value is an empty cell.
///
/// # Errors
/// As [`TableWriter::new`].
pub fn write_csv(frame: &Frame, out: impl Write) -> Result<()> {
    let mut writer = csv::Writer::new(out);
    writer.write(&batch(frame)?).map_err(|error| failed(&error))
}

/// Writes a frame as an NDJSON file: an object on a line for each row. A missing value is null.
///
/// # Errors
/// As [`TableWriter::new`].
pub fn write_ndjson(frame: &Frame, mut out: impl Write) -> Result<()> {
    require_columns(frame)?;
    let columns = frame.columns();
    let keys = columns.iter().map(|column| json!(&*column.name).to_string());
    let keys: Vec<String> = keys.collect();
    let mut line = String::new();
    for row in 0..frame.height() {
        line.clear();
        for (column, key) in columns.iter().zip(&keys) {
            line.push(if line.is_empty() { '{' } else { ',' });
            line += key;
            line.push(':');
            line += &cell(&column.data, row).to_string();
        }
        line += "}\n";
        out.write_all(line.as_bytes()).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// The value of a column in a row.
fn cell(data: &ArrayRef, row: usize) -> Value {
    match data.data_type() {
        _ if data.is_null(row) => Value::Null,
        DataType::Float64 => json!(data.as_primitive::<Float64Type>().value(row)),
        DataType::Int64 => json!(data.as_primitive::<Int64Type>().value(row)),
        DataType::Boolean => json!(data.as_boolean().value(row)),
        _ => json!(data.as_string::<i32>().value(row)),
    }
}

/// A file without columns is none.
fn require_columns(frame: &Frame) -> Result<()> {
    if frame.width() == 0 {
        return Err(Error::spec("NO_COLUMNS_LEFT", "no columns are left to write"));
    }
    Ok(())
}

/// The columns that a file like this frame has.
fn schema(frame: &Frame) -> Result<SchemaRef> {
    require_columns(frame)?;
    let fields = frame
        .columns()
        .iter()
        .map(|column| Field::new(&*column.name, column.data.data_type().clone(), true));
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// The rows of a frame as they are written.
fn batch(frame: &Frame) -> Result<RecordBatch> {
    let data = frame.columns().iter().map(|column| Arc::clone(&column.data));
    RecordBatch::try_new(schema(frame)?, data.collect()).map_err(|error| failed(&error))
}

fn failed(error: &dyn StdError) -> Error {
    Error::storage("WRITE_FAILED", error.to_string())
}
