//! CSV read into a frame, each byte once and blocks of the file at once. Types widen as values come; only a column
//! that turns out to be text after numbers were seen is read again, since its numbers no longer say how they were
//! written.
//!
//! What comes of a file does not depend on where its blocks end, so neither on how many threads read it.

mod block;
mod blocks;
mod cells;
mod odd_cells;
mod records;
mod refusal;
mod table;

use arrow::array::ArrayRef;
use domain::spec::CsvOptions;
use rayon::prelude::*;

use self::{
    block::{Layout, Parsed, Wrong},
    blocks::{Block, Blocks},
    cells::Start,
    records::{After, Records},
    table::{Column, Table},
};
use super::{
    Columns, Located, Source, budget::Budget, input::Input, locate, nulls::Nulls, parts::Pieces,
    values::Values,
};
use crate::{
    Error, Observer,
    error::Result,
    frame::{ColumnKind, Frame},
    in_order::in_order,
};

/// How much of a file is one block: enough to keep a thread busy, and small enough for its cache.
pub(super) const BLOCK: usize = 512 << 10;

/// Reads a CSV file.
pub(super) fn read(
    source: &Source,
    options: &CsvOptions,
    columns: Columns<'_>,
    observer: &dyn Observer,
) -> Result<Frame> {
    read_blocks(source, options, columns, observer, BLOCK)
}

fn read_blocks(
    source: &Source,
    options: &CsvOptions,
    wanted: Columns<'_>,
    observer: &dyn Observer,
    block_bytes: usize,
) -> Result<Frame> {
    let nulls = Nulls::new(&options.null_values);
    let reading = Reading {
        source,
        options,
        observer,
        block_bytes,
        head: header(source, options, observer, block_bytes)?,
        nulls: &nulls,
    };
    let located = locate(wanted, &source.name, &reading.head.names, observer)?;
    let found = located
        .iter()
        .map(|column| Column::new(column.place, column.known));
    let mut found = reading.pass(found.collect())?;

    let (again, texts): (Vec<usize>, Vec<Column>) = found
        .iter()
        .enumerate()
        .filter(|(_, column)| column.known.is_none() && column.values.must_be_reread())
        .map(|(at, column)| (at, Column::new(column.place, Some(ColumnKind::Text))))
        .unzip();
    if !again.is_empty() {
        for &at in &again {
            // Let go before as much is read again.
            found[at].values = Values::Missing(0);
        }
        for (at, column) in again.into_iter().zip(reading.pass(texts)?) {
            found[at] = column;
        }
    }
    let columns: Vec<(&Located, Column)> = located.iter().zip(found).collect();
    let columns: Vec<(String, ArrayRef)> = columns.into_par_iter().map(finished).collect();
    let frame = Frame::new(columns)?;
    if matches!(wanted, Columns::Inferred) {
        for column in frame.columns() {
            odd_cells::warn(&source.name, column, observer);
        }
    }
    Ok(frame)
}

/// A column's name and values.
fn finished((located, column): (&Located, Column)) -> (String, ArrayRef) {
    let float = located.known == Some(ColumnKind::Float);
    (located.name.clone(), column.values.finish(float))
}

/// Reads a CSV file of known columns piece by piece.
pub(super) fn pieces<'a>(
    source: &'a Source,
    options: &'a CsvOptions,
    wanted: Columns<'_>,
    block_bytes: usize,
    observer: &'a dyn Observer,
) -> Result<Pieces<'a>> {
    let nulls = Nulls::new(&options.null_values);
    let head = header(source, options, observer, block_bytes)?;
    let located = locate(wanted, &source.name, &head.names, observer)?;
    let input = Input::open(source, observer)?;
    let mut blocks = Blocks::new(input, options, block_bytes, head.bytes)?;
    let mut lines = head.lines;
    let next = move || {
        let Some(block) = blocks.next()? else {
            return Ok(None);
        };
        let columns = located
            .iter()
            .map(|column| Column::new(column.place, column.known));
        let mut table = Table {
            layout: Layout::new(options, head.names.len(), &nulls),
            columns: columns.collect(),
            lines,
        };
        let parsed = block::parse(&block, &table.layout, &table.starts());
        table
            .append(&block, parsed)
            .map_err(|refused| refusal::explain(refused, &source.name, &head.names, options.has_header))?;
        lines = table.lines;
        Ok(Some(located.iter().zip(table.columns).map(finished).collect()))
    };
    Ok(Box::new(next))
}

/// What stands before the values.
struct Head {
    names: Vec<String>,
    /// How many bytes it takes.
    bytes: u64,
    /// How many line ends it holds.
    lines: u64,
}

/// The names of the columns.
fn header(
    source: &Source,
    options: &CsvOptions,
    observer: &dyn Observer,
    block_bytes: usize,
) -> Result<Head> {
    let file = &source.name;
    let mut blocks = Blocks::new(Input::open(source, observer)?, options, block_bytes, 0)?;
    let (mut bytes, mut lines) = (0, 0);
    while let Some(Block(block)) = blocks.next()? {
        let mut records = Records::new(&block, options.delimiter, options.quote);
        if !records.begin() {
            bytes += block.len() as u64;
            lines += records.lines;
            continue;
        }
        let line = lines + records.lines;
        let mut cells: Vec<Vec<u8>> = Vec::new();
        loop {
            let cell = records
                .field()
                .map_err(|_| refusal::unclosed(file, line, cells.len()))?;
            cells.push(cell.to_vec());
            if records.after() == After::RecordEnd {
                break;
            }
        }
        if !options.has_header {
            return Ok(Head {
                names: (1..=cells.len())
                    .map(|number| format!("column_{number}"))
                    .collect(),
                bytes: 0,
                lines: 0,
            });
        }
        return Ok(Head {
            names: names(file, line, &cells)?,
            bytes: bytes + records.place() as u64,
            lines: lines + records.lines,
        });
    }
    Err(Error::data("CSV_EMPTY", format!("{file} is empty")))
}

fn names(file: &str, line: u64, cells: &[Vec<u8>]) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::with_capacity(cells.len());
    let mut known = std::collections::HashMap::new();
    for (at, cell) in cells.iter().enumerate() {
        let place = format!("{file} line {} column {}", line + 1, at + 1);
        let name = str::from_utf8(cell)
            .map_err(|_| Error::data("CSV_BAD_UTF8", format!("{place}: the column's name is not UTF-8")))?
            .trim();
        if name.is_empty() {
            let message = format!("{place}: the column has no name");
            return Err(Error::data("CSV_EMPTY_HEADER", message));
        }
        if let Some(before) = known.insert(name, at) {
            let message = format!("{place}: {name:?} is the name of column {} already", before + 1);
            return Err(Error::data("CSV_DUPLICATE_HEADER", message));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// A file being read.
struct Reading<'a> {
    source: &'a Source,
    options: &'a CsvOptions,
    observer: &'a dyn Observer,
    block_bytes: usize,
    head: Head,
    nulls: &'a Nulls,
}

/// A block and what was found in it.
struct Found {
    block: Block,
    /// Which share of the file was read with it.
    share: f64,
    parsed: Result<Parsed, Wrong>,
}

impl Reading<'_> {
    /// Reads every record and gives these columns their values. The first block is read alone, for the types that
    /// the others may expect.
    fn pass(&self, columns: Vec<Column>) -> Result<Vec<Column>> {
        let Self { source, options, .. } = self;
        let input = Input::open(source, self.observer)?;
        let mut blocks = Blocks::new(input, options, self.block_bytes, self.head.bytes)?;
        let layout = Layout::new(options, self.head.names.len(), self.nulls);
        let mut table = Table {
            layout,
            columns,
            lines: self.head.lines,
        };
        let mut take = || Ok(blocks.next()?.map(|block| (block, blocks.share_read())));
        let read = |(block, share), starts: &[Option<Start>]| {
            let parsed = block::parse(&block, &layout, starts);
            Found { block, share, parsed }
        };
        if let Some(first) = take()? {
            let first = read(first, &table.starts());
            self.append(&mut table, first)?;
        }
        let starts = table.starts();
        let append = |found| self.append(&mut table, found);
        in_order(take, |block| read(block, &starts), append)?;
        Ok(table.columns)
    }

    fn append(&self, table: &mut Table<'_>, found: Found) -> Result<()> {
        let Found { block, share, parsed } = found;
        table.append(&block, parsed).map_err(|refused| {
            let names = &self.head.names;
            refusal::explain(refused, &self.source.name, names, self.options.has_header)
        })?;
        Budget::new(self.source).check(table.bytes(), share)
    }
}

#[cfg(test)]
mod tests;
