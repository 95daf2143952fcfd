//! Clusters by k-means: each point belongs to the nearest of `k` centres, and each centre is the mean of its points.
//!
//! Sources: Lloyd, "Least squares quantization in PCM", 1982; centres are begun by k-means++ (Arthur and
//! Vassilvitskii, "k-means++: The Advantages of Careful Seeding", 2007).

use rayon::prelude::*;

use super::points::Points;
use crate::{Error, error::Result, node::Context, random::Stream};

/// Rounds at most, as scikit-learn's `max_iter`.
const ROUNDS: usize = 300;

/// The cluster of each point, numbered from 0 to below `count`. Points that are all the same, or fewer than `count`,
/// make fewer clusters.
///
/// # Errors
/// Cancellation.
pub(super) fn cluster(
    points: &Points,
    count: usize,
    random: &mut Stream,
    ctx: &Context<'_>,
) -> Result<Vec<usize>> {
    let mut centres = begin(points, count, random, ctx)?;
    let mut clusters = assign(points, &centres);
    for _ in 0..ROUNDS {
        if ctx.observer.cancelled() {
            return Err(Error::Cancelled);
        }
        move_to_means(points, &clusters, &mut centres);
        let next = assign(points, &centres);
        if next == clusters {
            break;
        }
        clusters = next;
    }
    Ok(clusters)
}

/// Centres at points: the first at random, each of the others the likelier the farther from those before, by squares.
fn begin(points: &Points, count: usize, random: &mut Stream, ctx: &Context<'_>) -> Result<Vec<Vec<f64>>> {
    let first = random.below(points.count() as u64) as usize;
    let mut centres = vec![points.row(first).to_vec()];
    let mut nearest = vec![f64::INFINITY; points.count()];
    while centres.len() < count {
        if ctx.observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let last = &centres[centres.len() - 1];
        nearest
            .par_iter_mut()
            .enumerate()
            .for_each(|(at, nearest)| *nearest = nearest.min(squares(points.row(at), last)));
        let total: f64 = nearest.iter().sum();
        if !(total > 0.0 && total.is_finite()) {
            break;
        }
        let mut left = random.uniform() * total;
        let chosen = nearest.iter().position(|distance| {
            left -= distance;
            left < 0.0
        });
        // Rounding may leave a little of the last one.
        let chosen = chosen.unwrap_or(points.count() - 1);
        centres.push(points.row(chosen).to_vec());
    }
    Ok(centres)
}

/// The nearest centre of each point; the first of equals.
fn assign(points: &Points, centres: &[Vec<f64>]) -> Vec<usize> {
    let of = |at: usize| {
        let mut best = (0, f64::INFINITY);
        for (cluster, centre) in centres.iter().enumerate() {
            let distance = squares(points.row(at), centre);
            if distance < best.1 {
                best = (cluster, distance);
            }
        }
        best.0
    };
    (0..points.count()).into_par_iter().map(of).collect()
}

/// Moves each centre to the mean of its points, summed in their order; one without points stays.
fn move_to_means(points: &Points, clusters: &[usize], centres: &mut [Vec<f64>]) {
    let mut sums = vec![vec![0.0; points.width()]; centres.len()];
    let mut counts = vec![0_usize; centres.len()];
    for (at, cluster) in clusters.iter().enumerate() {
        counts[*cluster] += 1;
        for (sum, value) in sums[*cluster].iter_mut().zip(points.row(at)) {
            *sum += value;
        }
    }
    for ((centre, sum), count) in centres.iter_mut().zip(sums).zip(counts) {
        if count > 0 {
            *centre = sum.into_iter().map(|sum| sum / count as f64).collect();
        }
    }
}

fn squares(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests;
