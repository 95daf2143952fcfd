//! XLSX read into a frame: the first worksheet, its first row with the names of the columns. Cells are streamed, so
//! that a sheet which names its last possible cell takes no more memory than its cells do.
//!
//! A column of numbers, or of truths, is one; anything else is text. Dates are text as ISO 8601 writes them, an error
//! such as `#N/A` is missing, and rows without any value are none.

mod sheet;
mod unpacked;

use std::io::BufReader;

use calamine::{Reader as _, Xlsx, XlsxError};
use domain::spec::CsvOptions;

use self::sheet::Sheet;
use super::{Columns, Source, budget::Budget, guarded};
use crate::{Error, Observer, error::Result, frame::Frame, observer::Step};

/// The code of the error for a file that is none.
const INVALID: &str = "XLSX_INVALID";

/// How many rows are read between looks at the budget and at whether to stop.
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
    let broken = |error: XlsxError| Error::data(INVALID, format!("{file}: {error}"));
    unpacked::check(source)?;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(BufReader::new(&source.file)).map_err(broken)?;
    let Some(first) = book.sheet_names().first().cloned() else {
        return Err(Error::data("XLSX_EMPTY", format!("{file} has no worksheet")));
    };
    let mut reader = book.worksheet_cells_reader(&first).map_err(broken)?;
    let last = u64::from(reader.dimensions().end.0) + 1;
    let budget = Budget::new(source);
    let mut sheet = Sheet::new(file, &options.null_values);
    let mut told = 0;
    while let Some(cell) = reader.next_cell().map_err(broken)? {
        let (row, place) = cell.get_position();
        sheet.push(row, place as usize, cell.get_value())?;
        let completed = u64::from(row) + 1;
        if completed >= told + ROWS {
            told = completed;
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let total = last.max(completed);
            observer.step(Step {
                completed,
                total,
                unit: "rows",
            });
            budget.check(sheet.bytes(), completed as f64 / total as f64)?;
        }
    }
    sheet.finish(columns)
}

#[cfg(test)]
mod tests;
