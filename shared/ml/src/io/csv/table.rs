//! The columns of a CSV file as they grow block by block.

use rayon::prelude::*;

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
    fn starts(&self, start: impl Fn(&Column) -> Option<Start>) -> Vec<Option<Start>> {
        let mut starts = vec![None; self.layout.width];
        for column in &self.columns {
            starts[column.place] = start(column);
        }
        starts
    }

    /// Reads blocks at once, by what the blocks before them told.
    pub(super) fn parse(&self, blocks: &[Block]) -> Vec<Result<Parsed, Wrong>> {
        let starts = self.starts(|column| Some(column.start()));
        let parse = |block| block::parse(block, &self.layout, &starts);
        blocks.par_iter().map(parse).collect()
    }

    /// Appends blocks that follow each other. The first thing that is wrong in the file is told, whichever block it
    /// was found in.
    pub(super) fn append(
        &mut self,
        blocks: &[Block],
        parsed: Vec<Result<Parsed, Wrong>>,
    ) -> Result<(), Refused> {
        let mut good = Vec::with_capacity(parsed.len());
        let mut lines = self.lines;
        let mut begins = Vec::with_capacity(parsed.len());
        for parsed in parsed {
            begins.push(lines);
            match parsed {
                Ok(parsed) => {
                    lines += parsed.lines;
                    good.push(parsed);
                }
                Err(mut wrong) => {
                    wrong.line += lines;
                    return Err(Refused::Wrong(wrong));
                }
            }
        }
        self.agree(blocks, &mut good);
        let appended: Vec<Result<(), (usize, TooLong)>> = self
            .columns
            .par_iter_mut()
            .map(|column| {
                for (at, parsed) in good.iter().enumerate() {
                    if let Some(cells) = &parsed.cells[column.place] {
                        column.values.append(&cells.values).map_err(|error| (at, error))?;
                    }
                }
                Ok(())
            })
            .collect();
        let too_long = self.columns.iter().zip(appended).filter_map(|(column, result)| {
            let (block, TooLong(row)) = result.err()?;
            Some((block, row, column.place))
        });
        if let Some((block, row, place)) = too_long.min() {
            let line = begins[block] + block::lines_before(&blocks[block], &self.layout, row);
            return Err(Refused::TooLong { line, place });
        }
        self.lines = lines;
        Ok(())
    }

    /// Where these blocks are the first with values of a column and some found text, all must have read it as text.
    fn agree(&self, blocks: &[Block], parsed: &mut [Parsed]) {
        let kind = |parsed: &Parsed, place: usize| {
            let cells = parsed.cells[place].as_ref();
            cells.map_or(Kind::Missing, |cells| cells.values.kind())
        };
        let text = Start {
            kind: Kind::Text,
            known: false,
        };
        let disagree = |column: &Column| {
            let kinds = parsed.iter().map(|parsed| kind(parsed, column.place));
            column.values.kind() == Kind::Missing && kinds.fold(Kind::Missing, Kind::and) == Kind::Mixed
        };
        let starts = self.starts(|column| disagree(column).then_some(text));
        if starts.iter().all(Option::is_none) {
            return;
        }
        parsed.par_iter_mut().zip(blocks).for_each(|(parsed, block)| {
            // It was read before, so nothing is wrong with it.
            if let Ok(again) = block::parse(block, &self.layout, &starts) {
                for (cells, again) in parsed.cells.iter_mut().zip(again.cells) {
                    if again.is_some() {
                        *cells = again;
                    }
                }
            }
        });
    }
}
