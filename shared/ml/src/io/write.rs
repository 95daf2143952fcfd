//! Frames written as a Parquet file.

use std::{error::Error as StdError, io::Write, sync::Arc};

use arrow::{
    array::{Array, RecordBatch},
    datatypes::{Field, Schema, SchemaRef},
};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};

use crate::{Error, error::Result, frame::Frame};

/// How many rows are held until they are written: enough for readers that read several groups at once.
const GROUP_ROWS: usize = 128 << 10;

/// Writes frames one after the other as the rows of one Parquet file.
pub struct TableWriter<W: Write + Send> {
    schema: SchemaRef,
    writer: ArrowWriter<W>,
}

impl<W: Write + Send> TableWriter<W> {
    /// A file of the columns that `like` has, which is not written itself.
    ///
    /// # Errors
    /// `WRITE_FAILED`, and `NO_COLUMNS_LEFT` for a frame without columns, which such a file cannot hold.
    pub fn new(like: &Frame, out: W) -> Result<Self> {
        if like.width() == 0 {
            return Err(Error::spec("NO_COLUMNS_LEFT", "no columns are left to write"));
        }
        let fields = like
            .columns()
            .iter()
            .map(|column| Field::new(&*column.name, column.data.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties))
            .map_err(|error| failed(&error))?;
        Ok(Self { schema, writer })
    }

    /// Writes further rows, of the same columns.
    ///
    /// # Errors
    /// `WRITE_FAILED`.
    pub fn write(&mut self, frame: &Frame) -> Result<()> {
        let data = frame.columns().iter().map(|column| Arc::clone(&column.data));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), data.collect());
        let batch = batch.map_err(|error| failed(&error))?;
        self.writer.write(&batch).map_err(|error| failed(&error))
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

fn failed(error: &dyn StdError) -> Error {
    Error::storage("WRITE_FAILED", error.to_string())
}
