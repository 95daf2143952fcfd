//! One block of a CSV file turned into the cells of its columns. It knows nothing of the blocks before it but the
//! types they found, so that blocks can be read at once.

use domain::spec::CsvOptions;

use super::{
    blocks::Block,
    cells::{Cells, Problem, Start},
    records::{After, Records},
};
use crate::io::nulls::Nulls;

/// What the columns of a file are: for each field of a record what is to be done with it.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    pub(super) delimiter: u8,
    pub(super) quote: u8,
    pub(super) width: usize,
    pub(super) nulls: &'a Nulls,
    /// Whether a number is never a missing cell.
    pub(super) numbers_are_values: bool,
}

impl<'a> Layout<'a> {
    pub(super) fn new(options: &CsvOptions, width: usize, nulls: &'a Nulls) -> Self {
        Self {
            delimiter: options.delimiter,
            quote: options.quote,
            width,
            nulls,
            numbers_are_values: !nulls.have_numbers(),
        }
    }
}

/// What was found in a block.
pub(super) struct Parsed {
    /// The cells of each field that was asked for.
    pub(super) cells: Vec<Option<Cells>>,
    /// How many line ends it holds.
    pub(super) lines: u64,
}

/// The first thing that is wrong in a block.
#[derive(Debug)]
pub(super) struct Wrong {
    /// How many line ends come before its record.
    pub(super) line: u64,
    /// The field, from 0.
    pub(super) place: usize,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Unclosed,
    /// The record has so many fields.
    Ragged(usize),
    Cell(Problem, Vec<u8>),
}

/// Reads a block. `starts` tells for each field what is known of its column; a field without is passed over.
pub(super) fn parse(block: &Block, layout: &Layout<'_>, starts: &[Option<Start>]) -> Result<Parsed, Wrong> {
    let bytes = &block.0;
    let utf8 = str::from_utf8(bytes).is_ok();
    let mut records = Records::new(bytes, layout.delimiter, layout.quote);
    // The width of a narrow record, for a first idea of how many there are.
    let rows = bytes.len() / (4 * layout.width) + 16;
    let cells = starts
        .iter()
        .map(|start| start.map(|start| Cells::new(start, rows)));
    let mut cells: Vec<Option<Cells>> = cells.collect();
    while records.begin() {
        let line = records.lines;
        let mut wrong = None;
        let mut place = 0;
        loop {
            let cell = cells.get_mut(place).and_then(Option::as_mut);
            if let Err(what) = field(&mut records, cell, layout, utf8) {
                let unclosed = matches!(what, What::Unclosed);
                wrong.get_or_insert(Wrong { line, place, what });
                if unclosed {
                    // There is no end to the record, whatever else is wrong with it.
                    return Err(Wrong {
                        line,
                        place,
                        what: What::Unclosed,
                    });
                }
            }
            place += 1;
            if records.after() == After::RecordEnd {
                break;
            }
        }
        if place != layout.width {
            let what = What::Ragged(place);
            let place = place.min(layout.width);
            return Err(Wrong { line, place, what });
        }
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
    }
    Ok(Parsed {
        cells,
        lines: records.lines,
    })
}

#[inline]
fn field(
    records: &mut Records<'_>,
    cells: Option<&mut Cells>,
    layout: &Layout<'_>,
    utf8: bool,
) -> Result<(), What> {
    let Some(cells) = cells else {
        return records.field().map(|_| ()).map_err(|_| What::Unclosed);
    };
    if layout.numbers_are_values
        && let Some(plain) = records.plain()
        && let Some(length) = cells.push_number(plain, layout.delimiter)
    {
        records.pass(length);
        return Ok(());
    }
    let cell = records.field().map_err(|_| What::Unclosed)?;
    cells
        .push(cell, layout.nulls, utf8)
        .map_err(|problem| What::Cell(problem, cell.to_vec()))
}

/// How many line ends come before this record of a block that was read before.
pub(super) fn lines_before(block: &Block, layout: &Layout<'_>, record: usize) -> u64 {
    let mut records = Records::new(&block.0, layout.delimiter, layout.quote);
    let mut passed = 0;
    while records.begin() && passed < record {
        while records.field().is_ok() && records.after() == After::Field {}
        passed += 1;
    }
    records.lines
}
