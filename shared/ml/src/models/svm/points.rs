//! The rows that a machine is fitted on, and what is left of them in the fitted model.

mod onnx;

use std::borrow::Cow;

use domain::job::FailureKind;
use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Kernel;
use crate::{
    model::{FitContext, FitError, TrainingSet},
    models::linear::require_finite,
};

/// Rows at most: the time grows with their square, and somewhere beyond a machine is no longer what anybody wants.
pub(crate) const MAX_ROWS: usize = 50_000;

/// Rows to predict that are worth a task of their own.
const TOGETHER: usize = 16;

/// The rows that count, row after row.
pub(crate) struct Points {
    pub(crate) values: Vec<f64>,
    pub(crate) features: usize,
    /// The number of each in the training set.
    pub(crate) rows: Vec<usize>,
}

impl Points {
    /// The rows with weight.
    ///
    /// # Errors
    /// `NO_ROWS`, `MISSING_VALUES`, `INFINITE_VALUES`, `TOO_MANY_ROWS`; cancellation.
    pub(crate) fn of(
        set: &TrainingSet,
        model: &str,
        instead: &str,
        ctx: &FitContext,
    ) -> Result<Self, FitError> {
        set.require_rows()?;
        require_finite(set)?;
        let rows = set.counting_rows();
        if rows.len() > MAX_ROWS {
            let message = format!(
                "{model} takes at most {MAX_ROWS} training rows, and there are {}: use {instead}, or fewer rows",
                rows.len()
            );
            return Err(FitError::failed(
                FailureKind::Unsupported,
                "TOO_MANY_ROWS",
                message,
            ));
        }
        let features = set.x.ncols();
        let mut values = Vec::with_capacity(rows.len() * features);
        for row in &rows {
            ctx.go_on()?;
            values.extend(set.x.row(*row));
        }
        Ok(Self {
            values,
            features,
            rows,
        })
    }

    /// The values of one.
    pub(crate) fn get(&self, at: usize) -> &[f64] {
        &self.values[at * self.features..][..self.features]
    }
}

/// The support vectors of one or more machines: `Σ cᵢ K(vᵢ, x) + b` for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Surface {
    kernel: Kernel,
    features: usize,
    /// Row after row.
    vectors: Vec<f64>,
    sums: Vec<Sum>,
}

/// One machine's part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sum {
    /// Of which vectors, ascending.
    vectors: Vec<u32>,
    coefficients: Vec<f64>,
    intercept: f64,
}

impl Surface {
    /// That of machines, each given as the coefficients of some points and an intercept.
    pub(crate) fn new(kernel: Kernel, points: &Points, machines: Vec<(Vec<(usize, f64)>, f64)>) -> Self {
        let mut place = vec![None; points.rows.len()];
        for (at, _) in machines.iter().flat_map(|(coefficients, _)| coefficients) {
            place[*at] = Some(0);
        }
        let kept = place.iter().flatten().count();
        let mut vectors = Vec::with_capacity(kept * points.features);
        for (count, (at, place)) in place
            .iter_mut()
            .enumerate()
            .filter(|(_, place)| place.is_some())
            .enumerate()
        {
            vectors.extend(points.get(at));
            *place = Some(count as u32);
        }
        let sum = |(coefficients, intercept): (Vec<(usize, f64)>, f64)| {
            let mut of: Vec<(u32, f64)> = coefficients
                .into_iter()
                .filter_map(|(at, coefficient)| Some((place[at]?, coefficient)))
                .collect();
            of.sort_unstable_by_key(|(vector, _)| *vector);
            let (vectors, coefficients) = of.into_iter().unzip();
            Sum {
                vectors,
                coefficients,
                intercept,
            }
        };
        Self {
            kernel,
            features: points.features,
            sums: machines.into_iter().map(sum).collect(),
            vectors,
        }
    }

    /// All numbers that were fitted.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &f64> {
        let coefficients = self.sums.iter().flat_map(|sum| &sum.coefficients);
        coefficients.chain(self.sums.iter().map(|sum| &sum.intercept))
    }

    /// About how many nanoseconds a row takes: its kernel with each vector, an exponential among it.
    pub(crate) fn row_cost(&self) -> usize {
        self.vectors.len() + 10 * self.vectors.len() / self.features.max(1)
    }

    /// Whether it is one of so many features and machines, and sound.
    pub(crate) fn suits(&self, features: usize, machines: usize) -> bool {
        let whole = self.features == features
            && self.sums.len() == machines
            && self.vectors.len().is_multiple_of(features.max(1));
        let count = self.vectors.len() / features.max(1);
        let sound = |sum: &Sum| {
            sum.vectors.len() == sum.coefficients.len() && sum.vectors.iter().all(|at| (*at as usize) < count)
        };
        whole && self.sums.iter().all(sound)
    }

    /// What the machines say about each row.
    pub(crate) fn scores(&self, x: ArrayView2<f64>) -> Vec<Vec<f64>> {
        let score = |row: usize| {
            let row = x.row(row);
            let row = row
                .as_slice()
                .map_or_else(|| Cow::Owned(row.to_vec()), Cow::Borrowed);
            let vectors = self.vectors.chunks_exact(self.features.max(1));
            let kernels: Vec<f64> = vectors.map(|vector| self.kernel.value(vector, &row)).collect();
            let sum = |sum: &Sum| {
                let terms = sum.vectors.iter().zip(&sum.coefficients);
                let terms = terms.map(|(vector, coefficient)| coefficient * kernels[*vector as usize]);
                terms.sum::<f64>() + sum.intercept
            };
            self.sums.iter().map(sum).collect()
        };
        (0..x.nrows())
            .into_par_iter()
            .with_min_len(TOGETHER)
            .map(score)
            .collect()
    }
}
