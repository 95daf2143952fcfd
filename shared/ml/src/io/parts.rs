//! A table of known columns read part by part, so that it takes no more memory than a few parts do, however long it is.

use arrow::array::ArrayRef;
use domain::spec::{CsvOptions, DataFormat};

use super::{ColumnSchema, Columns, Source, arrow_ipc, csv, ndjson, parquet};
use crate::{Observer, error::Result, frame::Frame};

/// Gives the next columns of a file, as many rows as suit it; none at its end.
pub(super) type Pieces<'a> = Box<dyn FnMut() -> Result<Option<Vec<(String, ArrayRef)>>> + Send + 'a>;

/// The rows of a table in frames of at most so many, each numbered on from the one before.
pub struct Parts<'a> {
    pieces: Pieces<'a>,
    rows: usize,
    /// What was read and not given out yet.
    columns: Vec<(String, ArrayRef)>,
    /// How many rows of `columns` were given out.
    given: usize,
    /// The number of the next row.
    next: u64,
}

impl Iterator for Parts<'_> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.given == self.height() {
            self.given = 0;
            match (self.pieces)() {
                Ok(Some(columns)) => self.columns = columns,
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        let rows = self.rows.min(self.height() - self.given);
        let columns = self.columns.iter();
        let columns = columns.map(|(name, data)| (name.clone(), data.slice(self.given, rows)));
        let frame = Frame::numbered_from(self.next, columns.collect());
        self.given += rows;
        self.next += rows as u64;
        Some(frame)
    }
}

impl Parts<'_> {
    fn height(&self) -> usize {
        self.columns.first().map_or(0, |(_, data)| data.len())
    }
}

/// Reads the columns of `schema`, as [`super::read_as`] does, in parts of at most `rows` rows. Only a worksheet, and a
/// batch of an Arrow file, are in memory as a whole.
///
/// What is wrong with a row is told when its part is asked for; of NDJSON, that a column is not there is told at the end
/// of the file.
///
/// # Errors
/// As [`super::read_as`].
pub fn read_parts<'a>(
    source: &'a Source,
    format: DataFormat,
    csv: &'a CsvOptions,
    (schema, optional): (&'a [ColumnSchema], &'a str),
    rows: usize,
    observer: &'a dyn Observer,
) -> Result<Parts<'a>> {
    let columns = Columns::Known(schema, optional);
    let pieces = match format {
        DataFormat::Csv => csv::pieces(source, csv, columns, csv::BLOCK, observer)?,
        DataFormat::Parquet => parquet::pieces(source, columns, rows, observer)?,
        DataFormat::Ndjson => ndjson::pieces(source, columns, observer)?,
        DataFormat::Arrow => arrow_ipc::pieces(source, columns, observer)?,
        DataFormat::Xlsx => whole(super::open(source, format, csv, columns, observer)?),
    };
    Ok(Parts {
        pieces,
        rows: rows.max(1),
        columns: Vec::new(),
        given: 0,
        next: 0,
    })
}

/// A table that was read at once.
fn whole(frame: Frame) -> Pieces<'static> {
    let column = |column: &crate::frame::Column| (column.name.to_string(), column.data.clone());
    let mut columns = Some(frame.columns().iter().map(column).collect());
    Box::new(move || Ok(columns.take()))
}
