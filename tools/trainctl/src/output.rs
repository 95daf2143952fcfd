//! Where words go: data to standard output, everything else to standard error. All writing passes here, because
//! `println!` panics when the reader of a pipe has had enough.

use std::io::{self, BufWriter, Stdout, Write};

use anyhow::Result;
use serde_json::Value;

/// Standard output, and whether it is to hold JSON.
pub(crate) struct Output {
    /// Whether data is written as JSON.
    pub(crate) json: bool,
    stdout: BufWriter<Stdout>,
}

impl Output {
    /// Standard output.
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            stdout: BufWriter::new(io::stdout()),
        }
    }

    /// Writes text as it is, with a line feed after it.
    pub(crate) fn line(&mut self, text: &str) -> Result<()> {
        Ok(writeln!(self.stdout, "{text}")?)
    }

    /// Writes one JSON value, indented.
    pub(crate) fn json(&mut self, value: &Value) -> Result<()> {
        self.line(&format!("{value:#}"))
    }

    /// Writes one JSON value as one line, at once: whoever reads it is waiting.
    pub(crate) fn json_line(&mut self, value: &Value) -> Result<()> {
        self.line(&value.to_string())?;
        self.flush()
    }

    /// Hands out what is still buffered.
    pub(crate) fn flush(&mut self) -> Result<()> {
        Ok(self.stdout.flush()?)
    }

    /// Standard output itself, for those who write a lot.
    pub(crate) fn writer(&mut self) -> &mut (impl Write + Send) {
        &mut self.stdout
    }

    /// Hands out what is still buffered, and then `result`.
    pub(crate) fn finish<T>(&mut self, result: Result<T>) -> Result<T> {
        let flushed = self.stdout.flush();
        let value = result?;
        flushed?;
        Ok(value)
    }
}

/// Tells people something. Nobody may be listening, which is no error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Whether the error is that whoever read the output stopped reading.
pub(crate) fn is_closed(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
