//! The training rows as points, and their nearest neighbours: what every synthetic row is made from.

use arrow::array::Array;
use rayon::prelude::*;

use crate::{
    Error,
    error::Result,
    frame::{Training, numbers},
    node::Context,
};

/// Says that a column of text has no place in the space of the features.
pub(super) fn is_text(name: &str) -> Error {
    let message = format!(
        "column {name:?} is text, between whose values nothing lies; encode it before, or use the method random"
    );
    Error::spec("NON_NUMERIC_FEATURES", message)
}

/// Points in the space of the features.
pub(super) struct Points {
    width: usize,
    values: Vec<f64>,
}

impl Points {
    /// Reads every column but the target.
    ///
    /// # Errors
    /// `NO_FEATURES`; `NON_NUMERIC_FEATURES`, `MISSING_VALUES_LEFT` or `INFINITE_VALUES`, naming a column.
    pub(super) fn read(training: &Training<'_>, ctx: &Context<'_>) -> Result<Self> {
        let features: Vec<_> = training
            .columns()
            .filter(|column| &*column.name != ctx.target)
            .collect();
        let (width, height) = (features.len(), training.height());
        if features.is_empty() {
            let message = "no column is left to tell which rows are alike";
            return Err(Error::spec("NO_FEATURES", message));
        }
        let mut values = vec![0.0; width * height];
        for (at, column) in features.into_iter().enumerate() {
            let name = &column.name;
            let numbers = numbers(&training.values(name)?).ok_or_else(|| is_text(name))?;
            if numbers.null_count() > 0 {
                let message = format!(
                    "missing values are left in column {name:?}; fill them before, or use the method random"
                );
                return Err(Error::data("MISSING_VALUES_LEFT", message));
            }
            for (row, value) in numbers.values().iter().enumerate() {
                if !value.is_finite() {
                    let message = format!("column {name:?} holds infinite values");
                    return Err(Error::data("INFINITE_VALUES", message));
                }
                values[row * width + at] = *value;
            }
        }
        Ok(Self { width, values })
    }

    pub(super) fn count(&self) -> usize {
        self.values.len() / self.width
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Every value, row by row.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(super) fn row(&self, at: usize) -> &[f64] {
        &self.values[at * self.width..(at + 1) * self.width]
    }

    /// The square of it.
    pub(super) fn distance(&self, a: usize, b: usize) -> f64 {
        let pairs = self.row(a).iter().zip(self.row(b));
        pairs.map(|(a, b)| (a - b) * (a - b)).sum()
    }

    /// The `k` candidates nearest to each of some points, itself left out, nearest first; of equally near ones the
    /// earlier.
    ///
    /// # Errors
    /// Cancellation.
    pub(super) fn nearest(
        &self,
        of: &[usize],
        candidates: &[usize],
        k: usize,
        ctx: &Context<'_>,
    ) -> Result<Vec<Vec<usize>>> {
        of.par_iter()
            .map(|&point| {
                if ctx.observer.cancelled() {
                    return Err(Error::Cancelled);
                }
                let mut near: Vec<(f64, usize)> = Vec::with_capacity(k + 1);
                for &other in candidates.iter().filter(|other| **other != point) {
                    let distance = self.distance(point, other);
                    if near.len() == k && near.last().is_some_and(|last| last.0 <= distance) {
                        continue;
                    }
                    let place = near.partition_point(|(nearer, _)| *nearer <= distance);
                    near.insert(place, (distance, other));
                    near.truncate(k);
                }
                Ok(near.into_iter().map(|(_, other)| other).collect())
            })
            .collect()
    }
}
