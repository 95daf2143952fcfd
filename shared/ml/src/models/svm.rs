//! The dual problem of support vector machines with a kernel, for whatever needs rows at the margin between two
//! classes.
//!
//! For points `x` with signs `y` it finds the `α` that minimise `½ Σ αᵢ αⱼ yᵢ yⱼ K(xᵢ, xⱼ) − Σ αᵢ` with
//! `0 ≤ αᵢ ≤ Cᵢ` and `Σ αᵢ yᵢ = 0`. The support vectors are the points with `α > 0`, and a point is told by the sign
//! of `Σ αᵢ yᵢ K(xᵢ, x) + b`.
//!
//! Source: Cortes and Vapnik, "Support-Vector Networks", 1995. The meaning is scikit-learn's `SVC` with two classes.

mod kernel;
mod smo;
#[cfg(test)]
mod tests;

pub(crate) use kernel::{Rbf, scale};
pub(crate) use smo::{Problem, solve};
