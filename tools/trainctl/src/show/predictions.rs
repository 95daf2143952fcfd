//! Predictions as they are written, whatever the form: the row's number, the prediction, each class's probability, and
//! why there is none. They come part by part, so that a table of any length passes through.

mod columns;
mod text;

use std::io::Write;

use anyhow::Result;
use ml::{
    frame::Frame,
    io::TableWriter,
    pipeline::{Label, Outcome, Predictions},
};

/// How predictions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A line for each row, and one for the names of the columns.
    Csv,
    /// An object on a line for each row, with the same columns.
    Ndjson,
    /// The same columns.
    Parquet,
    /// One object with a list, in which probabilities are an object by label.
    Json,
}

/// Predictions ready to be written.
pub(crate) enum Rendered {
    Text(Vec<u8>),
    Table(Frame),
}

impl Form {
    /// Its name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
            Self::Json => "json",
        }
    }

    /// The predictions in this form.
    ///
    /// # Errors
    /// None but defects.
    pub(crate) fn render(self, predictions: &Predictions) -> Result<Rendered> {
        let mut text = Vec::new();
        match self {
            Self::Csv => text::csv(predictions, &mut text)?,
            Self::Ndjson => text::ndjson(predictions, &mut text)?,
            Self::Json => text::json(predictions, &mut text)?,
            Self::Parquet => return Ok(Rendered::Table(columns::frame(predictions)?)),
        }
        Ok(Rendered::Text(text))
    }
}

/// Writes predictions part by part. Text begins with the first part, so that a table that is refused leaves none.
pub(crate) struct Writer<W: Write + Send> {
    form: Form,
    out: Out<W>,
    /// What comes before the first row, until it is written.
    head: Vec<u8>,
    /// Whether a row was written.
    begun: bool,
}

enum Out<W: Write + Send> {
    Text(W),
    Table(Box<TableWriter<W>>),
}

impl<W: Write + Send> Writer<W> {
    /// Writes to `out` once there are rows.
    pub(crate) fn new(form: Form, labels: &[Label], out: W) -> Result<Self> {
        let mut head = Vec::new();
        let out = match form {
            Form::Csv => {
                text::csv_head(labels, &mut head)?;
                Out::Text(out)
            }
            Form::Json => {
                head.extend(text::JSON_HEAD);
                Out::Text(out)
            }
            Form::Ndjson => Out::Text(out),
            Form::Parquet => {
                let none = Predictions {
                    labels: labels.to_vec(),
                    rows: Vec::new(),
                };
                Out::Table(Box::new(TableWriter::new(&columns::frame(&none)?, out)?))
            }
        };
        Ok(Self {
            form,
            out,
            head,
            begun: false,
        })
    }

    /// Writes the rows that follow.
    pub(crate) fn write(&mut self, rendered: &Rendered) -> Result<()> {
        match (&mut self.out, rendered) {
            (Out::Text(out), Rendered::Text(text)) => {
                let separator = match self.form {
                    // Before the first object there is no comma.
                    Form::Json if !self.begun => text::JSON_SEPARATOR,
                    Form::Csv | Form::Ndjson | Form::Parquet | Form::Json => b"",
                };
                out.write_all(&std::mem::take(&mut self.head))?;
                self.begun |= !text.is_empty();
                out.write_all(text.strip_prefix(separator).unwrap_or(text))?;
            }
            (Out::Table(out), Rendered::Table(table)) => out.write(table)?,
            (Out::Text(_), Rendered::Table(_)) | (Out::Table(_), Rendered::Text(_)) => {
                unreachable!("rendered in another form")
            }
        }
        Ok(())
    }

    /// Writes what comes after the last row.
    pub(crate) fn finish(self) -> Result<()> {
        match self.out {
            Out::Text(mut out) => {
                out.write_all(&self.head)?;
                if self.form == Form::Json {
                    out.write_all(text::JSON_TAIL)?;
                }
            }
            Out::Table(out) => out.finish()?,
        }
        Ok(())
    }
}

/// Writes predictions that are there as a whole.
pub(crate) fn write(form: Form, predictions: &Predictions, out: impl Write + Send) -> Result<()> {
    let mut writer = Writer::new(form, &predictions.labels, out)?;
    writer.write(&form.render(predictions)?)?;
    writer.finish()
}

/// How many rows got no prediction.
pub(crate) fn unanswered(predictions: &Predictions) -> usize {
    predictions
        .rows
        .iter()
        .filter(|row| matches!(row.outcome, Outcome::Nothing(_)))
        .count()
}

/// The name of the column with a class's probability.
fn probability(label: &Label) -> String {
    format!("probability_{label}")
}

#[cfg(test)]
mod tests;
