//! NDJSON read into a frame: one object per line, a column per key. Values keep the types they are written with, so
//! that `"1"` is text; a column of two types is refused. A key that a line lacks is missing there.

mod row;
mod table;

use memchr::memchr;

use self::table::{Mistake, Table};
use super::{Columns, Source, budget::Budget, input::Input};
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
    table.finish(&source.name, columns)
}

fn pass(source: &Source, table: &mut Table, observer: &dyn Observer) -> Result<()> {
    let file = &source.name;
    let mut input = Input::open(source, observer)?;
    let budget = Budget::new(source);
    let (mut buffer, mut line, mut objects) = (Vec::new(), 0_u64, 0_u64);
    let mut more = true;
    while more {
        let wanted = buffer.len() + CHUNK;
        more = input.fill(&mut buffer, wanted)?;
        let mut from = 0;
        while from < buffer.len() {
            let end = match memchr(b'\n', &buffer[from..]) {
                Some(place) => from + place,
                None if !more => buffer.len(),
                None => break,
            };
            line += 1;
            let text = buffer[from..end].trim_ascii();
            if !text.is_empty() {
                objects += 1;
                row::read(text, table).map_err(|mistake| explain(file, line, mistake))?;
            }
            from = end + 1;
        }
        buffer.drain(..from.min(buffer.len()));
        if buffer.len() > LONGEST {
            let message = format!(
                "{file} line {}: the line is longer than {} MiB",
                line + 1,
                LONGEST >> 20
            );
            return Err(Error::data("NDJSON_LINE_TOO_LONG", message));
        }
        budget.check(table.bytes(), input.share_read())?;
    }
    if objects == 0 {
        return Err(Error::data("NDJSON_EMPTY", format!("{file} is empty")));
    }
    Ok(())
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
