//! A frame written as a Parquet file.

use std::{io::Write, sync::Arc};

use arrow::{
    array::{Array, RecordBatch},
    datatypes::{Field, Schema},
};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};

use crate::{Error, error::Result, frame::Frame};

/// Writes the columns of a frame, in order, as a Parquet file.
///
/// # Errors
/// `WRITE_FAILED`, and `NO_COLUMNS_LEFT` for a frame without columns, which such a file cannot hold.
pub fn write_parquet(frame: &Frame, out: impl Write + Send) -> Result<()> {
    if frame.width() == 0 {
        return Err(Error::spec("NO_COLUMNS_LEFT", "no columns are left to write"));
    }
    let failed = |error: &dyn std::error::Error| Error::storage("WRITE_FAILED", error.to_string());
    let fields = frame
        .columns()
        .iter()
        .map(|column| Field::new(&*column.name, column.data.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let data = frame.columns().iter().map(|column| Arc::clone(&column.data));
    let batch = RecordBatch::try_new(Arc::clone(&schema), data.collect()).map_err(|error| failed(&error))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(|error| failed(&error))?;
    writer.write(&batch).map_err(|error| failed(&error))?;
    writer.close().map_err(|error| failed(&error))?;
    Ok(())
}
