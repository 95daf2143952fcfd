//! What a user is told of a CSV file that cannot be read: what is wrong, and on which line and in which column.

use super::{
    block::{What, Wrong},
    cells::Problem,
    table::Refused,
};
use crate::Error;

/// The error; `names` are those of the columns.
pub(super) fn explain(refused: Refused, file: &str, names: &[String], has_header: bool) -> Error {
    let Wrong { line, place, what } = match refused {
        Refused::TooLong { line, place } => {
            let message = format!(
                "{}: the column holds more than 2 GiB",
                named(file, line, place, names)
            );
            return Error::unsupported("TOO_LARGE", message);
        }
        Refused::Wrong(wrong) => wrong,
    };
    match what {
        What::Unclosed => unclosed(file, line, place),
        What::Ragged(found) => {
            let who = if has_header { "header" } else { "first line" };
            let fields = if found == 1 { "field" } else { "fields" };
            let (at, wanted) = (at(file, line, place), names.len());
            let message = format!("{at}: the line has {found} {fields}, the {who} {wanted}");
            Error::data("CSV_RAGGED_LINE", message)
        }
        What::Cell(Problem::BadUtf8, _) => {
            let message = format!("{}: the text is not UTF-8", named(file, line, place, names));
            Error::data("CSV_BAD_UTF8", message)
        }
        What::Cell(Problem::Unexpected(kind), cell) => {
            let shown: String = String::from_utf8_lossy(&cell).chars().take(40).collect();
            let at = named(file, line, place, names);
            let message = format!("{at}: {shown:?} is not {}", kind.in_words());
            Error::data("UNEXPECTED_TYPE", message)
        }
    }
}

/// A quote without its end.
pub(super) fn unclosed(file: &str, line: u64, place: usize) -> Error {
    let message = format!(
        "{}: the quote that opens here is never closed",
        at(file, line, place)
    );
    Error::data("CSV_UNCLOSED_QUOTE", message)
}

fn at(file: &str, line: u64, place: usize) -> String {
    format!("{file} line {} column {}", line + 1, place + 1)
}

fn named(file: &str, line: u64, place: usize, names: &[String]) -> String {
    format!("{} ({})", at(file, line, place), names[place])
}
