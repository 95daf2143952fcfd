//! Gradient boosting: trees grown one after the other, each on the slope of the loss that those before it left.
//! What the classifier and the regressor share.
//!
//! With `F` what the trees so far predict, a tree is grown on the gradients `g = ∂L/∂F` and hessians `h = ∂²L/∂F²` of
//! every row: splits gain `Gₗ²/(Hₗ+λ) + Gᵣ²/(Hᵣ+λ) − G²/(H+λ)`, a leaf holds `−η G/(H+λ)`, with η the learning rate.
//!
//! Sources: Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 2001; Ke et
//! al., "LightGBM", NIPS 2017. The meaning is scikit-learn's `HistGradientBoosting`. Unlike there, bins are chosen
//! among all rows, validation ones included, and `random_state` always has a value.

mod fit;
mod fitted;
mod loss;
mod memory;
mod onnx;
mod params;
mod slopes;
mod stopping;
#[cfg(test)]
mod tests;

pub(crate) use fit::{classifier, regressor};
pub(crate) use fitted::Boosted;
pub(crate) use memory::memory;
pub(crate) use params::Params;
pub(crate) use params::specs;
