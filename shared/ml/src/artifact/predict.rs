//! A table of any length predicted part by part: while one part is read, others are predicted and written, and no more of
//! them than a few are in memory.

use domain::spec::{CsvOptions, DataFormat};

use super::Artifact;
use crate::{
    Error, Observer,
    in_order::in_order_apart,
    io::{Source, read_parts},
    pipeline::Predictions,
};

/// The most rows of a part: enough that a large model is brought into the cache for many of them.
const ROWS: usize = 4096;

/// The most cells of a part, by which a wide table has fewer rows.
const CELLS: usize = 1 << 19;

impl Artifact {
    /// Predicts every row of a table that [`Artifact::read`] could read. `render` is given the predictions of each part, on
    /// several threads at once, and `write` what came of it, in the order of the rows. A part has `rows` rows at most; as
    /// many as are fast if none.
    ///
    /// # Errors
    /// As [`Artifact::read`], when a node cannot be applied, and what `render` and `write` say; the first in the order of
    /// the rows. What lies before it was written.
    pub fn predict_each<Text: Send, E: From<Error> + Send>(
        &self,
        source: &Source,
        (format, csv): (DataFormat, &CsvOptions),
        rows: Option<usize>,
        observer: &dyn Observer,
        render: impl Fn(Predictions) -> Result<Text, E> + Sync,
        mut write: impl FnMut(Text) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        let (schema, target) = (self.needed(), self.pipeline.target());
        let rows = rows.unwrap_or((CELLS / schema.len().max(1)).clamp(1, ROWS));
        let mut parts = read_parts(source, format, csv, (&schema, target), rows, observer)?;
        let predict = |part| {
            let table = self.pipeline.completed(&part)?;
            render(self.pipeline.predict(table, observer)?)
        };
        in_order_apart(
            || Ok(parts.next().transpose()?),
            predict,
            |rendered| write(rendered?),
        )
    }
}

#[cfg(test)]
mod tests;
