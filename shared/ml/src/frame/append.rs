//! Rows added to a frame for training: copies of rows or rows made up from them. They come from no source row, so
//! they are numbered beyond every source, and nothing ever takes one for a row of the table.

use std::sync::Arc;

use arrow::{array::ArrayRef, compute::concat};

use super::{Frame, Split};
use crate::{Error, error::Result};

/// The number of the first added row.
const ADDED: u64 = 1 << 63;

/// Whether a row number is that of a row of the source, not of one that was added.
pub fn is_source_row(row: u64) -> bool {
    row < ADDED
}

impl Frame {
    /// Adds training rows at the end: `values` holds their values for each column, in the order of the columns and
    /// of the same types. They count as made by the node `by`, and are told apart from the rows of the source by
    /// [`is_source_row`].
    ///
    /// # Errors
    /// `TOO_MANY_ROWS`; for arrays that do not suit the columns, a defect of the caller.
    pub fn append(&mut self, values: &[ArrayRef], by: &str) -> Result<()> {
        let more = values.first().map_or(0, |data| data.len());
        let unfit = |message: String| Error::unsupported("APPENDED_ROWS", message);
        if values.len() != self.width() || values.iter().any(|data| data.len() != more) {
            return Err(unfit("the added rows do not cover every column".into()));
        }
        if u32::try_from(self.height() + more).is_err() {
            let message = format!("with {more} rows added the table has more than {}", u32::MAX);
            return Err(Error::unsupported("TOO_MANY_ROWS", message));
        }
        for (column, added) in self.columns.iter_mut().zip(values) {
            column.data = concat(&[&column.data, added]).map_err(|error| unfit(error.to_string()))?;
        }
        let next = self.rows.last().map_or(ADDED, |last| ADDED.max(last + 1));
        let rows = Arc::make_mut(&mut self.rows);
        rows.extend(next..next + more as u64);
        if let Some(splits) = &mut self.splits {
            let height = self.rows.len();
            Arc::make_mut(splits).resize(height, Split::Train);
        }
        self.added_by.push(by.into());
        Ok(())
    }
}
