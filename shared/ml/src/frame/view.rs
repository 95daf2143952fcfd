//! What a node may learn from: the training rows of a frame, column by column. Nodes get nothing else to fit on,
//! so that no value of a test row can leak into what they learn.

use arrow::array::{ArrayRef, UInt32Array};

use super::{Column, Frame, Split, distinct, numbers::each_number, take_array};
use crate::error::Result;

/// The training rows of a frame.
pub struct Training<'a> {
    frame: &'a Frame,
    places: Option<UInt32Array>,
}

impl<'a> Training<'a> {
    pub(super) fn new(frame: &'a Frame) -> Self {
        let places = frame.splits().map(|splits| {
            let train = splits
                .iter()
                .enumerate()
                .filter(|(_, split)| **split == Split::Train);
            train.map(|(at, _)| at as u32).collect::<Vec<_>>().into()
        });
        Self { frame, places }
    }

    /// How many bytes the frame takes that the rows are of, its other rows included.
    pub(crate) fn frame_bytes(&self) -> usize {
        self.frame.bytes()
    }

    /// How many rows there are to learn from.
    pub fn height(&self) -> usize {
        self.places
            .as_ref()
            .map_or(self.frame.height(), |places| places.len())
    }

    /// The places of the training rows in the frame, ascending.
    pub fn places(&self) -> Vec<u32> {
        match &self.places {
            Some(places) => places.values().to_vec(),
            None => (0..self.frame.height() as u32).collect(),
        }
    }

    /// The columns there are: their names and kinds, not their values.
    pub fn columns(&self) -> impl Iterator<Item = &'a Column> + use<'a> {
        self.frame.columns().iter()
    }

    /// The column with this name: its kind, not its values.
    ///
    /// # Errors
    /// `COLUMN_NOT_FOUND`.
    pub fn require(&self, name: &str) -> Result<&'a Column> {
        self.frame.require(name)
    }

    /// The training values of a column.
    ///
    /// # Errors
    /// `COLUMN_NOT_FOUND`.
    pub fn values(&self, name: &str) -> Result<ArrayRef> {
        let column = self.frame.require(name)?;
        match &self.places {
            Some(places) => take_array(&column.data, places),
            None => Ok(column.data.clone()),
        }
    }

    /// The training numbers of a column that are there, in row order and piece by piece, true as 1 and false as 0;
    /// `None` for text.
    ///
    /// # Errors
    /// `COLUMN_NOT_FOUND`.
    pub fn each_number(&self, name: &str, take: impl FnMut(&[f64])) -> Result<Option<()>> {
        let data = &self.frame.require(name)?.data;
        let places = self.places.as_ref().map(|places| places.values().as_ref());
        Ok(each_number(data, places, take))
    }

    /// The distinct training values of a column as texts, in the order they are met first.
    ///
    /// # Errors
    /// `COLUMN_NOT_FOUND`.
    pub fn distinct(&self, name: &str) -> Result<Vec<String>> {
        let column = self.frame.require(name)?;
        let places = self.places.as_ref().map(|places| places.values().as_ref());
        Ok(distinct(&column.data, places))
    }
}
