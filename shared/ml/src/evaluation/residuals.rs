//! The evaluation of a regressor: how its errors are spread.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeSeq};

use super::{Detail, Evaluation, MOST_POINTS, whole};
use crate::{metrics, random};

/// How many bins the histogram has, all of the same width.
const BINS: usize = 30;

/// The shares at which quantiles are told.
const SHARES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// What lies behind the figures of a regressor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// How the residuals are spread; none if no row counts or a prediction is not finite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residuals: Option<Residuals>,
    /// Some rows, truth and prediction.
    pub sample: Sample,
}

/// The residuals, truth − prediction, of the rows that count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Residuals {
    /// Their weighted mean.
    pub mean: f64,
    /// √(Σ w (r − mean)² / Σ w).
    pub std: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// Their quantiles, ascending.
    pub quantiles: Vec<Quantile>,
    /// How many lie where.
    pub histogram: Histogram,
}

/// The least residual with which such a share of the weight is reached, from the least up; numpy's `inverted_cdf`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// The share, in (0, 1).
    pub share: f64,
    /// The residual.
    pub value: f64,
}

/// A histogram of bins of the same width, each with its lower edge and without its upper one but the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// The bins' edges, ascending: one more than there are bins.
    pub edges: Vec<f64>,
    /// The weight of the residuals in each bin, which is their number where rows have none.
    #[serde(serialize_with = "wholes")]
    pub support: Vec<f64>,
}

/// Rows drawn at random, each as likely, in their order; all of them if they are few.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// What is true of each.
    pub actual: Vec<f64>,
    /// What was predicted for it.
    pub predicted: Vec<f64>,
}

/// Evaluates a regressor. `truth`, `predicted` and `weights` have one number per row.
pub fn regression(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Evaluation {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let counting: Vec<usize> = (0..truth.len()).filter(|row| weight(*row) > 0.0).collect();
    let mut residuals: Vec<(f64, f64)> = counting
        .iter()
        .map(|row| (truth[*row] - predicted[*row], weight(*row)))
        .collect();
    let finite = |row: &usize| truth[*row].is_finite() && predicted[*row].is_finite();
    let mut random = random::stream(42, &["evaluation", "sample"]);
    let drawn = random.sample(counting.len(), MOST_POINTS).into_iter();
    let drawn: Vec<usize> = drawn.map(|place| counting[place]).filter(finite).collect();
    Evaluation {
        rows: truth.len(),
        metrics: metrics::regression(truth, predicted, weights),
        detail: Detail::Regression(Regression {
            residuals: summarised(&mut residuals),
            sample: Sample {
                actual: drawn.iter().map(|row| truth[*row]).collect(),
                predicted: drawn.iter().map(|row| predicted[*row]).collect(),
            },
        }),
    }
}

/// Summarises residuals with their weights, in any order.
fn summarised(residuals: &mut [(f64, f64)]) -> Option<Residuals> {
    residuals.sort_unstable_by(|(a, first), (b, second)| a.total_cmp(b).then(first.total_cmp(second)));
    let (min, max) = (residuals.first()?.0, residuals.last()?.0);
    let total: f64 = residuals.iter().map(|(_, weight)| weight).sum();
    let mean = residuals.iter().map(|(r, weight)| weight * r).sum::<f64>() / total;
    let squares: f64 = residuals
        .iter()
        .map(|(r, weight)| weight * (r - mean).powi(2))
        .sum();
    let std = (squares / total).sqrt();
    if ![min, max, max - min, mean, std].into_iter().all(f64::is_finite) {
        return None;
    }
    let mut cumulated = 0.0;
    let reached: Vec<f64> = residuals
        .iter()
        .map(|(_, weight)| {
            cumulated += weight;
            cumulated
        })
        .collect();
    let quantile = |share: f64| {
        let at = reached.partition_point(|weight| weight / cumulated < share);
        Quantile {
            share,
            value: residuals[at.min(residuals.len() - 1)].0,
        }
    };
    Some(Residuals {
        mean,
        std,
        min,
        max,
        quantiles: SHARES.map(quantile).to_vec(),
        histogram: histogram(residuals),
    })
}

/// The histogram of sorted residuals with their weights; of equal ones it is one wide, as numpy's.
fn histogram(residuals: &[(f64, f64)]) -> Histogram {
    let (mut low, mut high) = match residuals {
        [(low, _), .., (high, _)] => (*low, *high),
        [(only, _)] => (*only, *only),
        [] => (0.0, 0.0),
    };
    if low == high {
        (low, high) = (low - 0.5, high + 0.5);
    }
    let width = (high - low) / BINS as f64;
    let mut edges: Vec<f64> = (0..BINS).map(|at| at as f64 * width + low).collect();
    edges.push(high);
    let mut support = vec![0.0; BINS];
    for (residual, weight) in residuals {
        support[edges[1..BINS].partition_point(|edge| edge <= residual)] += weight;
    }
    Histogram { edges, support }
}

fn wholes<S: Serializer>(weights: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Weight(#[serde(serialize_with = "whole")] f64);
    let mut list = serializer.serialize_seq(Some(weights.len()))?;
    for weight in weights {
        list.serialize_element(&Weight(*weight))?;
    }
    list.end()
}
