//! Arrow IPC read into a frame: files, which Feather version 2 is another name of, and streams.

use std::io::{BufReader, Read, Seek};

use arrow::{
    array::RecordBatch,
    ipc::reader::{FileReader, StreamReader},
};

use super::{Columns, Source, batches::Batches, guarded};
use crate::{Error, Observer, error::Result, frame::Frame, observer::Step};

/// What a file begins with, and a stream does not.
const MAGIC: &[u8] = b"ARROW1";

/// Reads an Arrow file or stream.
pub(super) fn read(source: &Source, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let batches = Batches {
        source,
        code: "ARROW_INVALID",
    };
    guarded(source, batches.code, || decode(&batches, columns, observer))
}

fn decode(batches: &Batches<'_>, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let Source { name, file, .. } = batches.source;
    let failed = |error: std::io::Error| Error::storage("READ_FAILED", format!("{name}: {error}"));
    let mut file = file.try_clone().map_err(failed)?;
    let mut magic = Vec::with_capacity(MAGIC.len());
    file.rewind().map_err(failed)?;
    (&mut file)
        .take(MAGIC.len() as u64)
        .read_to_end(&mut magic)
        .map_err(failed)?;
    file.rewind().map_err(failed)?;
    let mut completed = 0;
    if magic == MAGIC {
        let reader =
            FileReader::try_new(BufReader::new(file), None).map_err(|error| batches.broken(error))?;
        let fields = reader.schema().fields().clone();
        let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        let wanted = batches.wanted(columns, &names, &fields)?;
        let total = reader.num_batches() as u64;
        let step = |_: &RecordBatch| {
            completed += 1;
            Step {
                completed,
                total,
                unit: "batches",
            }
        };
        return batches.frame(&wanted, reader, step, observer);
    }
    let total = file.metadata().map_err(failed)?.len();
    let position = file.try_clone().map_err(failed)?;
    let reader = StreamReader::try_new(BufReader::new(file), None).map_err(|error| batches.broken(error))?;
    let fields = reader.schema().fields().clone();
    let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
    let wanted = batches.wanted(columns, &names, &fields)?;
    // Both handles share one position.
    let step = |_: &RecordBatch| Step {
        completed: (&position).stream_position().unwrap_or(total),
        total,
        unit: "bytes",
    };
    batches.frame(&wanted, reader, step, observer)
}
