//! Sequential minimal optimisation: two multipliers at a time are moved to where the objective is least, until no
//! pair is left that gains more than the tolerance.
//!
//! Source: Platt, "Fast Training of Support Vector Machines using Sequential Minimal Optimization", 1999; pairs are
//! chosen by second order information (Fan, Chen and Lin, "Working Set Selection Using Second Order Information for
//! Training SVM", 2005). Every step is taken in the order of the rows, so that the result is the same on any number
//! of threads.

use super::kernel::{Gram, Rows};
use crate::model::FitContext;

/// How much memory the kept rows of the kernel matrix may take.
pub(super) const CACHE_BYTES: usize = 200 << 20;

/// The curvature of a pair of equal points, so that a step between them has a length.
const LEAST_CURVATURE: f64 = 1e-12;

/// What to solve. Where there are more multipliers than points, they go round the points again.
pub(crate) struct Problem<'a> {
    /// The points.
    pub(crate) gram: &'a Gram<'a>,
    /// The sign of each multiplier: 1 or −1.
    pub(crate) signs: &'a [f64],
    /// `yᵢ pᵢ`: how the objective slopes along each multiplier, times its sign, where all are 0.
    pub(crate) slopes: Vec<f64>,
    /// `Cᵢ`, the bound of each multiplier; positive.
    pub(crate) bounds: &'a [f64],
    /// How much the worst pair may violate the optimum by; scikit-learn's is 0.001.
    pub(crate) tolerance: f64,
}

impl<'a> Problem<'a> {
    /// That of two classes, `pᵢ = −1`.
    pub(crate) fn of_classes(
        gram: &'a Gram<'a>,
        signs: &'a [f64],
        bounds: &'a [f64],
        tolerance: f64,
    ) -> Self {
        Self {
            gram,
            signs,
            slopes: signs.iter().map(|sign| -sign).collect(),
            bounds,
            tolerance,
        }
    }
}

/// A solution.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Machine {
    /// The multiplier of each point.
    pub(crate) alphas: Vec<f64>,
    /// `b`.
    pub(crate) intercept: f64,
    /// Whether the tolerance was reached.
    pub(crate) converged: bool,
}

impl Machine {
    /// Warns where the steps did not suffice.
    pub(crate) fn warn_unless_converged(&self, model: &str, ctx: &FitContext) {
        if !self.converged {
            let message = format!(
                "{model} has not converged: scale the features, or choose a smaller c or a larger tol"
            );
            ctx.observer.warning(None, &message);
        }
    }
}

/// Solves the problem, or gives `None` once `cancelled` says so, which is asked at every step. After 100 steps for each
/// point, and ten million at least, it is left where it is.
pub(crate) fn solve(problem: Problem<'_>, cancelled: impl Fn() -> bool) -> Option<Machine> {
    let count = problem.signs.len();
    let mut solver = Solver {
        alphas: vec![0.0; count],
        // At 0 a multiplier can only grow.
        grows: problem.signs.iter().map(|sign| *sign > 0.0).collect(),
        shrinks: problem.signs.iter().map(|sign| *sign < 0.0).collect(),
        problem,
    };
    let mut rows = Rows::new(solver.problem.gram, CACHE_BYTES);
    let points = solver.problem.gram.count();
    let most = count.saturating_mul(100).max(10_000_000);
    let mut converged = false;
    for _ in 0..most {
        if cancelled() {
            return None;
        }
        let Some(up) = solver.steepest() else {
            converged = true;
            break;
        };
        let row = rows.get(up % points);
        let Some(down) = solver.partner(up, &row) else {
            converged = true;
            break;
        };
        solver.step(up, down, &row, &rows.get(down % points));
    }
    Some(Machine {
        intercept: -solver.level(),
        alphas: solver.alphas,
        converged,
    })
}

struct Solver<'a> {
    /// Its slopes are those where the multipliers are now.
    problem: Problem<'a>,
    alphas: Vec<f64>,
    /// Whether `α y` may grow.
    grows: Vec<bool>,
    /// Whether `α y` may shrink.
    shrinks: Vec<bool>,
}

impl Solver<'_> {
    /// How far the multiplier may move so that `α y` grows, or shrinks.
    fn room(&self, at: usize, grows: bool) -> f64 {
        if (self.problem.signs[at] > 0.0) == grows {
            self.problem.bounds[at] - self.alphas[at]
        } else {
            self.alphas[at]
        }
    }

    /// The multiplier that gains most by growing; the first of equals.
    fn steepest(&self) -> Option<usize> {
        let (mut best, mut least) = (None, f64::INFINITY);
        for (at, (slope, grows)) in self.problem.slopes.iter().zip(&self.grows).enumerate() {
            if *grows && *slope < least {
                (best, least) = (Some(at), *slope);
            }
        }
        best
    }

    /// The multiplier that, shrinking as the other grows, gains most; none where no pair violates the optimum by more
    /// than the tolerance.
    fn partner(&self, up: usize, row: &[f64]) -> Option<usize> {
        let least = self.problem.slopes[up];
        let (mut worst, mut best, mut partner) = (0.0, 0.0, None);
        let diagonal = self.problem.gram.diagonal();
        let own = diagonal[up % diagonal.len()];
        let kernels = diagonal.iter().zip(row).cycle();
        let each = self.problem.slopes.iter().zip(&self.shrinks).zip(kernels);
        for (at, ((slope, shrinks), (other, kernel))) in each.enumerate() {
            let violation = slope - least;
            if *shrinks && violation > 0.0 {
                worst = f64::max(worst, violation);
                let gain = violation * violation / curvature(own, *other, *kernel);
                if gain > best {
                    (best, partner) = (gain, Some(at));
                }
            }
        }
        partner.filter(|_| worst >= self.problem.tolerance)
    }

    /// Moves a pair to where the objective is least along it, within the bounds.
    fn step(&mut self, up: usize, down: usize, up_row: &[f64], down_row: &[f64]) {
        let (room_up, room_down) = (self.room(up, true), self.room(down, false));
        let (points, slopes) = (up_row.len(), &self.problem.slopes);
        let along = curvature(
            up_row[up % points],
            down_row[down % points],
            up_row[down % points],
        );
        let wanted = (slopes[down] - slopes[up]) / along;
        let step = wanted.min(room_up).min(room_down);
        let (signs, bounds) = (self.problem.signs, self.problem.bounds);
        // At a bound the multiplier is the bound itself, whatever a sum would round to.
        self.alphas[up] = match (step == room_up, signs[up] > 0.0) {
            (true, true) => bounds[up],
            (true, false) => 0.0,
            (false, _) => self.alphas[up] + signs[up] * step,
        };
        self.alphas[down] = match (step == room_down, signs[down] > 0.0) {
            (true, true) => 0.0,
            (true, false) => bounds[down],
            (false, _) => self.alphas[down] - signs[down] * step,
        };
        for at in [up, down] {
            self.grows[at] = self.room(at, true) > 0.0;
            self.shrinks[at] = self.room(at, false) > 0.0;
        }
        let change = up_row.iter().zip(down_row).cycle();
        for (slope, (up, down)) in self.problem.slopes.iter_mut().zip(change) {
            *slope += step * (up - down);
        }
    }

    /// The slope that all multipliers within their bounds have in common, or the middle of what the others leave.
    fn level(&self) -> f64 {
        let (mut sum, mut count) = (0.0, 0_u32);
        let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
        for ((slope, grows), shrinks) in self.problem.slopes.iter().zip(&self.grows).zip(&self.shrinks) {
            match (*grows, *shrinks) {
                (true, true) => {
                    sum += slope;
                    count += 1;
                }
                (true, false) => most = f64::min(most, *slope),
                (false, _) => least = f64::max(least, *slope),
            }
        }
        if count > 0 {
            sum / f64::from(count)
        } else {
            f64::midpoint(least, most)
        }
    }
}

/// Of the objective along a pair of points with these kernel values, each with itself and one with the other.
fn curvature(own: f64, other: f64, kernel: f64) -> f64 {
    f64::max(own + other - 2.0 * kernel, LEAST_CURVATURE)
}
