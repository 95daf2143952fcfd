//! Arrow IPC read into a frame: files, which Feather version 2 is another name of, and streams.

mod messages;
mod size;

use std::io::{BufReader, Seek};

use arrow::{
    array::RecordBatch,
    error::ArrowError,
    ipc::reader::{FileReader, StreamReader},
};

use self::messages::Messages;
use super::{
    Columns, Source,
    batches::{Batches, Wanted},
    budget::Budget,
    guarded,
    parts::Pieces,
};
use crate::{Observer, error::Result, frame::Frame, observer::Step};

/// Reads an Arrow file or stream.
pub(super) fn read(source: &Source, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let batches = Batches {
        source,
        code: "ARROW_INVALID",
    };
    guarded(source, batches.code, || decode(&batches, columns, observer))
}

/// Reads an Arrow file or stream of known columns batch by batch.
pub(super) fn pieces<'a>(
    source: &'a Source,
    columns: Columns<'_>,
    observer: &'a dyn Observer,
) -> Result<Pieces<'a>> {
    let batches = Batches {
        source,
        code: "ARROW_INVALID",
    };
    let opened = || open(&batches, columns, observer);
    let Opened { wanted, reader, .. } = guarded(source, batches.code, opened)?;
    Ok(batches.pieces(wanted, reader, observer))
}

/// A file whose schema was read.
struct Opened {
    wanted: Wanted,
    reader: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    /// How far the reading has come after each batch.
    step: Box<dyn FnMut(&RecordBatch) -> Step>,
}

fn open(batches: &Batches<'_>, columns: Columns<'_>, observer: &dyn Observer) -> Result<Opened> {
    let broken = |error: ArrowError| batches.broken(error);
    let unread = |error: std::io::Error| batches.unread(&error);
    let messages = Messages::of(&batches.source.file).map_err(broken)?;
    let wanted = batches.wanted(columns, messages.schema.fields(), observer)?;
    check(batches, &messages, &wanted)?;

    let mut file = batches.source.file.try_clone().map_err(unread)?;
    file.rewind().map_err(unread)?;
    if messages.is_file() {
        let reader = FileReader::try_new(BufReader::new(file), None).map_err(broken)?;
        let total = reader.num_batches() as u64;
        let mut completed = 0;
        let step = move |_: &RecordBatch| {
            completed += 1;
            Step {
                completed,
                total,
                unit: "batches",
            }
        };
        return Ok(Opened {
            wanted,
            reader: Box::new(reader),
            step: Box::new(step),
        });
    }
    let total = file.metadata().map_err(unread)?.len();
    let position = file.try_clone().map_err(unread)?;
    let reader = StreamReader::try_new(BufReader::new(file), None).map_err(broken)?;
    // Both handles share one position.
    let step = move |_: &RecordBatch| Step {
        completed: (&position).stream_position().unwrap_or(total),
        total,
        unit: "bytes",
    };
    Ok(Opened {
        wanted,
        reader: Box::new(reader),
        step: Box::new(step),
    })
}

fn decode(batches: &Batches<'_>, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let Opened { wanted, reader, step } = open(batches, columns, observer)?;
    batches.frame(&wanted, reader, step, observer)
}

/// Checks what the messages say of the table against what is possible, and against the budget. A message that cannot be understood ends the
/// estimate; what is wrong with it, reading it will tell.
fn check(batches: &Batches<'_>, messages: &Messages<'_>, wanted: &Wanted) -> Result<()> {
    if let Some(wrong) = size::impossible(messages) {
        return Err(batches.broken(wrong));
    }
    let budget = Budget::new(batches.source);
    if !budget.is_limited() {
        return Ok(());
    }
    let size = size::of(messages, wanted);
    budget.check_ahead(size.columns, size.raw)
}
