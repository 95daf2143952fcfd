//! The records of a block, field by field.
//!
//! A field that begins with the quote ends at the next one that is not doubled; what follows up to the delimiter is
//! taken as it is. Anywhere else a quote is an ordinary byte. LF, CR and CR LF end a record, and blank lines are
//! none. These are the rules of csv-core, which the tests compare with.

use memchr::{memchr, memchr_iter, memchr3};

/// Reads the records of a block.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    quote: u8,
    at: usize,
    /// Line ends before `at`.
    pub(super) lines: u64,
    /// A quoted field that is not a piece of the block.
    unquoted: Vec<u8>,
}

/// The quote that opens a field is never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclosed;

/// What comes after a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Field,
    RecordEnd,
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8], delimiter: u8, quote: u8) -> Self {
        Self {
            bytes,
            delimiter,
            quote,
            at: 0,
            lines: 0,
            unquoted: Vec::new(),
        }
    }

    /// Moves to the next record; false if there is none.
    pub(super) fn begin(&mut self) -> bool {
        loop {
            match self.bytes.get(self.at) {
                Some(b'\n') => self.lines += 1,
                Some(b'\r') => {}
                Some(_) => return true,
                None => return false,
            }
            self.at += 1;
        }
    }

    /// Where in the block the reading is.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// The bytes from the beginning of the next field on, unless it is quoted.
    #[inline]
    pub(super) fn plain(&self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        (rest.first() != Some(&self.quote)).then_some(rest)
    }

    /// The next field, unquoted.
    #[inline]
    pub(super) fn field(&mut self) -> Result<&[u8], Unclosed> {
        let start = self.at;
        if self.bytes.get(start) == Some(&self.quote) {
            return self.quoted();
        }
        self.at = self.end(start);
        Ok(&self.bytes[start..self.at])
    }

    /// Passes a field of this length.
    #[inline]
    pub(super) fn pass(&mut self, length: usize) {
        self.at += length;
    }

    /// Passes what ends a field.
    #[inline]
    pub(super) fn after(&mut self) -> After {
        match self.bytes.get(self.at) {
            Some(byte) if *byte == self.delimiter => {
                self.at += 1;
                return After::Field;
            }
            Some(b'\n') => self.lines += 1,
            Some(_) => {}
            None => return After::RecordEnd,
        }
        self.at += 1;
        After::RecordEnd
    }

    /// Where the unquoted field ends that `from` lies in.
    #[inline]
    fn end(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        // Most fields are shorter than what a vector search takes to begin.
        if let Some(first) = rest.first_chunk() {
            let first = u64::from_le_bytes(*first);
            let ends = [self.delimiter, b'\n', b'\r'].map(|byte| equal(first, byte));
            let ends = ends[0] | ends[1] | ends[2];
            if ends != 0 {
                return from + ends.trailing_zeros() as usize / 8;
            }
        }
        let place = memchr3(self.delimiter, b'\n', b'\r', rest);
        place.map_or(self.bytes.len(), |place| from + place)
    }

    fn quoted(&mut self) -> Result<&[u8], Unclosed> {
        let start = self.at + 1;
        let mut from = start;
        let mut closing;
        self.unquoted.clear();
        loop {
            closing = from + memchr(self.quote, &self.bytes[from..]).ok_or(Unclosed)?;
            if self.bytes.get(closing + 1) != Some(&self.quote) {
                break;
            }
            self.unquoted.extend_from_slice(&self.bytes[from..=closing]);
            from = closing + 2;
        }
        self.at = self.end(closing + 1);
        self.lines += memchr_iter(b'\n', &self.bytes[start..closing]).count() as u64;
        if from == start && self.at == closing + 1 {
            return Ok(&self.bytes[start..closing]);
        }
        self.unquoted.extend_from_slice(&self.bytes[from..closing]);
        self.unquoted.extend_from_slice(&self.bytes[closing + 1..self.at]);
        Ok(&self.unquoted)
    }
}

/// The high bits of the bytes of a word that are this byte; what lies above the first of them is of no use
/// (Mycroft's test for a byte that is zero).
#[inline]
fn equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let word = word ^ (ONES * u64::from(byte));
    word.wrapping_sub(ONES) & !word & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(bytes: &[u8]) -> Option<Vec<Vec<Vec<u8>>>> {
        let mut records = Records::new(bytes, b',', b'"');
        let mut all = Vec::new();
        while records.begin() {
            let mut fields = Vec::new();
            loop {
                fields.push(records.field().ok()?.to_vec());
                if records.after() == After::RecordEnd {
                    break;
                }
            }
            all.push(fields);
        }
        Some(all)
    }

    /// What csv-core reads, a line end added as it asks for.
    fn theirs(bytes: &[u8]) -> Option<Vec<Vec<Vec<u8>>>> {
        let mut core = csv_core::Reader::new();
        let (mut rest, mut all) = ([bytes, b"\n"].concat(), Vec::new());
        loop {
            let (mut out, mut ends) = ([0; 512], [0; 512]);
            let (result, read, _, count) = core.read_record(&rest, &mut out, &mut ends);
            rest.drain(..read);
            match result {
                csv_core::ReadRecordResult::Record => {}
                csv_core::ReadRecordResult::End => return Some(all),
                csv_core::ReadRecordResult::InputEmpty if rest.is_empty() => {
                    // Nothing but blank lines, or a quote that is still open.
                    let (result, ..) = core.read_record(&[], &mut out, &mut ends);
                    return (result == csv_core::ReadRecordResult::End && count == 0).then_some(all);
                }
                other => panic!("{other:?}"),
            }
            let mut from = 0;
            let fields = ends[..count].iter().map(|&end| {
                let field = out[from..end].to_vec();
                from = end;
                field
            });
            all.push(fields.collect());
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4096))]

        #[test]
        fn records_are_those_of_csv_core(text in "[ab,\"\n\r]{0,40}") {
            proptest::prop_assert_eq!(ours(text.as_bytes()), theirs(text.as_bytes()), "{:?}", text);
        }
    }
}
