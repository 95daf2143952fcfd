//! Cells that make a column text though nearly all others are numbers, or truths: a mark for a missing value that no
//! option names, most often. They are told of, as a column of numbers is easily taken for one of names otherwise.

use arrow::array::{Array, AsArray};

use super::cells::{boolean, number};
use crate::{
    Observer,
    frame::{Column, ColumnKind},
};

/// From so many values on a column is looked at.
const LEAST: usize = 1000;

/// At most one cell of so many may be odd.
const SHARE: usize = 100;

/// How many characters of a cell are told.
const TOLD: usize = 40;

/// Whether a cell is of a type.
type Fits = fn(&[u8]) -> bool;

/// Warns of the odd cells of a column whose type was inferred. It looks no further than to one odd cell too many, which
/// in a column of texts comes soon.
pub(super) fn warn(file: &str, column: &Column, observer: &dyn Observer) {
    let known = column.data.len() - column.data.null_count();
    if column.kind() != ColumnKind::Text || known < LEAST {
        return;
    }
    let looks: [(&str, Fits); 2] = [
        ("numbers", |cell| number(cell, false).is_some()),
        ("true or false", |cell| boolean(cell).is_some()),
    ];
    for (words, fits) in looks {
        let Some((count, row, cell)) = odd(column, known / SHARE, fits) else {
            continue;
        };
        let shown: String = cell.chars().take(TOLD).collect();
        let message = format!(
            "{file}: column {:?} is text, as {count} of its {known} values are not {words}; the first is {shown:?} in \
             row {row} (from 0); if such cells are missing values, name them in null_values",
            column.name
        );
        observer.warning(None, &message);
    }
}

/// How many values do not fit, and the first of them with its row; nothing if there is none, or more than `most`.
fn odd(column: &Column, most: usize, fits: Fits) -> Option<(usize, usize, &str)> {
    let cells = column.data.as_string::<i32>();
    let (mut count, mut first) = (0, None);
    for (row, cell) in cells.iter().enumerate() {
        let Some(cell) = cell else { continue };
        if !fits(cell.as_bytes().trim_ascii()) {
            count += 1;
            first.get_or_insert((row, cell));
            if count > most {
                return None;
            }
        }
    }
    first.map(|(row, cell)| (count, row, cell))
}
