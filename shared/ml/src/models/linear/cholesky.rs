//! The Cholesky factor of a symmetric positive definite matrix and the solution of systems with it. It is our
//! own because it must say when a matrix is so close to singular that the solution means nothing.

use std::convert::Infallible;

use ndarray::{Array2, ArrayView1, ArrayViewMut1, s};

/// Below this share of its diagonal element, a pivot is rounding noise.
const PIVOT_FLOOR: f64 = 1e-11;

/// A lower triangular `L` with `A = L Lᵀ`.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    lower: Array2<f64>,
}

impl Cholesky {
    /// The factor of `matrix`, of which the lower triangle is read; none if it is not safely positive definite.
    pub(crate) fn of(matrix: Array2<f64>) -> Option<Self> {
        let Ok(factor) = Self::unless(matrix, || Ok::<_, Infallible>(()));
        factor
    }

    /// As `of`; `stop` is asked before every row whether to go on.
    pub(crate) fn unless<E>(
        mut matrix: Array2<f64>,
        stop: impl Fn() -> Result<(), E>,
    ) -> Result<Option<Self>, E> {
        for i in 0..matrix.nrows() {
            stop()?;
            let diagonal = matrix[[i, i]];
            let (above, mut below) = matrix.view_mut().split_at(ndarray::Axis(0), i);
            let mut row = below.row_mut(0);
            for j in 0..i {
                let dot = row.slice(s![..j]).dot(&above.slice(s![j, ..j]));
                row[j] = (row[j] - dot) / above[[j, j]];
            }
            let pivot = diagonal - row.slice(s![..i]).dot(&row.slice(s![..i]));
            if !pivot.is_finite() || pivot <= PIVOT_FLOOR * diagonal || pivot <= f64::MIN_POSITIVE {
                return Ok(None);
            }
            row[i] = pivot.sqrt();
        }
        Ok(Some(Self { lower: matrix }))
    }

    /// The natural logarithm of the determinant of `A`.
    pub(crate) fn ln_determinant(&self) -> f64 {
        2.0 * self.lower.diag().iter().map(|pivot| pivot.ln()).sum::<f64>()
    }

    /// Turns `b` into the solution of `A x = b`.
    pub(crate) fn solve(&self, b: &mut [f64]) {
        let n = b.len();
        for i in 0..n {
            let dot = self.lower.slice(s![i, ..i]).dot(&ArrayView1::from(&b[..i]));
            b[i] = (b[i] - dot) / self.lower[[i, i]];
        }
        for i in (0..n).rev() {
            b[i] /= self.lower[[i, i]];
            let solved = b[i];
            ArrayViewMut1::from(&mut b[..i]).scaled_add(-solved, &self.lower.slice(s![i, ..i]));
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_system_is_solved() {
        let factor = Cholesky::of(array![[4.0, 0.0, 0.0], [2.0, 5.0, 0.0], [-1.0, 3.0, 6.0]]).unwrap();
        // A = [[4, 2, -1], [2, 5, 3], [-1, 3, 6]], x = [1, -2, 3]
        let mut b = [-3.0, 1.0, 11.0];
        factor.solve(&mut b);
        for (found, expected) in b.iter().zip([1.0, -2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{b:?}");
        }
    }

    #[test]
    fn a_singular_matrix_has_no_factor() {
        assert!(Cholesky::of(array![[1.0, 1.0], [1.0, 1.0 + 1e-15]]).is_none());
        assert!(Cholesky::of(array![[0.0]]).is_none());
        assert!(Cholesky::of(array![[f64::INFINITY]]).is_none());
    }
}
