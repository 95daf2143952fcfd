//! Mutual information between a numeric feature and the target, estimated by distances to nearest neighbours: how
//! many nats less uncertain one is once the other is known. Zero means independent; other than a correlation it
//! sees dependence of any shape.
//!
//! Sources: Kraskov, Stögbauer and Grassberger, "Estimating mutual information", Physical Review E 2004 (two
//! numbers); Ross, "Mutual Information between Discrete and Continuous Data Sets", Public Library of Science ONE
//! 2014 (a number and classes). With three neighbours, numbers scaled to deviation 1 and a noise of 1e-10 that
//! tells equal numbers apart, as scikit-learn's `mutual_info_classif` and `mutual_info_regression`. Where no
//! numbers are equal, both agree to 1e-9. Where some are, the noise decides who is whose neighbour, so the
//! estimate is random in both: over 300 rows of a feature with six values, 200 seeds of scikit-learn's lie within
//! 0.081 of each other, and ours within 0.06 of their mean.

use super::neighbours::Plane;
use crate::{node::Context, nodes::statistics};

/// Neighbours looked at.
const NEIGHBOURS: usize = 3;
/// The noise's size.
const NOISE: f64 = 1e-10;

/// Between a feature, its numbers given by class, and the classes; the seed is that of the noise.
pub(super) fn with_classes(mut classes: Vec<Vec<f64>>, name: &str, seed: u64, ctx: &Context<'_>) -> f64 {
    let mut all: Vec<f64> = classes.iter().flatten().copied().collect();
    scale(&mut all, name, seed, ctx);
    let mut rest = all.as_slice();
    for class in &mut classes {
        let (own, others) = rest.split_at(class.len());
        class.copy_from_slice(own);
        class.sort_by(f64::total_cmp);
        rest = others;
    }
    classes.retain(|class| class.len() > 1);
    let mut sorted: Vec<f64> = classes.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let digamma = Digamma::up_to(sorted.len());
    let mut sum = 0.0;
    for class in &classes {
        let neighbours = NEIGHBOURS.min(class.len() - 1);
        let own = digamma.of(neighbours) - digamma.of(class.len());
        for at in 0..class.len() {
            let within = count_within(
                &sorted,
                class[at],
                distance_in_order(class, at, neighbours).next_down(),
            );
            sum += own - digamma.of(within);
        }
    }
    if sorted.is_empty() {
        return f64::NAN;
    }
    (digamma.of(sorted.len()) + sum / sorted.len() as f64).max(0.0)
}

/// Between two numbers, given row by row.
pub(super) fn with_numbers(pairs: &[(f64, f64)], name: &str, seed: u64, ctx: &Context<'_>) -> f64 {
    if pairs.len() <= NEIGHBOURS {
        return f64::NAN;
    }
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    scale(&mut x, name, seed, ctx);
    scale(&mut y, "target", seed, ctx);
    let (distances, _) = Plane::new(&x, &y).distances::<NEIGHBOURS>();
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let (sorted_x, sorted_y) = (sorted(&x), sorted(&y));
    let digamma = Digamma::up_to(x.len());
    let mut sum = 0.0;
    for (at, distance) in distances.into_iter().enumerate() {
        let within = distance.next_down();
        sum += digamma.of(count_within(&sorted_x, x[at], within));
        sum += digamma.of(count_within(&sorted_y, y[at], within));
    }
    let estimate = digamma.of(x.len()) + digamma.of(NEIGHBOURS) - sum / x.len() as f64;
    estimate.max(0.0)
}

/// Divides by the standard deviation and adds the noise.
fn scale(values: &mut [f64], name: &str, seed: u64, ctx: &Context<'_>) {
    let Some(mean) = statistics::mean(values) else {
        return;
    };
    let deviation = statistics::variance(values, mean).sqrt();
    let divisor = if deviation > 10.0 * f64::EPSILON {
        deviation
    } else {
        1.0
    };
    values.iter_mut().for_each(|value| *value /= divisor);
    let size = values.iter().map(|value| value.abs()).sum::<f64>() / values.len() as f64;
    let mut stream = ctx.stream(seed, &["mutual_info", name]);
    for value in values {
        // Normal by the method of Box and Muller (1958).
        let radius = (-2.0 * (1.0 - stream.uniform()).ln()).sqrt();
        *value += NOISE * size.max(1.0) * radius * (std::f64::consts::TAU * stream.uniform()).cos();
    }
}

/// How many of the sorted numbers lie at most so far from `centre`, itself included.
fn count_within(sorted: &[f64], centre: f64, distance: f64) -> usize {
    let first = sorted.partition_point(|x| centre - x > distance);
    let end = sorted.partition_point(|x| x - centre <= distance);
    // A number is its own neighbour even where the distance is nothing.
    end.saturating_sub(first).max(1)
}

/// How far the `count`-th nearest of sorted numbers is from the one at a place.
fn distance_in_order(sorted: &[f64], at: usize, count: usize) -> f64 {
    let (mut below, mut above) = (at, at);
    let mut distance = 0.0;
    for _ in 0..count {
        let down = below
            .checked_sub(1)
            .map_or(f64::INFINITY, |place| sorted[at] - sorted[place]);
        let up = sorted.get(above + 1).map_or(f64::INFINITY, |x| x - sorted[at]);
        if down <= up {
            below -= 1;
        } else {
            above += 1;
        }
        distance = down.min(up);
    }
    distance
}

/// The digamma function of whole numbers: `ψ(n) = 1 + 1/2 + … + 1/(n − 1) − γ`.
struct Digamma(Vec<f64>);

impl Digamma {
    fn up_to(n: usize) -> Self {
        let sums = (1..n.max(NEIGHBOURS)).scan(-0.577_215_664_901_532_9, |sum, i| {
            *sum += 1.0 / i as f64;
            Some(*sum)
        });
        Self([-0.577_215_664_901_532_9].into_iter().chain(sums).collect())
    }

    fn of(&self, n: usize) -> f64 {
        self.0[n - 1]
    }
}

#[cfg(test)]
mod tests;
