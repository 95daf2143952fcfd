//! CSV read into a frame, each byte once. Types widen as values come; only a column that turns out to be text
//! after numbers were seen is read again, since its numbers no longer say how they were written.

mod cells;
mod records;

use std::io::{Seek, SeekFrom};

use arrow::array::ArrayRef;
use domain::spec::CsvOptions;

use self::{
    cells::{Cells, Nulls, Problem},
    records::{Record, Records},
};
use super::{Columns, Located, Source, locate};
use crate::{
    Error, Observer,
    error::Result,
    frame::{ColumnKind, Frame},
};

/// Reads a CSV file.
pub(super) fn read(
    mut source: Source,
    options: &CsvOptions,
    columns: Columns<'_>,
    observer: &dyn Observer,
) -> Result<Frame> {
    let nulls = Nulls::new(&options.null_values);
    let names = header(&mut source, options, observer)?;
    let located = locate(columns, &source.name, &names)?;
    let kinds = located.iter().map(|column| column.known);
    let mut cells: Vec<Cells> = kinds
        .map(|known| known.map_or_else(Cells::unknown, Cells::known))
        .collect();
    pass(
        &mut source,
        options,
        &names,
        &located,
        &mut cells,
        &nulls,
        observer,
    )?;

    let mut again = Vec::new();
    for (at, column) in cells.iter_mut().enumerate() {
        if column.must_be_reread() {
            *column = Cells::known(ColumnKind::Text);
            again.push(at);
        }
    }
    if !again.is_empty() {
        let texts: Vec<Located<'_>> = again
            .iter()
            .map(|&at| Located {
                name: located[at].name,
                place: located[at].place,
                known: Some(ColumnKind::Text),
            })
            .collect();
        let mut fresh: Vec<Cells> = again.iter().map(|_| Cells::known(ColumnKind::Text)).collect();
        pass(&mut source, options, &names, &texts, &mut fresh, &nulls, observer)?;
        for (at, column) in again.into_iter().zip(fresh) {
            cells[at] = column;
        }
    }
    let columns = located.iter().zip(cells);
    let columns: Vec<(String, ArrayRef)> = columns
        .map(|(column, cells)| (column.name.to_owned(), cells.finish()))
        .collect();
    Frame::new(columns)
}

fn start<'a>(
    source: &'a mut Source,
    options: &CsvOptions,
    observer: &'a dyn Observer,
) -> Result<Records<'a>> {
    let name = &source.name;
    let failed = |error: std::io::Error| Error::storage("READ_FAILED", format!("{name}: {error}"));
    let total = source.file.metadata().map_err(failed)?.len();
    source.file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(Records::new(&source.file, &source.name, total, options, observer))
}

/// The names of the columns.
fn header(source: &mut Source, options: &CsvOptions, observer: &dyn Observer) -> Result<Vec<String>> {
    let file = source.name.clone();
    let mut records = start(source, options, observer)?;
    let Some(first) = records.next()? else {
        return Err(Error::data("CSV_EMPTY", format!("{file} is empty")));
    };
    if !options.has_header {
        return Ok((1..=first.width())
            .map(|number| format!("column_{number}"))
            .collect());
    }
    let mut names: Vec<String> = Vec::with_capacity(first.width());
    for (at, cell) in first.cells().enumerate() {
        let place = format!("{file} line {} column {}", first.line, at + 1);
        let name = str::from_utf8(cell)
            .map_err(|_| Error::data("CSV_BAD_UTF8", format!("{place}: the column's name is not UTF-8")))?
            .trim();
        if name.is_empty() {
            return Err(Error::data(
                "CSV_EMPTY_HEADER",
                format!("{place}: the column has no name"),
            ));
        }
        if let Some(before) = names.iter().position(|known| known == name) {
            let message = format!("{place}: {name:?} is the name of column {} already", before + 1);
            return Err(Error::data("CSV_DUPLICATE_HEADER", message));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// Reads every record and gives the cells of the located columns to `cells`.
fn pass(
    source: &mut Source,
    options: &CsvOptions,
    names: &[String],
    located: &[Located<'_>],
    cells: &mut [Cells],
    nulls: &Nulls,
    observer: &dyn Observer,
) -> Result<()> {
    let file = source.name.clone();
    let mut records = start(source, options, observer)?;
    if options.has_header {
        records.next()?;
    }
    while let Some(record) = records.next()? {
        if record.width() != names.len() {
            return Err(ragged(&file, &record, names.len(), options.has_header));
        }
        for (column, cells) in located.iter().zip(&mut *cells) {
            let cell = record.cell(column.place);
            cells
                .push(cell, nulls)
                .map_err(|problem| refuse(&file, record.line, column, cell, problem))?;
        }
    }
    Ok(())
}

fn ragged(file: &str, record: &Record<'_>, wanted: usize, has_header: bool) -> Error {
    let (found, line) = (record.width(), record.line);
    let who = if has_header { "header" } else { "first line" };
    let (fields, place) = (if found == 1 { "field" } else { "fields" }, found.min(wanted) + 1);
    let message =
        format!("{file} line {line} column {place}: the line has {found} {fields}, the {who} {wanted}");
    Error::data("CSV_RAGGED_LINE", message)
}

fn refuse(file: &str, line: u64, column: &Located<'_>, cell: &[u8], problem: Problem) -> Error {
    let place = format!("{file} line {line} column {} ({})", column.place + 1, column.name);
    match problem {
        Problem::BadUtf8 => Error::data("CSV_BAD_UTF8", format!("{place}: the text is not UTF-8")),
        Problem::Unexpected(kind) => {
            let shown: String = String::from_utf8_lossy(cell).chars().take(40).collect();
            let message = format!("{place}: {shown:?} is not {}", kind.in_words());
            Error::data("UNEXPECTED_TYPE", message)
        }
        Problem::TooLong => {
            Error::unsupported("TOO_LARGE", format!("{place}: the column holds more than 2 GiB"))
        }
    }
}
