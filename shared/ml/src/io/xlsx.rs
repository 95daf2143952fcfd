//! XLSX read into a frame: the first worksheet, its first row with the names of the columns. Cells are streamed, so
//! that a sheet which names its last possible cell takes no more memory than its cells do.
//!
//! A column of numbers, or of truths, is one; anything else is text. Dates are text as ISO 8601 writes them, an error
//! such as `#N/A` is missing, and rows without any value are none.

mod sheet;
mod unpacked;
mod weight;

use std::{fs::File, io::BufReader};

use calamine::{DataRef, Reader as _, Xlsx, XlsxError};
use domain::spec::CsvOptions;

use self::{sheet::Sheet, weight::Weight};
use super::{Columns, Source, budget::Budget, guarded, schema::enumerate};
use crate::{Error, Observer, error::Result, frame::Frame, observer::Step};

/// The code of the error for a file that is none.
const INVALID: &str = "XLSX_INVALID";

/// How many rows are read between looks at whether to stop.
const ROWS: u64 = 4096;

/// Reads an XLSX file. Of the options only the cells that are missing matter.
pub(super) fn read(
    source: &Source,
    options: &CsvOptions,
    columns: Columns<'_>,
    observer: &dyn Observer,
) -> Result<Frame> {
    guarded(source, INVALID, || decode(source, options, columns, observer))
}

fn decode(
    source: &Source,
    options: &CsvOptions,
    columns: Columns<'_>,
    observer: &dyn Observer,
) -> Result<Frame> {
    let file = &source.name;
    let budget = Budget::new(source);
    // Shared strings are unpacked by opening the workbook.
    budget.check_ahead(0, unpacked::check(source)?)?;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(BufReader::new(&source.file))
        .map_err(|error| broken(file, &error))?;
    let Some(first) = book.sheet_names().first().cloned() else {
        return Err(Error::data("XLSX_EMPTY", format!("{file} has no worksheet")));
    };
    let others = &book.sheet_names()[1..];
    if others.is_empty() {
        observer.info(None, &format!("{file}: the worksheet {first:?} is read"));
    } else {
        let (count, others) = (others.len() + 1, enumerate(others));
        let message = format!(
            "{file} has {count} worksheets, and only the first, {first:?}, is read, but not {others}; save another one \
             as a file of its own to read it"
        );
        observer.warning(None, &message);
    }
    if budget.is_limited() {
        let mut weight = Weight::new(&options.null_values);
        let weigh = |row, place, cell: &DataRef<'_>| {
            weight.push(row, place, cell);
            Ok(())
        };
        each_cell(file, &mut book, &first, observer, weigh)?;
        budget.check_ahead(weight.bytes(), 0)?;
    }
    let mut sheet = Sheet::new(file, &options.null_values);
    let push = |row, place, cell: &DataRef<'_>| sheet.push(row, place, cell);
    each_cell(file, &mut book, &first, observer, push)?;
    sheet.finish(columns, observer)
}

fn broken(file: &str, error: &XlsxError) -> Error {
    Error::data(INVALID, format!("{file}: {error}"))
}

/// Gives every cell of a worksheet, with its row and column counted from 0, to `take`.
fn each_cell(
    file: &str,
    book: &mut Xlsx<BufReader<&File>>,
    sheet: &str,
    observer: &dyn Observer,
    mut take: impl FnMut(u32, usize, &DataRef<'_>) -> Result<()>,
) -> Result<()> {
    let broken = |error: XlsxError| broken(file, &error);
    let mut reader = book.worksheet_cells_reader(sheet).map_err(broken)?;
    let last = u64::from(reader.dimensions().end.0) + 1;
    let mut told = 0;
    while let Some(cell) = reader.next_cell().map_err(broken)? {
        let (row, place) = cell.get_position();
        take(row, place as usize, cell.get_value())?;
        let completed = u64::from(row) + 1;
        if completed >= told + ROWS {
            told = completed;
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            observer.step(Step {
                completed,
                total: last.max(completed),
                unit: "rows",
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
