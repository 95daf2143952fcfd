//! Rows made up around the support vectors of a class, as imbalanced-learn's `SVMSMOTE` has them (Nguyen, Cooper and
//! Kamei, "Borderline over-sampling for imbalanced data classification", 2011): where other classes press in, rows are
//! made up between support vectors and their neighbours, and where they do not, beyond the support vectors, so that
//! the class grows outward.

use super::{
    points::Points,
    synthetic::{Minority, Synthetic, between},
};
use crate::{
    Error,
    error::Result,
    models::svm::{Gram, Kernel, Problem, scale, solve},
    node::Context,
    random::Stream,
};

/// As `SVC`'s.
const TOLERANCE: f64 = 1e-3;

/// How `svm_smote` is set.
pub(super) struct Outward {
    /// How many neighbours of any class tell where other classes press in.
    pub(super) around: usize,
    /// How far beyond a support vector a row may lie, as a share of the way to its neighbour.
    pub(super) step: f64,
}

/// The support vectors of a class, ascending: the rows that lie at or within the margin to another class, for each
/// other class, of machines with the kernel `exp(−γ ‖a − b‖²)`, `γ` from [`scale`] and `C` 1.
///
/// # Errors
/// `NUMERIC_OVERFLOW`; cancellation.
pub(super) fn support(
    classes: &[Vec<usize>],
    class: usize,
    points: &Points,
    ctx: &Context<'_>,
) -> Result<Vec<usize>> {
    let gamma = scale(points.values(), points.width(), |_| 1.0);
    if !(gamma > 0.0 && gamma.is_finite()) {
        let message = "the columns hold numbers that are too large, or too close together, to compute with";
        return Err(Error::data("NUMERIC_OVERFLOW", message));
    }
    let mut support = Vec::new();
    for other in (0..classes.len()).filter(|other| *other != class) {
        // The earlier class is the positive one, whichever is asked for.
        let (first, second) = (&classes[class.min(other)], &classes[class.max(other)]);
        let rows: Vec<usize> = first.iter().chain(second).copied().collect();
        let own: Vec<&[f64]> = rows.iter().map(|row| points.row(*row)).collect();
        let gram = Gram::new(own, Kernel::Rbf { gamma });
        let sign = |at| if at < first.len() { 1.0 } else { -1.0 };
        let signs: Vec<f64> = (0..rows.len()).map(sign).collect();
        let bounds = vec![1.0; rows.len()];
        let problem = Problem::of_classes(&gram, &signs, &bounds, TOLERANCE);
        let machine = solve(problem, || ctx.observer.cancelled()).ok_or(Error::Cancelled)?;
        let own = rows.into_iter().zip(machine.alphas);
        let own = own.filter(|(row, alpha)| *alpha > 0.0 && classes[class].binary_search(row).is_ok());
        support.extend(own.map(|(row, _)| row));
    }
    support.sort_unstable();
    support.dedup();
    Ok(support)
}

impl Minority<'_> {
    /// Starts from support vectors of the class, of whose neighbours some are of the class: inward, to a neighbour of
    /// the class, where at least half are not, and outward, away from it, where most are. About half of the rows go
    /// either way, a share drawn from Beta(10, 10); where there is one way only, all do.
    ///
    /// # Errors
    /// As [`Minority::smote`], and `NO_BORDER` where every support vector is among other classes alone.
    pub(super) fn around_support(
        &self,
        support: &[usize],
        outward: &Outward,
        points: &Points,
        random: &mut Stream,
        ctx: &Context<'_>,
    ) -> Result<Vec<Synthetic>> {
        let strangers = self.strangers(support, outward.around, points, ctx)?;
        let (mut pressed, mut free) = (Vec::new(), Vec::new());
        for (row, count) in support.iter().zip(strangers) {
            if 2 * count < outward.around {
                free.push(*row);
            } else if count < outward.around {
                pressed.push(*row);
            }
        }
        if pressed.is_empty() && free.is_empty() {
            let message = format!(
                "every support vector of class {:?} has neighbours of other classes alone; use the method smote",
                self.label
            );
            return Err(Error::data("NO_BORDER", message));
        }
        let inward = match (pressed.is_empty(), free.is_empty()) {
            (true, _) => 0,
            (false, true) => self.more,
            (false, false) => (balanced(random) * (self.more as f64 + 1.0)) as usize,
        };
        let partners = self.partners(&pressed, points, ctx)?;
        let mut made = between(&pressed, &partners, inward, random);
        let partners = self.partners(&free, points, ctx)?;
        let beyond = between(&free, &partners, self.more - inward, random);
        made.extend(beyond.into_iter().map(|one| Synthetic {
            step: -outward.step * one.step,
            ..one
        }));
        Ok(made)
    }
}

/// A number from Beta(10, 10): the middle one of 19 numbers in [0, 1).
fn balanced(random: &mut Stream) -> f64 {
    let mut drawn: [f64; 19] = std::array::from_fn(|_| random.uniform());
    drawn.sort_unstable_by(f64::total_cmp);
    drawn[9]
}

#[cfg(test)]
mod tests;
