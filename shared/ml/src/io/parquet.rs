//! Parquet read into a frame.

mod size;

use std::{collections::HashSet, fs::File, sync::Arc};

use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
            ParquetRecordBatchReaderBuilder,
        },
    },
    basic::Type as PhysicalType,
    errors::Result as ParquetResult,
};

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};

use super::{
    Columns, Source,
    batches::{Batches, Wanted, WantedColumn},
    budget::Budget,
    guarded,
    parts::Pieces,
};
use crate::{Observer, error::Result, frame::Frame, observer::Step};

const BATCH_ROWS: usize = 64 * 1024;

/// Reads a Parquet file.
pub(super) fn read(source: &Source, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let batches = Batches {
        source,
        code: "PARQUET_INVALID",
    };
    guarded(source, batches.code, || decode(&batches, columns, observer))
}

/// Reads a Parquet file of known columns piece by piece, so many rows each.
pub(super) fn pieces<'a>(
    source: &'a Source,
    columns: Columns<'_>,
    rows: usize,
    observer: &'a dyn Observer,
) -> Result<Pieces<'a>> {
    let batches = Batches {
        source,
        code: "PARQUET_INVALID",
    };
    let opened = || open(&batches, columns, rows, observer);
    let Opened { wanted, reader, .. } = guarded(source, batches.code, opened)?;
    Ok(batches.pieces(wanted, reader, observer))
}

/// A file whose footer was read.
struct Opened {
    wanted: Wanted,
    reader: ParquetRecordBatchReader,
    /// How many rows it has.
    total: u64,
}

fn open(
    batches: &Batches<'_>,
    columns: Columns<'_>,
    batch_rows: usize,
    observer: &dyn Observer,
) -> Result<Opened> {
    let file = &batches.source.file;
    let footer = footer(file).map_err(|error| batches.broken(error))?;
    let wanted = batches.wanted(columns, footer.schema().fields(), observer)?;
    check(batches, &footer, &wanted)?;

    let total = u64::try_from(footer.metadata().file_metadata().num_rows()).unwrap_or_default();
    let mask = ProjectionMask::roots(footer.parquet_schema(), wanted.0.iter().map(WantedColumn::place));
    let file = file.try_clone().map_err(|error| batches.unread(&error))?;
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer)
        .with_projection(mask)
        .with_batch_size(batch_rows)
        .build();
    let reader = reader.map_err(|error| batches.broken(error))?;
    Ok(Opened {
        wanted,
        reader,
        total,
    })
}

fn decode(batches: &Batches<'_>, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let Opened {
        wanted,
        reader,
        total,
    } = open(batches, columns, BATCH_ROWS, observer)?;
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

/// Checks what the footer says of the table against the budget. Dictionaries are looked into only where the table
/// would fit without what they repeat.
fn check(batches: &Batches<'_>, footer: &ArrowReaderMetadata, wanted: &Wanted) -> Result<()> {
    let budget = Budget::new(batches.source);
    if !budget.is_limited() {
        return Ok(());
    }
    budget.check_ahead(size::from_footer(footer.metadata(), wanted), 0)?;
    let file = batches
        .source
        .file
        .try_clone()
        .map_err(|error| batches.unread(&error))?;
    let columns = size::with_dictionaries(&Arc::new(file), footer.metadata(), wanted);
    budget.check_ahead(columns, 0)
}

/// The footer. Moments of 96 bits, which old writers have and whose years nanoseconds do not reach, are read by
/// microseconds.
fn footer(file: &File) -> ParquetResult<ArrowReaderMetadata> {
    let options = ArrowReaderOptions::new();
    let footer = ArrowReaderMetadata::load(file, options.clone())?;
    let schema = footer.parquet_schema();
    let leaves = schema.columns().iter().enumerate();
    let old = leaves.filter(|(_, leaf)| leaf.physical_type() == PhysicalType::INT96);
    let old: HashSet<usize> = old.map(|(at, _)| schema.get_column_root_idx(at)).collect();
    let mut changed = false;
    let fields = footer
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(at, field)| match field.data_type() {
            DataType::Timestamp(TimeUnit::Nanosecond, zone) if old.contains(&at) => {
                changed = true;
                let by_microseconds = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
                Arc::new(Field::clone(field).with_data_type(by_microseconds))
            }
            _ => Arc::clone(field),
        });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    if !changed {
        return Ok(footer);
    }
    ArrowReaderMetadata::try_new(
        Arc::clone(footer.metadata()),
        options.with_schema(Arc::new(schema)),
    )
}
