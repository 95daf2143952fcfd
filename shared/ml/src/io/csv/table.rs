//! The columns of a CSV file as they grow block by block.

use super::{
    block::{self, Layout, Parsed, Wrong},
    blocks::Block,
    cells::Start,
};
use crate::{
    frame::ColumnKind,
    io::values::{Kind, TooLong, Values},
};

/// A column that is read.
pub(super) struct Column {
    /// Its place in a record.
    pub(super) place: usize,
    /// The type it must have.
    pub(super) known: Option<ColumnKind>,
    pub(super) values: Values,
}

impl Column {
    pub(super) fn new(place: usize, known: Option<ColumnKind>) -> Self {
        let kind = known.map_or(Kind::Missing, Kind::from);
        Self {
            place,
            known,
            values: Values::new(kind, 0),
        }
    }

    fn start(&self) -> Start {
        Start {
            kind: self.values.kind(),
            known: self.known.is_some(),
        }
    }
}

/// The columns so far.
pub(super) struct Table<'a> {
    pub(super) layout: Layout<'a>,
    pub(super) columns: Vec<Column>,
    /// Line ends before the next block.
    pub(super) lines: u64,
}

/// What is wrong, its line counted from the beginning of the file.
pub(super) enum Refused {
    Wrong(Wrong),
    TooLong { line: u64, place: usize },
}

impl Table<'_> {
    /// How much memory the columns take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.columns.iter().map(|column| column.values.bytes()).sum()
    }

    /// For each field what is known of its column.
    pub(super) fn starts(&self) -> Vec<Option<Start>> {
        self.starts_where(|column| Some(column.start()))
    }

    fn starts_where(&self, start: impl Fn(&Column) -> Option<Start>) -> Vec<Option<Start>> {
        let mut starts = vec![None; self.layout.width];
        for column in &self.columns {
            starts[column.place] = start(column);
        }
        starts
    }

    /// Appends what was found in the block that follows.
    pub(super) fn append(&mut self, block: &Block, parsed: Result<Parsed, Wrong>) -> Result<(), Refused> {
        let mut parsed = parsed.map_err(|mut wrong| {
            wrong.line += self.lines;
            Refused::Wrong(wrong)
        })?;
        self.agree(block, &mut parsed);
        let mut too_long = None;
        for column in &mut self.columns {
            if let Some(cells) = &parsed.cells[column.place]
                && let Err(TooLong(row)) = column.values.append(&cells.values)
            {
                let found = (row, column.place);
                too_long = Some(too_long.map_or(found, |first| found.min(first)));
            }
        }
        if let Some((row, place)) = too_long {
            let line = self.lines + block::lines_before(block, &self.layout, row);
            return Err(Refused::TooLong { line, place });
        }
        self.lines += parsed.lines;
        Ok(())
    }

    /// Where a column is text so far, or has no value yet, and the block has other values of it than text, the block
    /// must have been read as text.
    fn agree(&self, block: &Block, parsed: &mut Parsed) {
        let text = Start {
            kind: Kind::Text,
            known: false,
        };
        let starts = self.starts_where(|column| {
            let (before, cells) = (column.values.kind(), parsed.cells[column.place].as_ref()?);
            let disagree = before.and(cells.values.kind()) == Kind::Mixed;
            (disagree && matches!(before, Kind::Text | Kind::Missing)).then_some(text)
        });
        if starts.iter().all(Option::is_none) {
            return;
        }
        // It was read before, so nothing is wrong with it.
        if let Ok(again) = block::parse(block, &self.layout, &starts) {
            for (cells, again) in parsed.cells.iter_mut().zip(again.cells) {
                if again.is_some() {
                    *cells = again;
                }
            }
        }
    }
}
