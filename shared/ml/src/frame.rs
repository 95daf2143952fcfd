//! A table: named columns on Arrow arrays, and for every row the number it had in the source and the split it
//! belongs to. Row numbers outlive filters and branches, so that every figure can be traced to its rows.

mod append;
mod cells;
mod codes;
mod column;
mod merge;
mod numbers;
mod view;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, BooleanArray, UInt32Array},
    compute,
};
use domain::hint::did_you_mean;
use rayon::prelude::*;

pub use append::is_source_row;
pub use cells::{Texts, boolean_column, float_column, integer_column, text_column, texts};
pub use codes::{NO_CODE, codes, distinct};
pub use column::{Column, ColumnKind, Split};
pub use merge::merge;
pub use numbers::numbers;
pub use view::Training;

use column::History;

use crate::{Error, error::Result};

/// Why rows left a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedRow {
    /// The row's number in the source.
    pub row: u64,
    /// The reason, for people.
    pub reason: Arc<str>,
}

/// A table. Cloning it is cheap: columns are shared.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    columns: Vec<Column>,
    removed: BTreeMap<Arc<str>, History>,
    rows: Arc<Vec<u64>>,
    splits: Option<Arc<Vec<Split>>>,
    dropped: Vec<DroppedRow>,
    /// The nodes that added rows, in order.
    added_by: Vec<Arc<str>>,
}

impl Frame {
    /// A table whose rows are numbered from 0 and belong to no split yet.
    ///
    /// # Errors
    /// As [`Frame::set`], and for arrays of different lengths.
    pub fn new(columns: Vec<(String, ArrayRef)>) -> Result<Self> {
        Self::numbered_from(0, columns)
    }

    /// A part of a table, whose rows are numbered from `first` on.
    ///
    /// # Errors
    /// As [`Frame::new`].
    pub(crate) fn numbered_from(first: u64, columns: Vec<(String, ArrayRef)>) -> Result<Self> {
        let height = columns.first().map_or(0, |(_, data)| data.len());
        if u32::try_from(height).is_err() {
            let message = format!("the table has {height} rows, more than {}", u32::MAX);
            return Err(Error::unsupported("TOO_MANY_ROWS", message));
        }
        let mut frame = Self {
            rows: Arc::new((first..first + height as u64).collect()),
            ..Self::default()
        };
        let admitted: Vec<(String, Result<ArrayRef>)> = columns
            .into_par_iter()
            .map(|(name, data)| {
                let data = cells::admit(&name, data);
                (name, data)
            })
            .collect();
        for (name, data) in admitted {
            if frame.column(&name).is_some() {
                return Err(Error::data(
                    "DUPLICATE_COLUMN",
                    format!("two columns are named {name:?}"),
                ));
            }
            frame.put(&name, data?)?;
        }
        for column in &mut frame.columns {
            column.history = History::default();
        }
        Ok(frame)
    }

    /// How many rows it has.
    pub fn height(&self) -> usize {
        self.rows.len()
    }

    /// How many columns it has.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column with this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| &*column.name == name)
    }

    /// The column with this name.
    ///
    /// # Errors
    /// `COLUMN_NOT_FOUND`, with the names there are.
    pub fn require(&self, name: &str) -> Result<&Column> {
        self.column(name).ok_or_else(|| self.not_found(name))
    }

    fn not_found(&self, name: &str) -> Error {
        let mut names: Vec<&str> = self.columns.iter().map(|column| &*column.name).take(20).collect();
        if self.columns.len() > names.len() {
            names.push("…");
        }
        let hint = did_you_mean(name, self.columns.iter().map(|column| &*column.name));
        let message = format!(
            "there is no column {name:?}; {hint}the columns are {}",
            names.join(", ")
        );
        Error::data("COLUMN_NOT_FOUND", message)
    }

    /// How many bytes the columns' values take.
    pub(crate) fn bytes(&self) -> usize {
        let size = |column: &Column| column.data.to_data().get_slice_memory_size().unwrap_or_default();
        self.columns.iter().map(size).sum()
    }

    /// Every row's number in the source, ascending; rows that [`Frame::append`] added have numbers beyond those of
    /// any source ([`is_source_row`]).
    pub fn rows(&self) -> &[u64] {
        &self.rows
    }

    /// Every row's split, once a splitter ran.
    pub fn splits(&self) -> Option<&[Split]> {
        self.splits.as_ref().map(|splits| splits.as_slice())
    }

    /// The rows that left, and why.
    pub fn dropped(&self) -> &[DroppedRow] {
        &self.dropped
    }

    /// Replaces a column, or adds it at the end. NaN becomes missing.
    ///
    /// # Errors
    /// For an array of another length or of a type no frame holds; both are defects of the caller.
    pub fn set(&mut self, name: &str, data: ArrayRef) -> Result<()> {
        self.put(name, cells::admit(name, data)?)
    }

    fn put(&mut self, name: &str, data: ArrayRef) -> Result<()> {
        self.require_length(name, &data)?;
        match self.columns.iter_mut().find(|column| &*column.name == name) {
            Some(column) => {
                column.data = data;
                column.history.touched = true;
            }
            None => self.push(name.into(), data),
        }
        Ok(())
    }

    fn require_length(&self, name: &str, data: &ArrayRef) -> Result<()> {
        let (values, rows) = (data.len(), self.height());
        if values == rows {
            return Ok(());
        }
        let message = format!("column {name:?} has {values} values for {rows} rows");
        Err(Error::unsupported("COLUMN_LENGTH", message))
    }

    fn push(&mut self, name: Arc<str>, data: ArrayRef) {
        let mut history = self.removed.remove(&name).unwrap_or_default();
        history.touched = true;
        self.columns.push(Column { name, data, history });
    }

    /// Adds a column at the end.
    ///
    /// # Errors
    /// `COLUMN_EXISTS`, or as [`Frame::set`].
    pub fn add(&mut self, name: &str, data: ArrayRef) -> Result<()> {
        if self.column(name).is_some() {
            return Err(exists(name));
        }
        self.set(name, data)
    }

    /// Adds columns at the end, in time that does not grow with the square of their number.
    ///
    /// # Errors
    /// As [`Frame::add`], for the first that cannot be added.
    pub fn add_all(&mut self, columns: impl IntoIterator<Item = (String, ArrayRef)>) -> Result<()> {
        let names = self.columns.iter().map(|column| Arc::clone(&column.name));
        let mut names: HashSet<Arc<str>> = names.collect();
        for (name, data) in columns {
            let data = cells::admit(&name, data)?;
            self.require_length(&name, &data)?;
            let name: Arc<str> = name.into();
            if !names.insert(Arc::clone(&name)) {
                return Err(exists(&name));
            }
            self.push(name, data);
        }
        Ok(())
    }

    /// Removes a column, if it is there.
    pub fn remove(&mut self, name: &str) {
        if let Some(at) = self.columns.iter().position(|column| &*column.name == name) {
            let Column {
                name, mut history, ..
            } = self.columns.remove(at);
            history.touched = true;
            self.removed.insert(name, history);
        }
    }

    /// Counts a column, if it is there, as changed though its values stay. A node says so of every column it works
    /// on, so that whether branches conflict depends on the graph and not on what is found to change.
    pub(crate) fn touch(&mut self, name: &str) {
        let found = self.columns.iter_mut().find(|column| &*column.name == name);
        if let Some(column) = found {
            column.history.touched = true;
        }
    }

    /// The columns that the node at work changed, made or removed.
    #[cfg(test)]
    pub(crate) fn touched(&self) -> std::collections::BTreeSet<&str> {
        let live = self.columns.iter().map(|column| (&*column.name, &column.history));
        let removed = self.removed.iter().map(|(name, history)| (&**name, history));
        let touched = live.chain(removed).filter(|(_, history)| history.touched);
        touched.map(|(name, _)| name).collect()
    }

    /// Assigns every row to a split.
    ///
    /// # Errors
    /// For a wrong number of rows, a defect of the caller.
    pub fn assign(&mut self, splits: Vec<Split>) -> Result<()> {
        if splits.len() != self.height() {
            return Err(Error::unsupported(
                "SPLIT_LENGTH",
                "the split does not cover every row",
            ));
        }
        self.splits = Some(Arc::new(splits));
        Ok(())
    }

    /// Keeps the rows for which `keep` holds and remembers the others with the reason.
    ///
    /// # Errors
    /// What Arrow said; a defect.
    pub fn filter(&mut self, keep: &BooleanArray, reason: &str) -> Result<()> {
        if keep.true_count() == self.height() {
            return Ok(());
        }
        let reason: Arc<str> = reason.into();
        let gone = self.rows.iter().enumerate().filter(|(i, _)| !keep.value(*i));
        self.dropped.extend(gone.map(|(_, &row)| DroppedRow {
            row,
            reason: Arc::clone(&reason),
        }));
        let kept: Vec<u32> = (0..keep.len())
            .filter(|&i| keep.value(i))
            .map(|i| i as u32)
            .collect();
        self.take_in_place(&UInt32Array::from(kept))
    }

    /// The rows at these places, in that order; those left out are not remembered as dropped.
    ///
    /// # Errors
    /// What Arrow said; a defect.
    pub fn take(&self, places: &UInt32Array) -> Result<Self> {
        let mut frame = self.clone();
        frame.take_in_place(places)?;
        Ok(frame)
    }

    fn take_in_place(&mut self, places: &UInt32Array) -> Result<()> {
        for column in &mut self.columns {
            column.data = take_array(&column.data, places)?;
        }
        self.rows = Arc::new(places.values().iter().map(|&i| self.rows[i as usize]).collect());
        if let Some(splits) = &self.splits {
            self.splits = Some(Arc::new(
                places.values().iter().map(|&i| splits[i as usize]).collect(),
            ));
        }
        Ok(())
    }

    /// Signs what changed since the last signature with this node's id.
    pub(crate) fn sign(&mut self, node_id: &str) {
        let id: Arc<str> = node_id.into();
        let live = self.columns.iter_mut().map(|column| &mut column.history);
        for history in live
            .chain(self.removed.values_mut())
            .filter(|history| history.touched)
        {
            history.touched = false;
            history.nodes.push(Arc::clone(&id));
        }
    }

    /// What the nodes may learn from: the training rows, or all rows where there is no splitter.
    pub fn training(&self) -> Training<'_> {
        Training::new(self)
    }
}

fn exists(name: &str) -> Error {
    let message = format!("the new column {name:?} would replace one of the same name");
    Error::spec("COLUMN_EXISTS", message)
}

fn take_array(data: &ArrayRef, places: &UInt32Array) -> Result<ArrayRef> {
    compute::take(data, places, None)
        .map_err(|error| Error::unsupported("TABLE_OPERATION", error.to_string()))
}

#[cfg(test)]
mod tests;
