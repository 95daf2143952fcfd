//! NDJSON read into a frame: one object per line, a column per key. Values keep the types they are written with, so
//! that `"1"` is text; a column of two types is refused. A key that a line lacks is missing there.

mod row;
mod table;

use memchr::memchr;

use self::table::{Mistake, Table};
use super::{Columns, Source, budget::Budget, input::Input, parts::Pieces};
use crate::{Error, Observer, error::Result, frame::Frame};

/// How much is read at once.
const CHUNK: usize = 1 << 20;

/// Longer lines are refused: they would be held in memory as a whole.
const LONGEST: usize = 256 << 20;

/// Reads an NDJSON file.
pub(super) fn read(source: &Source, columns: Columns<'_>, observer: &dyn Observer) -> Result<Frame> {
    let mut table = Table::new(columns);
    pass(source, &mut table, observer)?;
    if let Some(mut again) = table.again() {
        pass(source, &mut again, observer)?;
        table = again;
    }
    table.finish(&source.name, columns, observer)
}

fn pass(source: &Source, table: &mut Table, observer: &dyn Observer) -> Result<()> {
    let mut lines = Lines::new(source, observer)?;
    let budget = Budget::new(source);
    while lines.read_into(table)? {
        budget.check(table.bytes(), lines.input.share_read())?;
    }
    Ok(())
}

/// Reads an NDJSON file of known columns piece by piece. Which of them it lacks, and what others it has, is known at its
/// end.
pub(super) fn pieces<'a>(
    source: &'a Source,
    columns: Columns<'a>,
    observer: &'a dyn Observer,
) -> Result<Pieces<'a>> {
    let mut lines = Lines::new(source, observer)?;
    let mut found = Table::new(columns);
    let next = move || {
        let mut table = Table::new(columns);
        while table.is_empty() {
            if !lines.read_into(&mut table)? {
                found.locate(&source.name, columns, observer)?;
                return Ok(None);
            }
        }
        found.note_columns_of(&table);
        Ok(Some(table.into_columns(columns)))
    };
    Ok(Box::new(next))
}

/// The lines of a file that were not read yet.
struct Lines<'a> {
    file: &'a str,
    input: Input<'a>,
    buffer: Vec<u8>,
    line: u64,
    objects: u64,
    more: bool,
}

impl<'a> Lines<'a> {
    fn new(source: &'a Source, observer: &'a dyn Observer) -> Result<Self> {
        Ok(Self {
            file: &source.name,
            input: Input::open(source, observer)?,
            buffer: Vec::new(),
            line: 0,
            objects: 0,
            more: true,
        })
    }

    /// Reads the next chunk's objects into a table; false once the file is at its end.
    fn read_into(&mut self, table: &mut Table) -> Result<bool> {
        let file = self.file;
        if !self.more {
            if self.objects == 0 {
                return Err(Error::data("NDJSON_EMPTY", format!("{file} is empty")));
            }
            return Ok(false);
        }
        let wanted = self.buffer.len() + CHUNK;
        self.more = self.input.fill(&mut self.buffer, wanted)?;
        let mut from = 0;
        while from < self.buffer.len() {
            let end = match memchr(b'\n', &self.buffer[from..]) {
                Some(place) => from + place,
                None if !self.more => self.buffer.len(),
                None => break,
            };
            self.line += 1;
            let text = self.buffer[from..end].trim_ascii();
            if !text.is_empty() {
                self.objects += 1;
                row::read(text, table).map_err(|mistake| explain(file, self.line, mistake))?;
            }
            from = end + 1;
        }
        self.buffer.drain(..from.min(self.buffer.len()));
        if self.buffer.len() > LONGEST {
            let message = format!(
                "{file} line {}: the line is longer than {} MiB",
                self.line + 1,
                LONGEST >> 20
            );
            return Err(Error::data("NDJSON_LINE_TOO_LONG", message));
        }
        Ok(true)
    }
}

fn explain(file: &str, line: u64, mistake: Mistake) -> Error {
    let named = |name: &str| format!("{file} line {line} column {name:?}");
    match mistake {
        Mistake::BadUtf8 => Error::data(
            "NDJSON_BAD_UTF8",
            format!("{file} line {line}: the text is not UTF-8"),
        ),
        Mistake::Syntax { column, message } => Error::data(
            "NDJSON_INVALID",
            format!("{file} line {line} character {column}: {message}"),
        ),
        Mistake::Twice(name) => Error::data(
            "NDJSON_DUPLICATE_KEY",
            format!("{}: the key is there twice", named(&name)),
        ),
        Mistake::Nested(name) => Error::unsupported(
            "UNSUPPORTED_TYPE",
            format!(
                "{}: lists and objects are no values; write one value per key",
                named(&name)
            ),
        ),
        Mistake::Unexpected { name, shown, wanted } => {
            let shown: String = shown.chars().take(40).collect();
            Error::data(
                "UNEXPECTED_TYPE",
                format!("{}: {shown} is not {wanted}", named(&name)),
            )
        }
        Mistake::TooMany(most) => Error::unsupported(
            "TOO_MANY_COLUMNS",
            format!("{file} line {line}: there are more than {most} keys"),
        ),
        Mistake::TooLong(name) => Error::unsupported(
            "TOO_LARGE",
            format!("{}: the column holds more than 2 GiB", named(&name)),
        ),
    }
}

#[cfg(test)]
mod tests;
