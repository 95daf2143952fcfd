//! The training rows as points, and their nearest neighbours: what every synthetic row is made from.

use arrow::array::Array;
use rayon::prelude::*;

use crate::{
    Error,
    error::Result,
    frame::{Training, numbers},
    instructions::Instructions,
    models::neighbors::Search,
    node::Context,
};

/// Points that are compared with the others together: few, as cancelling waits for them.
const TOGETHER: usize = 8;

/// The most values that are compared: every point has to be compared with every candidate.
const MOST_COMPARED: u64 = 20_000_000_000_000;

/// Refuses a search that would take hours.
///
/// # Errors
/// `TOO_MANY_ROWS_FOR_NEIGHBORS`.
fn require_time(points: usize, candidates: usize, width: usize) -> Result<()> {
    let pairs = (points as u64).saturating_mul(candidates as u64);
    if pairs.saturating_mul(width as u64) <= MOST_COMPARED {
        return Ok(());
    }
    let message = format!(
        "neighbours of {points} rows among {candidates} in {width} columns would take hours to find; use \
         class_undersampling, drop columns, or use the method random"
    );
    Err(Error::spec("TOO_MANY_ROWS_FOR_NEIGHBORS", message))
}

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
    /// `TOO_MANY_ROWS_FOR_NEIGHBORS`; cancellation.
    pub(super) fn nearest(
        &self,
        of: &[usize],
        candidates: &[usize],
        k: usize,
        ctx: &Context<'_>,
    ) -> Result<Vec<Vec<usize>>> {
        require_time(of.len(), candidates.len(), self.width)?;
        let column = |at: usize| candidates.iter().map(move |&row| self.row(row)[at]);
        let columns: Vec<f64> = (0..self.width).flat_map(column).collect();
        let search = Search::new(&columns, candidates.len(), self.width, 2);
        let found = of.par_chunks(TOGETHER).map(|part| {
            if ctx.observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let queries: Vec<Vec<f64>> = part.iter().map(|&point| self.row(point).to_vec()).collect();
            // One more, as a point is near itself.
            let found = search.nearest(&queries, k + 1, Instructions::widest());
            let others = part.iter().zip(found).map(|(&point, near)| {
                let near = near.into_iter().map(|neighbor| candidates[neighbor.row]);
                near.filter(|other| *other != point).take(k).collect()
            });
            Ok(others.collect::<Vec<Vec<usize>>>())
        });
        Ok(found.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::testing::context;

    #[test]
    fn the_nearest_are_those_of_a_plain_search_with_the_earlier_first() {
        let mut random = crate::random::stream(3, &["points"]);
        // Whole numbers, so that many are equally near and some are the same.
        let values: Vec<f64> = (0..600 * 3).map(|_| random.below(4) as f64).collect();
        let points = Points { width: 3, values };
        let candidates: Vec<usize> = (0..600).filter(|at| at % 3 > 0).collect();
        let of: Vec<usize> = (0..600).step_by(7).collect();
        let found = points.nearest(&of, &candidates, 5, &context()).unwrap();
        for (&point, found) in of.iter().zip(found) {
            let mut others: Vec<usize> = candidates.iter().copied().filter(|at| *at != point).collect();
            others.sort_by(|a, b| points.distance(point, *a).total_cmp(&points.distance(point, *b)));
            assert_eq!(found, others[..5], "{point}");
        }
    }

    #[test]
    fn a_search_that_would_take_hours_is_refused() {
        assert!(require_time(1_000_000, 1_000_000, 20).is_ok());
        let refused = require_time(1_000_000, 2_000_000, 20).unwrap_err();
        assert_eq!(refused.failure().unwrap().code, "TOO_MANY_ROWS_FOR_NEIGHBORS");
    }
}
