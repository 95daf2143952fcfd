//! The duality gap: how far at most the objective lies above its minimum.
//!
//! For `½ ‖y − Xβ‖² + l1 ‖β‖₁ + ½ l2 ‖β‖²` with residuals `r`, the dual point is `r` scaled down until no column
//! correlates with it by more than `l1` (Kim, Koh, Lustig, Boyd and Gorinevsky, "An Interior-Point Method for
//! Large-Scale l1-Regularized Least Squares", 2007).

use super::Penalties;

/// What the gap is computed from, at coefficients `β` with residuals `r`.
pub(super) struct Gap {
    /// `‖r‖²`.
    pub(super) left_squares: f64,
    /// `y · r`.
    pub(super) y_left: f64,
    /// The largest `|xⱼ · r − l2 βⱼ|`.
    pub(super) steepest: f64,
    /// `‖β‖₁`.
    pub(super) magnitudes: f64,
    /// `‖β‖²`.
    pub(super) squares: f64,
}

impl Gap {
    pub(super) fn value(&self, penalties: Penalties) -> f64 {
        let scale = if self.steepest > penalties.l1 {
            penalties.l1 / self.steepest
        } else {
            1.0
        };
        let scaled = 1.0 + scale * scale;
        0.5 * self.left_squares * scaled + penalties.l1 * self.magnitudes - scale * self.y_left
            + 0.5 * penalties.l2 * scaled * self.squares
    }
}
