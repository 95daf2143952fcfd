//! Linear regressions of one column on the others, as imputation needs them: each finds its way through columns
//! that are the same or constant without being told.

use linfa_linalg::eigh::EighInto;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::{Error, error::Result};

/// Rounds of the Bayesian ridge at most, and the change of its coefficients at which it is done: scikit-learn's.
const MOST_ROUNDS: usize = 300;
const TOLERANCE: f64 = 1e-3;
/// The shape and rate of both its Gamma priors.
const PRIOR: f64 = 1e-6;

/// How the coefficients are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Regressor {
    /// Least squares, the shortest of equally good coefficients: scikit-learn's `LinearRegression`.
    LeastSquares,
    /// Ridge regression whose penalty is found from the data: scikit-learn's `BayesianRidge` (`MacKay`, "Bayesian
    /// Interpolation", 1992; Tipping, "Sparse Bayesian Learning and the Relevance Vector Machine", 2001).
    BayesianRidge,
}

/// A fitted line: `intercept + Σ weights · x`.
pub(super) struct Line {
    pub(super) weights: Vec<f64>,
    pub(super) intercept: f64,
}

/// What both regressors start from: centred rows and the eigenvectors of their Gram matrix.
struct Centred {
    x: Array2<f64>,
    y: Array1<f64>,
    xty: Array1<f64>,
    eigenvalues: Array1<f64>,
    eigenvectors: Array2<f64>,
}

impl Regressor {
    /// Fits the rows `x`, rows × columns, to `y`.
    ///
    /// # Errors
    /// `NUMERIC_OVERFLOW`.
    pub(super) fn fit(self, x: ArrayView2<'_, f64>, y: &[f64]) -> Result<Line> {
        let rows = y.len() as f64;
        let means = x.sum_axis(Axis(0)) / rows;
        let mean = y.iter().sum::<f64>() / rows;
        let centred = Centred::new(&x - &means, y.iter().map(|value| value - mean).collect())?;
        let weights = match self {
            Self::LeastSquares => centred.least_squares(),
            Self::BayesianRidge => centred.bayesian_ridge(),
        };
        let intercept = mean - weights.dot(&means);
        if !intercept.is_finite() || weights.iter().any(|weight| !weight.is_finite()) {
            return Err(overflow());
        }
        Ok(Line {
            weights: weights.to_vec(),
            intercept,
        })
    }
}

fn overflow() -> Error {
    let message = "the columns to impute hold numbers that are too large to compute with";
    Error::data("NUMERIC_OVERFLOW", message)
}

impl Centred {
    fn new(x: Array2<f64>, y: Array1<f64>) -> Result<Self> {
        let (gram, xty) = (x.t().dot(&x), x.t().dot(&y));
        // The search for eigenvalues would never end on numbers that are none.
        if gram.iter().chain(&xty).any(|value| !value.is_finite()) {
            return Err(overflow());
        }
        let (eigenvalues, eigenvectors) = gram.eigh_into().map_err(|_| overflow())?;
        Ok(Self {
            x,
            y,
            xty,
            eigenvalues: eigenvalues.mapv_into(|value| value.max(0.0)),
            eigenvectors,
        })
    }

    /// `V diag(scale(λ)) Vᵀ Xᵀy`.
    fn weights(&self, scale: impl Fn(f64) -> f64) -> Array1<f64> {
        let turned = self.eigenvectors.t().dot(&self.xty) * self.eigenvalues.mapv(scale);
        self.eigenvectors.dot(&turned)
    }

    fn least_squares(&self) -> Array1<f64> {
        let largest = self.eigenvalues.iter().copied().fold(0.0, f64::max);
        let noise = largest * f64::EPSILON * self.x.nrows().max(self.x.ncols()) as f64;
        self.weights(|value| if value > noise { 1.0 / value } else { 0.0 })
    }

    fn bayesian_ridge(&self) -> Array1<f64> {
        let rows = self.y.len() as f64;
        let variance = self.y.dot(&self.y) / rows;
        // The precisions of the noise and of the weights.
        let (mut noise, mut prior) = (1.0 / (variance + f64::EPSILON), 1.0);
        let mut last: Option<Array1<f64>> = None;
        for _ in 0..MOST_ROUNDS {
            let weights = self.weights(|value| 1.0 / (value + prior / noise));
            let rest = &self.y - &self.x.dot(&weights);
            let squares = rest.dot(&rest);
            let effective: f64 = self
                .eigenvalues
                .iter()
                .map(|value| noise * value / (prior + noise * value))
                .sum();
            prior = (effective + 2.0 * PRIOR) / (weights.dot(&weights) + 2.0 * PRIOR);
            noise = (rows - effective + 2.0 * PRIOR) / (squares + 2.0 * PRIOR);
            let settled = last
                .as_ref()
                .is_some_and(|last| (last - &weights).mapv(f64::abs).sum() < TOLERANCE);
            if settled {
                break;
            }
            last = Some(weights);
        }
        self.weights(|value| 1.0 / (value + prior / noise))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn fit(regressor: Regressor, x: &Array2<f64>, y: &[f64]) -> Vec<f64> {
        let line = regressor.fit(x.view(), y).unwrap();
        let mut all = line.weights;
        all.push(line.intercept);
        all
    }

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
    }

    #[test]
    fn least_squares_shares_the_weight_among_equal_columns() {
        let x = array![[1.0, 1.0, 5.0], [2.0, 2.0, 5.0], [4.0, 4.0, 5.0]];
        close(
            &fit(Regressor::LeastSquares, &x, &[5.0, 7.0, 11.0]),
            &[1.0, 1.0, 0.0, 3.0],
        );
    }

    #[test]
    fn numbers_too_large_to_compute_with_are_refused() {
        let x = array![[1e300], [-1e300]];
        let error = Regressor::BayesianRidge.fit(x.view(), &[1.0, 2.0]).err().unwrap();
        assert_eq!(error.failure().unwrap().code, "NUMERIC_OVERFLOW");
    }

    #[test]
    fn the_bayesian_ridge_is_scikit_learns() {
        let x = array![[0.0, 1.0], [1.0, 3.0], [2.0, -1.0], [3.0, 0.5], [4.0, 2.0]];
        let y = [1.0, 2.5, 3.0, 4.5, 7.0];
        close(
            &fit(Regressor::BayesianRidge, &x, &y),
            &[1.3990954737876524, 0.28464692042987044, 0.4886974399518378],
        );
        close(&fit(Regressor::BayesianRidge, &x, &[2.0; 5]), &[0.0, 0.0, 2.0]);
    }
}
