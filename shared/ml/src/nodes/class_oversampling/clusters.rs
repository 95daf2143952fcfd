//! Rows made up within clusters in which a class is at home, as imbalanced-learn's `KMeansSMOTE` has them (Last,
//! Douzas and Bacao, "Oversampling for Imbalanced Learning Based on K-Means and SMOTE", 2017): the more of them the
//! sparser the class is there, so that gaps between its rows are filled and no row is made up across another class.
//!
//! Unlike imbalanced-learn's, clusters share exactly the rows asked for, where that rounds each share up; clusters
//! are found once for all classes, by Lloyd's algorithm instead of mini-batches.

use rayon::prelude::*;

use super::{
    kmeans,
    points::Points,
    synthetic::{Minority, Synthetic},
};
use crate::{Error, error::Result, node::Context, random::Stream};

/// How `kmeans_smote` is set.
pub(super) struct Home {
    /// The share of a cluster's rows that a class needs to be at home there.
    pub(super) threshold: f64,
    /// How much the distance between rows counts; from the number of rows if not given.
    pub(super) exponent: Option<f64>,
}

/// The rows of each cluster, ascending.
///
/// # Errors
/// Cancellation.
pub(super) fn clusters(
    points: &Points,
    count: usize,
    random: &mut Stream,
    ctx: &Context<'_>,
) -> Result<Vec<Vec<usize>>> {
    let mut clusters = vec![Vec::new(); count];
    for (row, cluster) in kmeans::cluster(points, count, random, ctx)?
        .into_iter()
        .enumerate()
    {
        clusters[cluster].push(row);
    }
    Ok(clusters)
}

impl Minority<'_> {
    /// Starts from rows in clusters where the class is at home and has more rows than neighbours are looked at.
    ///
    /// # Errors
    /// As [`Minority::smote`], and `NO_CLUSTER` where there is no such cluster.
    pub(super) fn in_clusters(
        &self,
        clusters: &[Vec<usize>],
        home: &Home,
        points: &Points,
        random: &mut Stream,
        ctx: &Context<'_>,
    ) -> Result<Vec<Synthetic>> {
        self.enough()?;
        let own = |cluster: &Vec<usize>| -> Vec<usize> {
            let rows = cluster.iter().copied();
            rows.filter(|row| self.rows.binary_search(row).is_ok()).collect()
        };
        let homes: Vec<Vec<usize>> = clusters
            .iter()
            .map(|cluster| (cluster.len(), own(cluster)))
            .filter(|(all, own)| {
                own.len() > self.neighbors && own.len() as f64 >= home.threshold * *all as f64
            })
            .map(|(_, own)| own)
            .collect();
        if homes.is_empty() {
            let message = format!(
                "in no cluster are {} or more training rows of class {:?} that make up a share of {} of it; lower cluster_balance_threshold, or change n_clusters",
                self.neighbors + 1,
                self.label,
                home.threshold
            );
            return Err(Error::data("NO_CLUSTER", message));
        }
        let sparsity = homes
            .iter()
            .map(|rows| sparsity(points, rows, home.exponent, ctx))
            .collect::<Result<Vec<_>>>()?;
        let mut made = Vec::with_capacity(self.more);
        for (rows, more) in homes.iter().zip(shares(&sparsity, self.more)) {
            let part = Minority { rows, more, ..*self };
            made.extend(part.smote(points, random, ctx)?);
        }
        Ok(made)
    }
}

/// The mean distance between `n` rows to the power of `exponent`, or of 0.16 · (log₁.₆ n)^1.8, by row.
///
/// # Errors
/// Cancellation.
pub(super) fn sparsity(
    points: &Points,
    rows: &[usize],
    exponent: Option<f64>,
    ctx: &Context<'_>,
) -> Result<f64> {
    let count = rows.len() as f64;
    let from: Vec<f64> = rows
        .par_iter()
        .map(|a| {
            if ctx.observer.cancelled() {
                return Err(Error::Cancelled);
            }
            Ok(rows.iter().map(|b| points.distance(*a, *b).sqrt()).sum())
        })
        .collect::<Result<_>>()?;
    let mean = from.iter().sum::<f64>() / (count * count - count);
    let exponent = exponent.unwrap_or_else(|| 0.16 * count.log(1.6).powf(1.8));
    Ok(mean.powf(exponent) / count)
}

/// `total` shared out by weights, the largest remainders rounded up; evenly where the weights say nothing.
pub(super) fn shares(weights: &[f64], total: usize) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    let weighed = sum > 0.0 && sum.is_finite();
    let share = |weight: &f64| {
        let part = if weighed {
            weight / sum
        } else {
            1.0 / weights.len() as f64
        };
        part * total as f64
    };
    let wanted: Vec<f64> = weights.iter().map(share).collect();
    let mut shares: Vec<usize> = wanted.iter().map(|wanted| *wanted as usize).collect();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by(|a, b| wanted[*b].fract().total_cmp(&wanted[*a].fract()));
    let left = total.saturating_sub(shares.iter().sum());
    by_remainder
        .iter()
        .cycle()
        .take(left)
        .for_each(|at| shares[*at] += 1);
    shares
}

#[cfg(test)]
mod tests;
