//! Counts what is written.

use std::io::{self, Write};

/// A writer that knows how many bytes went through it.
pub(crate) struct Counted<W> {
    out: W,
    /// So many.
    pub(crate) bytes: u64,
}

impl<W: Write> Counted<W> {
    /// Nothing has been written.
    pub(crate) fn new(out: W) -> Self {
        Self { out, bytes: 0 }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
