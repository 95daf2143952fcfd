//! The records of a CSV file, one at a time, with the line each begins on. The field rules are csv-core's; this
//! adds lines, the check that quotes are closed, progress and cancellation.

use std::{fs::File, io::Read};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use domain::spec::CsvOptions;

use crate::{Error, Observer, error::Result, observer::Step};

const CHUNK: usize = 256 * 1024;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Reads records.
pub(super) struct Records<'a> {
    file: &'a File,
    name: &'a str,
    observer: &'a dyn Observer,
    total: u64,
    done: u64,
    chunk: Vec<u8>,
    start: usize,
    end: usize,
    core: Reader,
    newlines: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// One record, its fields unquoted.
pub(super) struct Record<'a> {
    /// The line it begins on, from 1.
    pub(super) line: u64,
    bytes: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    /// How many fields it has.
    pub(super) fn width(&self) -> usize {
        self.ends.len()
    }

    /// A field.
    pub(super) fn cell(&self, at: usize) -> &'a [u8] {
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[from..self.ends[at]]
    }

    /// The fields.
    pub(super) fn cells(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        (0..self.width()).map(|at| self.cell(at))
    }
}

impl<'a> Records<'a> {
    /// Reads from where the file stands, its beginning.
    pub(super) fn new(
        file: &'a File,
        name: &'a str,
        total: u64,
        options: &CsvOptions,
        observer: &'a dyn Observer,
    ) -> Self {
        let core = ReaderBuilder::new()
            .delimiter(options.delimiter)
            .quote(options.quote)
            .build();
        Self {
            file,
            name,
            observer,
            total,
            done: 0,
            chunk: vec![0; CHUNK],
            start: 0,
            end: 0,
            core,
            newlines: 0,
            bytes: vec![0; 1024],
            ends: vec![0; 64],
        }
    }

    /// The next record; blank lines are skipped.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>> {
        if !self.skip_blank_lines()? {
            return Ok(None);
        }
        let line = self.newlines + 1;
        let (mut length, mut fields) = (0, 0);
        loop {
            let at_end = self.start == self.end && !self.fill()?;
            // A line end closes the last record; within quotes it would only become part of the field.
            let input = if at_end {
                b"\n"
            } else {
                &self.chunk[self.start..self.end]
            };
            let (result, read, written, ended) =
                self.core
                    .read_record(input, &mut self.bytes[length..], &mut self.ends[fields..]);
            length += written;
            fields += ended;
            if !at_end {
                let taken = &self.chunk[self.start..self.start + read];
                self.newlines += taken.iter().filter(|byte| **byte == b'\n').count() as u64;
                self.start += read;
            }
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => {
                    return Ok(Some(Record {
                        line,
                        bytes: &self.bytes[..length],
                        ends: &self.ends[..fields],
                    }));
                }
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty if at_end => {
                    let message = format!(
                        "{} line {line} column {}: the quote that opens here is never closed",
                        self.name,
                        fields + 1
                    );
                    return Err(Error::data("CSV_UNCLOSED_QUOTE", message));
                }
                ReadRecordResult::InputEmpty => {}
            }
        }
    }

    /// Moves to the first byte of a record; false at the end of the file.
    fn skip_blank_lines(&mut self) -> Result<bool> {
        loop {
            while self.start < self.end {
                match self.chunk[self.start] {
                    b'\n' => self.newlines += 1,
                    b'\r' => {}
                    _ => return Ok(true),
                }
                self.start += 1;
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    /// Reads the next chunk; false at the end of the file.
    fn fill(&mut self) -> Result<bool> {
        if self.observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let first = self.done == 0;
        self.start = 0;
        self.end = 0;
        // A first chunk holds at least a byte-order mark, if there is one.
        while self.end < if first { BOM.len() } else { 1 } {
            match self.file.read(&mut self.chunk[self.end..]) {
                Ok(0) => break,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::storage("READ_FAILED", format!("{}: {error}", self.name))),
            }
        }
        self.done += self.end as u64;
        if first && self.chunk[..self.end].starts_with(BOM) {
            self.start = BOM.len();
        }
        self.observer.step(Step {
            completed: self.done,
            total: self.total,
            unit: "bytes",
        });
        Ok(self.end > 0)
    }
}
