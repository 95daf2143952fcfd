//! The bytes of a table, unpacked if the file is packed with gzip or zstd; which of them it is, its first bytes
//! tell. What a small file may unpack to is bounded.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::bufread::MultiGzDecoder;

use super::Source;
use crate::{Error, Observer, error::Result, observer::Step};

const BOM: &[u8] = b"\xEF\xBB\xBF";
const GZIP: &[u8] = b"\x1F\x8B";
const ZSTD: &[u8] = b"\x28\xB5\x2F\xFD";

/// A file may unpack to this much whatever its size.
const FREE: u64 = 64 << 20;
/// Beyond that, it may unpack to so many times its size. No table of use is packed that well, but bombs are.
const RATIO: u64 = 1000;

/// How much of a packed file is read at once.
const PACKED: usize = 64 << 10;

/// The bytes of a table from its beginning, without a byte-order mark.
pub(super) struct Input<'a> {
    name: &'a str,
    observer: &'a dyn Observer,
    bytes: Box<dyn Read + Send + 'a>,
    packed: bool,
    /// Of the file, as it lies on the disk.
    size: u64,
    /// How much of that was used.
    taken: Arc<AtomicU64>,
    /// How much it was unpacked to.
    given: u64,
    begun: bool,
}

impl<'a> Input<'a> {
    /// Reads from the beginning of the file, wherever it stands.
    pub(super) fn open(source: &'a Source, observer: &'a dyn Observer) -> Result<Self> {
        let name = &source.name;
        let failed = |error: io::Error| Error::storage("READ_FAILED", format!("{name}: {error}"));
        let mut file = &source.file;
        let size = file.metadata().map_err(failed)?.len();
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut magic = Vec::with_capacity(ZSTD.len());
        file.take(ZSTD.len() as u64)
            .read_to_end(&mut magic)
            .map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;

        let taken = Arc::new(AtomicU64::new(0));
        let raw = |capacity| Counted {
            file: BufReader::with_capacity(capacity, file),
            taken: Arc::clone(&taken),
        };
        let (bytes, packed): (Box<dyn Read + Send + 'a>, bool) = if magic.starts_with(GZIP) {
            (Box::new(MultiGzDecoder::new(raw(PACKED))), true)
        } else if magic.starts_with(ZSTD) {
            let decoder = zstd::Decoder::with_buffer(raw(PACKED)).map_err(failed)?;
            (Box::new(decoder), true)
        } else {
            (Box::new(raw(0)), false)
        };
        Ok(Self {
            name,
            observer,
            bytes,
            packed,
            size,
            taken,
            given: 0,
            begun: false,
        })
    }

    /// The file's name in messages.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// Which share of the file has been read, in (0, 1].
    pub(super) fn share_read(&self) -> f64 {
        let taken = self.taken.load(Ordering::Relaxed);
        if taken == 0 || taken >= self.size {
            1.0
        } else {
            taken as f64 / self.size as f64
        }
    }

    /// Adds bytes until the buffer holds `wanted`; false at the end of the file.
    ///
    /// # Errors
    /// `READ_FAILED`, `PACKED_INVALID`, `PACKED_TOO_WELL`; cancellation.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> Result<bool> {
        if self.observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let mut more = self.append(buffer, wanted)?;
        if !self.begun {
            self.begun = true;
            if buffer.len() < BOM.len() {
                more = self.append(buffer, BOM.len())?;
            }
            if buffer.starts_with(BOM) {
                buffer.drain(..BOM.len());
            }
        }
        self.observer.step(Step {
            completed: self.taken.load(Ordering::Relaxed).min(self.size),
            total: self.size,
            unit: "bytes",
        });
        Ok(more)
    }

    fn append(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> Result<bool> {
        let missing = wanted.saturating_sub(buffer.len());
        let read = (&mut self.bytes).take(missing as u64).read_to_end(buffer);
        let read = read.map_err(|error| self.failure(&error))?;
        self.given += read as u64;
        if self.packed && self.given > FREE && self.given / RATIO > self.size {
            let (name, size) = (self.name, self.size);
            let message = format!("{name} has {size} bytes and unpacks to more than {RATIO} times as many");
            return Err(Error::data("PACKED_TOO_WELL", message));
        }
        Ok(read == missing)
    }

    fn failure(&self, error: &io::Error) -> Error {
        let message = format!("{}: {error}", self.name);
        // What the operating system did not say, the decoder did.
        if self.packed && error.raw_os_error().is_none() {
            Error::data("PACKED_INVALID", message)
        } else {
            Error::storage("READ_FAILED", message)
        }
    }
}

/// A file, and how much of it was used. What a decoder has not come to yet does not count, though it may have been
/// read: of a file packed well, that can be most of it.
struct Counted<'a> {
    file: BufReader<&'a File>,
    taken: Arc<AtomicU64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl BufRead for Counted<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.file.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        self.file.consume(count);
    }
}
