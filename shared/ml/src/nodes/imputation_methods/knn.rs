//! Nearest neighbours as a fill: a missing value becomes the mean of the column over the training rows that are
//! most like the row in the columns both have.
//!
//! As scikit-learn's `KNNImputer` with uniform weights. The distance is `√(d / k · Σ (xᵢ − yᵢ)²)` over the `k` of
//! `d` columns that both rows have (Dixon, "Pattern Recognition with Partly Missing Data", 1979); a row that has no
//! column in common with any training row gets the column's mean. Of equally near rows the earlier counts.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Table;
use crate::{Error, error::Result, node::Context, nodes::statistics};

/// Each row is compared with every training row, so that more would take hours.
const MOST_ROWS: usize = 100_000;

/// The training rows.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Donors {
    neighbors: usize,
    means: Vec<f64>,
    /// The columns' values.
    values: Vec<Vec<Option<f64>>>,
}

impl Donors {
    /// Keeps the training rows.
    ///
    /// # Errors
    /// `TOO_MANY_ROWS_FOR_KNN`.
    pub(super) fn learn(table: &Table, neighbors: usize) -> Result<Self> {
        let rows = table.rows();
        if rows > MOST_ROWS {
            let message = format!(
                "the method knn compares with every training row; {rows} are more than {MOST_ROWS}, so use mice or regression"
            );
            return Err(Error::spec("TOO_MANY_ROWS_FOR_KNN", message));
        }
        let known = |column: &Vec<Option<f64>>| column.iter().flatten().copied().collect::<Vec<f64>>();
        let means = table
            .columns
            .iter()
            .map(|column| statistics::mean(&known(column)));
        Ok(Self {
            neighbors,
            means: means.map(Option::unwrap_or_default).collect(),
            values: table.columns.clone(),
        })
    }

    /// Fills a table of the same columns.
    ///
    /// # Errors
    /// Cancellation.
    pub(super) fn fill(&self, table: &mut Table, ctx: &Context<'_>) -> Result<()> {
        let receivers: Vec<usize> = (0..table.rows())
            .filter(|row| table.columns.iter().any(|column| column[*row].is_none()))
            .collect();
        let filled: Vec<Vec<f64>> = receivers
            .par_iter()
            .map(|&row| {
                if ctx.observer.cancelled() {
                    return Err(Error::Cancelled);
                }
                let cells: Vec<Option<f64>> = table.columns.iter().map(|column| column[row]).collect();
                Ok(self.filled(&cells))
            })
            .collect::<Result<_>>()?;
        for (row, filled) in receivers.into_iter().zip(filled) {
            for (column, value) in table.columns.iter_mut().zip(filled) {
                column[row] = Some(value);
            }
        }
        Ok(())
    }

    fn filled(&self, cells: &[Option<f64>]) -> Vec<f64> {
        let distances = self.distances(cells);
        let columns = self.values.iter().zip(&self.means).zip(cells);
        columns
            .map(|((donors, mean), cell)| {
                cell.unwrap_or_else(|| self.nearest(donors, &distances).unwrap_or(*mean))
            })
            .collect()
    }

    /// The mean over the nearest rows that have a value; none if none is comparable.
    fn nearest(&self, donors: &[Option<f64>], distances: &[f64]) -> Option<f64> {
        let mut near: Vec<(f64, usize, f64)> = donors
            .iter()
            .zip(distances)
            .enumerate()
            .filter(|(_, (_, distance))| distance.is_finite())
            .filter_map(|(row, (donor, distance))| Some((*distance, row, (*donor)?)))
            .collect();
        let order = |a: &(f64, usize, f64), b: &(f64, usize, f64)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if near.len() > self.neighbors {
            near.select_nth_unstable_by(self.neighbors, order);
            near.truncate(self.neighbors);
        }
        near.sort_unstable_by(order);
        let values: Vec<f64> = near.into_iter().map(|(_, _, value)| value).collect();
        statistics::mean(&values)
    }

    /// The squared distance to each training row, up to a factor; NaN where nothing is in common.
    fn distances(&self, cells: &[Option<f64>]) -> Vec<f64> {
        let rows = self.values.first().map_or(0, Vec::len);
        let (mut sums, mut common) = (vec![0.0; rows], vec![0_u32; rows]);
        for (donors, cell) in self.values.iter().zip(cells) {
            let Some(cell) = cell else { continue };
            for ((donor, sum), common) in donors.iter().zip(&mut sums).zip(&mut common) {
                if let Some(donor) = donor {
                    *sum += (donor - cell) * (donor - cell);
                    *common += 1;
                }
            }
        }
        let share = |(sum, common): (f64, u32)| sum / f64::from(common);
        sums.into_iter().zip(common).map(share).collect()
    }
}
