//! Whether probabilities mean what they say: of the rows given 70 %, about 70 % should come true.

use serde::{Deserialize, Serialize};

use super::whole;

/// How many bins there are, all of the same width.
const BINS: usize = 10;

/// How probabilities compare with what came true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The mean squared difference between what was said and what came true (Brier, "Verification of forecasts expressed
    /// in terms of probability", 1950), as `brier_score_loss` has it: of a class and of all of two that of the one
    /// probability, of more than two the sum over the classes.
    pub brier_score: f64,
    /// Σ s |mean predicted − fraction true| over the bins, s a bin's share of the weight (Naeini, Cooper and Hauskrecht,
    /// "Obtaining well calibrated probabilities using Bayesian binning", 2015).
    pub expected_calibration_error: f64,
    /// The bins that have rows, ascending: tenths of [0, 1], each without its lower edge but the first.
    pub bins: Vec<CalibrationBin>,
}

/// The rows whose probability lies in one bin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// The bin's lower edge.
    pub lower: f64,
    /// The bin's upper edge.
    pub upper: f64,
    /// Their weight, which is their number where rows have none.
    #[serde(serialize_with = "whole")]
    pub support: f64,
    /// The mean of their probabilities.
    pub mean_predicted: f64,
    /// The share of their weight that came true.
    pub fraction_true: f64,
}

/// What was said of a row, and what came of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Forecast {
    pub(super) probability: f64,
    pub(super) came_true: bool,
    /// The squared difference that counts into the Brier score.
    pub(super) square: f64,
    pub(super) weight: f64,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    weight: f64,
    probability: f64,
    came_true: f64,
}

/// The calibration of some forecasts; none if nothing counts.
pub(super) fn calibration(forecasts: impl Iterator<Item = Forecast>) -> Option<Calibration> {
    let edge = |at: usize| at as f64 * (1.0 / BINS as f64);
    let inner: Vec<f64> = (1..BINS).map(edge).collect();
    let mut sums = [Sums::default(); BINS];
    let mut squares = 0.0;
    for forecast in forecasts {
        let bin = &mut sums[inner.partition_point(|edge| *edge < forecast.probability)];
        bin.weight += forecast.weight;
        bin.probability += forecast.weight * forecast.probability;
        if forecast.came_true {
            bin.came_true += forecast.weight;
        }
        squares += forecast.weight * forecast.square;
    }
    let total: f64 = sums.iter().map(|bin| bin.weight).sum();
    let counting = sums.iter().enumerate().filter(|(_, bin)| bin.weight > 0.0);
    let bins: Vec<CalibrationBin> = counting
        .map(|(at, bin)| CalibrationBin {
            lower: edge(at),
            upper: edge(at + 1),
            support: bin.weight,
            mean_predicted: bin.probability / bin.weight,
            fraction_true: bin.came_true / bin.weight,
        })
        .collect();
    let off = |bin: &CalibrationBin| bin.support * (bin.mean_predicted - bin.fraction_true).abs();
    (total > 0.0).then(|| Calibration {
        brier_score: squares / total,
        expected_calibration_error: bins.iter().map(off).sum::<f64>() / total,
        bins,
    })
}
