//! Where an artifact's files go, one after the other, each piece by piece: a file of the size of a model need not lie in
//! memory beside it.

use std::io::{self, BufWriter, Write};

use sha2::{Digest, Sha256};

use super::{FileEntry, PIECE, check::hex};
use crate::{Error, counted::Counted, error::Result};

/// What writes a file's content.
pub type Content<'c> = dyn FnMut(&mut dyn Write) -> io::Result<()> + 'c;

/// Where files go.
pub trait Sink {
    /// Writes a file whose content is what `content`, called once, writes.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&mut self, name: &str, content: &mut Content<'_>) -> Result<()>;
}

/// Files by name.
impl Sink for Vec<(String, Vec<u8>)> {
    fn write(&mut self, name: &str, content: &mut Content<'_>) -> Result<()> {
        let mut bytes = Vec::new();
        content(&mut bytes).map_err(|error| Error::unsupported("ENCODING", error.to_string()))?;
        self.push((name.to_owned(), bytes));
        Ok(())
    }
}

/// Files that are listed on their way.
pub(super) struct Listed<'s> {
    sink: &'s mut dyn Sink,
    pub(super) entries: Vec<FileEntry>,
}

impl<'s> Listed<'s> {
    pub(super) fn new(sink: &'s mut dyn Sink) -> Self {
        Self {
            sink,
            entries: Vec::new(),
        }
    }

    /// Writes a file whose content is what `content` writes.
    pub(super) fn write(&mut self, name: &str, content: &mut Content<'_>) -> Result<()> {
        let entries = &mut self.entries;
        self.sink.write(name, &mut |out| {
            let hashed = Hashed {
                out: Counted::new(out),
                hasher: Sha256::new(),
            };
            let mut buffered = BufWriter::with_capacity(PIECE, hashed);
            content(&mut buffered)?;
            let hashed = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
            entries.push(FileEntry {
                name: name.to_owned(),
                bytes: hashed.out.bytes,
                sha256: hex(&hashed.hasher.finalize()),
            });
            Ok(())
        })
    }

    /// Writes a file of these bytes.
    pub(super) fn put(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.write(name, &mut |out| out.write_all(bytes))
    }
}

/// Hashes what is written.
struct Hashed<W> {
    out: Counted<W>,
    hasher: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
