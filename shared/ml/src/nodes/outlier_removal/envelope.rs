//! The elliptic envelope: how far a row lies from a robust centre, measured by a robust covariance, which are
//! those of the Minimum Covariance Determinant.
//!
//! Source: Rousseeuw and Van Driessen, "A Fast Algorithm for the Minimum Covariance Determinant Estimator",
//! Technometrics 1999: of all halves of the rows, the one whose covariance has the least determinant gives the
//! first estimate; rows within the 97.5 % quantile of it (its scale corrected as if the rows were normal) give the
//! second. As scikit-learn's `EllipticEnvelope`, whose steps these are. The search starts from random rows, so
//! where there are several halves almost as tight the two may end in different ones; elsewhere they agree to rounding.

mod search;

use arrow::array::{Array, Float64Array};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};
use statrs::function::gamma::{gamma_lr, gamma_ur};

use crate::{
    Error,
    error::Result,
    frame::{Frame, Training, numbers},
    models::linear::cholesky::Cholesky,
    node::Context,
    nodes::{
        columns::{known_numbers, number_column},
        statistics,
    },
};

/// The share of normal rows that count as outliers of the first estimate.
const TAIL: f64 = 0.025;

/// An ellipse around most rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Envelope {
    columns: Vec<String>,
    centre: Vec<f64>,
    /// The inverse of the covariance, row by row.
    precision: Vec<f64>,
    /// The greatest squared distance of a row within.
    reach: f64,
}

impl Envelope {
    /// The ellipse that leaves out this share of the complete training rows; the seed is that of the search.
    ///
    /// # Errors
    /// `TOO_FEW_ROWS`, `SINGULAR_COVARIANCE`; cancellation.
    pub(super) fn learn(
        columns: Vec<String>,
        contamination: f64,
        seed: u64,
        training: &Training<'_>,
        ctx: &Context<'_>,
    ) -> Result<Self> {
        let rows = complete_rows(&columns, training)?;
        let (n, p) = rows.dim();
        if n < p + 2 {
            let message = format!(
                "the elliptic envelope of {p} columns needs at least {} rows without missing values, and there are {n}",
                p + 2
            );
            return Err(Error::data("TOO_FEW_ROWS", message));
        }
        // Halves and their order do not depend on the columns' scales; what is computed with them does.
        let (centres, scales) = standard(&rows);
        let rows = (rows - &centres) / &scales;
        let singular = || {
            let message = format!(
                "no elliptic envelope fits {}: in half of the rows or more, one of the columns follows from the others or is constant",
                columns.join(", ")
            );
            Error::data("SINGULAR_COVARIANCE", message)
        };
        let mut stream = ctx.stream(seed, &["elliptic_envelope"]);
        let raw = search::tightest_half(rows.view(), &mut stream, ctx)?.ok_or_else(singular)?;
        let half = search::half(n, p) as f64 / n as f64;
        let limit = chi_squared_quantile(1.0 - TAIL, p) * consistency(half, p);
        let near: Vec<usize> = raw
            .distances(rows.view())
            .iter()
            .enumerate()
            .filter(|(_, d)| **d < limit)
            .map(|(at, _)| at)
            .collect();
        let estimate = search::Estimate::of(rows.select(Axis(0), &near).view()).ok_or_else(singular)?;
        let mut distances = estimate.distances(rows.view());
        distances.sort_by(f64::total_cmp);
        let reach = statistics::quantile(&distances, 1.0 - contamination).ok_or_else(singular)?;
        let scaled = |(i, j): (usize, usize)| estimate.precision[[i, j]] / scales[i] / scales[j];
        Ok(Self {
            centre: (&estimate.centre * &scales + &centres).to_vec(),
            precision: (0..p * p).map(|at| scaled((at / p, at % p))).collect(),
            columns,
            reach,
        })
    }

    /// The robust centre, a number per column.
    #[cfg(test)]
    pub(super) fn centre(&self) -> &[f64] {
        &self.centre
    }

    /// Whether each row lies within; one with a missing value does.
    pub(super) fn judge(&self, frame: &Frame) -> Result<Vec<bool>> {
        let values = self
            .columns
            .iter()
            .map(|name| number_column(frame, name))
            .collect::<Result<Vec<_>>>()?;
        let within = |at: usize| {
            let away: Option<Vec<f64>> = values
                .iter()
                .zip(&self.centre)
                .map(|(values, centre)| values.is_valid(at).then(|| values.value(at) - centre))
                .collect();
            // A hair of room: the farthest row within is a distance of its own.
            away.is_none_or(|away| self.distance(&away) <= self.reach * (1.0 + 1e-12))
        };
        Ok((0..frame.height()).map(within).collect())
    }

    fn distance(&self, away: &[f64]) -> f64 {
        let rows = self.precision.chunks_exact(away.len().max(1));
        let product = |row: &[f64]| row.iter().zip(away).map(|(p, a)| p * a).sum::<f64>();
        rows.zip(away).map(|(row, a)| product(row) * a).sum()
    }
}

/// The training rows that miss none of the columns, rows × columns.
fn complete_rows(columns: &[String], training: &Training<'_>) -> Result<Array2<f64>> {
    let mut values: Vec<Float64Array> = Vec::with_capacity(columns.len());
    for name in columns {
        known_numbers(training, name)?;
        values.extend(numbers(&training.values(name)?));
    }
    let complete: Vec<usize> = (0..training.height())
        .filter(|&at| values.iter().all(|column| column.is_valid(at)))
        .collect();
    Ok(Array2::from_shape_fn(
        (complete.len(), columns.len()),
        |(row, column)| values[column].value(complete[row]),
    ))
}

/// Each column's mean and standard deviation, 1 where it vanishes.
fn standard(rows: &Array2<f64>) -> (Array1<f64>, Array1<f64>) {
    let means = rows.mean_axis(Axis(0)).unwrap_or_default();
    let deviations = rows
        .std_axis(Axis(0), 0.0)
        .mapv(|deviation| if deviation > 0.0 { deviation } else { 1.0 });
    (means, deviations)
}

/// What the covariance of the closest share of normal rows must be multiplied by to be that of all (Croux and
/// Haesbroeck, 1999).
fn consistency(share: f64, p: usize) -> f64 {
    if share >= 1.0 {
        return 1.0;
    }
    let quantile = chi_squared_quantile(share, p);
    share / gamma_lr(p as f64 / 2.0 + 1.0, quantile / 2.0)
}

/// The `q`-quantile of the χ² distribution with `p` degrees of freedom, by halving.
fn chi_squared_quantile(q: f64, p: usize) -> f64 {
    let shape = p as f64 / 2.0;
    let beyond = |x: f64| gamma_ur(shape, x / 2.0) > 1.0 - q;
    let (mut low, mut high) = (0.0, 1.0);
    while beyond(high) {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if beyond(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The inverse of a covariance and the logarithm of its determinant; none if it is singular.
fn inverse(covariance: Array2<f64>) -> Option<(Array2<f64>, f64)> {
    let p = covariance.nrows();
    let factor = Cholesky::of(covariance)?;
    let mut inverse = Array2::zeros((p, p));
    for column in 0..p {
        let mut unit = vec![0.0; p];
        unit[column] = 1.0;
        factor.solve(&mut unit);
        inverse
            .column_mut(column)
            .assign(&ArrayView2::from_shape((p, 1), &unit).ok()?.column(0));
    }
    Some((inverse, factor.ln_determinant()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.chi2.ppf` of scipy 1.17.
    #[test]
    fn quantiles_of_chi_squared_are_those_of_scipy() {
        for (q, p, expected) in [
            (0.5, 1, 0.454936423119572),
            (0.975, 1, 5.023886187314888),
            (0.975, 3, 9.348403604496148),
            (0.51, 20, 19.49329680371958),
            (0.999, 150, 209.26460477480072),
        ] {
            let found = chi_squared_quantile(q, p);
            assert!(
                (found / expected - 1.0).abs() < 1e-12,
                "{found} is not {expected}"
            );
        }
    }
}
