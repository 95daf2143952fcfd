//! Support vector machines: the surface that keeps classes apart by the widest margin, or that has most numbers within
//! a tube around it, in the space of a kernel.
//!
//! For points `x` with signs `y` the solver finds the `α` that minimise `½ Σ αᵢ αⱼ yᵢ yⱼ K(xᵢ, xⱼ) + Σ pᵢ αᵢ` with
//! `0 ≤ αᵢ ≤ Cᵢ` and `Σ αᵢ yᵢ = 0`. The support vectors are the points with `α > 0`, and a point is told by
//! `Σ αᵢ yᵢ K(xᵢ, x) + b`: by its sign for classes, where `p = −1`; as a number for a regression, where each point counts
//! twice, above the tube of half-width `ε` (`y = 1`, `p = ε − z`) and below it (`y = −1`, `p = ε + z`).
//!
//! Source: Cortes and Vapnik, "Support-Vector Networks", 1995; Drucker et al., "Support Vector Regression Machines",
//! 1997. The meaning is scikit-learn's `SVC` and `SVR`.

mod kernel;
mod memory;
mod params;
pub(in crate::models) mod points;
mod smo;
#[cfg(test)]
mod tests;

pub(crate) use kernel::{Gram, Kernel, scale};
pub(crate) use memory::memory;
pub use params::Params;
pub(crate) use params::parameters;
pub(crate) use points::Points;
pub use points::Surface;
pub(crate) use smo::{Problem, solve};
