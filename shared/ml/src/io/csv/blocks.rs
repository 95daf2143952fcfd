//! A CSV file in blocks of whole records, so that several can be read at once. Where a record ends depends on the
//! quotes before it, which are therefore followed here, from quote to quote.

use domain::spec::CsvOptions;
use memchr::{memchr, memrchr2};

use crate::{Error, error::Result, io::input::Input};

/// Longer records are refused: a quote that is never closed would else draw the whole file into memory.
const LONGEST: usize = 256 << 20;

/// Whole records. Only of the last one of a file the line end, and a closing quote, may be missing.
pub(super) struct Block(pub(super) Vec<u8>);

/// Cuts a file into blocks.
pub(super) struct Blocks<'a> {
    input: Input<'a>,
    delimiter: u8,
    quote: u8,
    size: usize,
    /// The beginning of the next block.
    carried: Vec<u8>,
    more: bool,
}

impl<'a> Blocks<'a> {
    /// Blocks of about `size` bytes, from `skipped` bytes after the beginning on.
    pub(super) fn new(
        mut input: Input<'a>,
        options: &CsvOptions,
        size: usize,
        mut skipped: u64,
    ) -> Result<Self> {
        let mut carried = Vec::new();
        let mut more = true;
        while skipped > 0 && more {
            let wanted = usize::try_from(skipped).unwrap_or(size).min(size);
            more = input.fill(&mut carried, wanted)?;
            let gone = carried.len().min(wanted);
            carried.drain(..gone);
            skipped -= gone as u64;
        }
        Ok(Self {
            input,
            delimiter: options.delimiter,
            quote: options.quote,
            size,
            carried,
            more,
        })
    }

    /// Which share of the file has been read, in (0, 1].
    pub(super) fn share_read(&self) -> f64 {
        self.input.share_read()
    }

    /// The next block; none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Block>> {
        let mut bytes = Vec::with_capacity(self.size);
        bytes.append(&mut self.carried);
        let mut quotes = Quotes::default();
        let mut wanted = self.size;
        while self.more {
            self.more = self.input.fill(&mut bytes, wanted)?;
            if !self.more {
                break;
            }
            quotes.follow(&bytes, self.delimiter, self.quote);
            if quotes.whole > 0 {
                self.carried = bytes.split_off(quotes.whole);
                return Ok(Some(Block(bytes)));
            }
            if bytes.len() > LONGEST {
                let message = format!(
                    "{}: a record is longer than {} MiB; is a quote never closed?",
                    self.input.name(),
                    LONGEST >> 20
                );
                return Err(Error::data("CSV_RECORD_TOO_LONG", message));
            }
            wanted = bytes.len().max(self.size) * 2;
        }
        Ok((!bytes.is_empty()).then_some(Block(bytes)))
    }
}

/// Follows the quotes from the beginning of a record on, while bytes are added.
#[derive(Default)]
struct Quotes {
    /// Up to here they were followed.
    at: usize,
    /// Whether that is within quotes.
    open: bool,
    /// How many bytes are whole records.
    whole: usize,
}

impl Quotes {
    fn follow(&mut self, bytes: &[u8], delimiter: u8, quote: u8) {
        loop {
            let found = memchr(quote, &bytes[self.at..]).map(|place| self.at + place);
            if !self.open {
                let end = found.unwrap_or(bytes.len());
                if let Some(place) = memrchr2(b'\n', b'\r', &bytes[self.at..end]) {
                    self.whole = self.at + place + 1;
                }
            }
            let Some(place) = found else {
                self.at = bytes.len();
                return;
            };
            if !self.open {
                // Anywhere but at the beginning of a field, a quote is an ordinary byte.
                let before = place.checked_sub(1).map(|before| bytes[before]);
                self.open = before.is_none_or(|byte| byte == delimiter || byte == b'\n' || byte == b'\r');
                self.at = place + 1;
            } else if place + 1 == bytes.len() {
                // Whether it closes, the next byte tells.
                self.at = place;
                return;
            } else if bytes[place + 1] == quote {
                self.at = place + 2;
            } else {
                self.open = false;
                self.at = place + 1;
            }
        }
    }
}
