//! Parquet read into a frame.

use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};

use super::{Columns, Source, batches::Batches, guarded};
use crate::{Error, Observer, error::Result, frame::Frame, observer::Step};

const BATCH_ROWS: usize = 64 * 1024;

/// Reads a Parquet file.
pub(super) fn read(source: &Source, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let batches = Batches {
        source,
        code: "PARQUET_INVALID",
    };
    guarded(source, batches.code, || decode(&batches, columns, observer))
}

fn decode(batches: &Batches<'_>, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let Source { name, file, .. } = batches.source;
    let failed = |error: std::io::Error| Error::storage("READ_FAILED", format!("{name}: {error}"));
    let file = file.try_clone().map_err(failed)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| batches.broken(error))?;
    let fields = builder.schema().fields().clone();
    let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
    let wanted = batches.wanted(columns, &names, &fields)?;
    let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.places());
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
    let reader = reader.map_err(|error| batches.broken(error))?;
    let mut completed = 0;
    let step = |batch: &arrow::array::RecordBatch| {
        completed += batch.num_rows() as u64;
        Step {
            completed,
            total,
            unit: "rows",
        }
    };
    batches.frame(&wanted, reader, step, observer)
}
