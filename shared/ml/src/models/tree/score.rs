//! How good cuts are, for what is summed up in one cell per row: up to six classes, a number, a gradient.

use super::{
    cell::{Cell, SumCell},
    class_cell::{ClassCell, MOST_CLASSES},
};

/// Judges cuts by the sums in cells.
pub(crate) trait Score<C: Cell>: Copy + Send + Sync {
    /// Judges the cuts that leave these rows on the left of a node with `total`. A score that is not a number is no cut.
    fn judge(&self, left: impl Iterator<Item = C>, total: C, scores: &mut [f64]);

    /// How much a cut of this score takes from weight × impurity.
    fn gain(&self, score: f64, total: C) -> f64;

    /// Whether a node of these rows has nothing to separate.
    fn pure(&self, total: C, rows: impl Iterator<Item = C>) -> bool;
}

/// Squared error, and the Gini impurity of two classes, which is twice the squared error of 0 and 1.
///
/// With `D = sumₗ W − wₗ S`, a cut takes `D² / (wₗ wᵣ W)` from the squared error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Variance {
    /// What a whole number squared stands for.
    pub(crate) unit: f64,
}

impl<C: SumCell> Score<C> for Variance {
    #[inline(always)]
    fn judge(&self, left: impl Iterator<Item = C>, total: C, scores: &mut [f64]) {
        let (all, sum) = (total.weight(), total.sum());
        for (left, score) in left.zip(scores) {
            let weight = left.weight();
            let difference = left.sum() * all - weight * sum;
            *score = difference * difference / (weight * (all - weight));
        }
    }

    fn gain(&self, score: f64, total: C) -> f64 {
        score / total.weight() * self.unit
    }

    fn pure(&self, total: C, mut rows: impl Iterator<Item = C>) -> bool {
        let (all, sum) = (total.weight(), total.sum());
        rows.all(|row| row.sum() * all == row.weight() * sum)
    }
}

/// The Gini impurity of two classes, of which the sum counts the second: half of `1 − Σ pₖ²` is their variance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gini;

impl<C: SumCell> Score<C> for Gini {
    #[inline(always)]
    fn judge(&self, left: impl Iterator<Item = C>, total: C, scores: &mut [f64]) {
        Variance { unit: 2.0 }.judge(left, total, scores);
    }

    fn gain(&self, score: f64, total: C) -> f64 {
        Variance { unit: 2.0 }.gain(score, total)
    }

    fn pure(&self, total: C, _: impl Iterator<Item = C>) -> bool {
        one_class(total)
    }
}

/// The entropy `−Σ pₖ log₂ pₖ` of two classes, of which the sum counts the second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entropy;

/// `x log₂ x`.
pub(crate) fn x_log_x(x: f64) -> f64 {
    if x > 0.0 { x * x.log2() } else { 0.0 }
}

/// `−weight · entropy`.
fn order(weight: f64, sum: f64) -> f64 {
    x_log_x(sum) + x_log_x(weight - sum) - x_log_x(weight)
}

impl<C: SumCell> Score<C> for Entropy {
    fn judge(&self, left: impl Iterator<Item = C>, total: C, scores: &mut [f64]) {
        let (all, all_sum) = (total.weight(), total.sum());
        for (left, score) in left.zip(scores) {
            let (weight, sum) = (left.weight(), left.sum());
            *score = order(weight, sum) + order(all - weight, all_sum - sum);
        }
    }

    fn gain(&self, score: f64, total: C) -> f64 {
        score - order(total.weight(), total.sum())
    }

    fn pure(&self, total: C, _: impl Iterator<Item = C>) -> bool {
        one_class(total)
    }
}

/// Whether all rows are of one of two classes.
fn one_class<C: SumCell>(total: C) -> bool {
    let sum = total.sum();
    sum == 0.0 || sum == total.weight()
}

/// Whether all rows are of one of several classes.
#[inline]
fn several_is_one(total: ClassCell) -> bool {
    total.weights().iter().filter(|weight| **weight > 0.0).count() <= 1
}

/// Gini's impurity `1 − Σ pₖ²` of several classes: a cut's score is `Σ lₖ² / l + Σ rₖ² / r`.
///
/// With `nₖ` the weight of class k in the node, `Σ rₖ² = Σ nₖ² − 2 Σ nₖ lₖ + Σ lₖ²`.
impl Score<ClassCell> for Gini {
    #[inline(always)]
    fn judge(&self, left: impl Iterator<Item = ClassCell>, total: ClassCell, scores: &mut [f64]) {
        let node = total.weights();
        let (all, squares) = (total.weight(), node.iter().map(|n| n * n).sum::<f64>());
        for (left, score) in left.zip(scores) {
            let (mut weight, mut lefts, mut cross) = (0.0, 0.0, 0.0);
            for (n, l) in node.iter().zip(left.weights()) {
                weight += l;
                lefts += l * l;
                cross += n * l;
            }
            let (rest, rights) = (all - weight, squares - 2.0 * cross + lefts);
            *score = (lefts * rest + rights * weight) / (weight * rest);
        }
    }

    fn gain(&self, score: f64, total: ClassCell) -> f64 {
        score - total.weights().iter().map(|n| n * n).sum::<f64>() / total.weight()
    }

    fn pure(&self, total: ClassCell, _: impl Iterator<Item = ClassCell>) -> bool {
        several_is_one(total)
    }
}

/// `−weight · entropy` of several classes.
fn several_order(weights: [f64; MOST_CLASSES]) -> f64 {
    weights.iter().map(|weight| x_log_x(*weight)).sum::<f64>() - x_log_x(weights.iter().sum())
}

/// The entropy `−Σ pₖ log₂ pₖ` of several classes.
impl Score<ClassCell> for Entropy {
    fn judge(&self, left: impl Iterator<Item = ClassCell>, total: ClassCell, scores: &mut [f64]) {
        for (left, score) in left.zip(scores) {
            *score = several_order(left.weights()) + several_order(total.minus(left).weights());
        }
    }

    fn gain(&self, score: f64, total: ClassCell) -> f64 {
        score - several_order(total.weights())
    }

    fn pure(&self, total: ClassCell, _: impl Iterator<Item = ClassCell>) -> bool {
        several_is_one(total)
    }
}

/// The loss's fall by one Newton step in every leaf: `Gₗ² / (Hₗ + λ) + Gᵣ² / (Hᵣ + λ) − G² / (H + λ)`, half of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Newton {
    /// What one of a sum stands for.
    pub(crate) gradient: f64,
    /// What is added to the gradient per one of a weight.
    pub(crate) offset: f64,
    /// What one of a weight stands for.
    pub(crate) hessian: f64,
    /// λ.
    pub(crate) l2: f64,
}

/// What rounding may make of a fall, as a share of it: slopes are whole numbers, up to 2³⁰ of the steepest, and rows of
/// equal slopes but unequal weights are rounded apart.
const ROUNDING: f64 = 1e-10;
/// Hessians that a side must have.
const LEAST_HESSIAN: f64 = 1e-3;

impl Newton {
    /// `G` and `H`.
    pub(crate) fn sums<C: SumCell>(&self, cell: C) -> (f64, f64) {
        let weight = cell.weight();
        (
            cell.sum() * self.gradient + weight * self.offset,
            weight * self.hessian,
        )
    }
}

impl<C: SumCell> Score<C> for Newton {
    #[inline(always)]
    fn judge(&self, left: impl Iterator<Item = C>, total: C, scores: &mut [f64]) {
        let (gradient, hessian) = self.sums(total);
        for (left, score) in left.zip(scores) {
            let (g, h) = self.sums(left);
            let (rest_g, rest_h) = (gradient - g, hessian - h);
            let fall = g * g / (h + self.l2) + rest_g * rest_g / (rest_h + self.l2);
            *score = if h >= LEAST_HESSIAN && rest_h >= LEAST_HESSIAN {
                fall
            } else {
                f64::NAN
            };
        }
    }

    fn gain(&self, score: f64, total: C) -> f64 {
        let (gradient, hessian) = self.sums(total);
        let gain = score - gradient * gradient / (hessian + self.l2);
        if gain > score * ROUNDING { gain } else { 0.0 }
    }

    fn pure(&self, _: C, _: impl Iterator<Item = C>) -> bool {
        false
    }
}
