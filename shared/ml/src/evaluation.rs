//! Everything that is known of predictions once the truth is: figures, what each class was taken for, curves,
//! calibration and residuals, bounded in size whatever the number of rows, so that it can be kept and drawn.
//!
//! It is a function of truth, predictions and weights alone. What is undefined on the rows at hand is absent, never
//! NaN. Figures and what they are computed from agree with scikit-learn's on the same predictions to 1e-9, which
//! `tools/harness/parity/metrics.py` shows.

mod calibration;
mod classes;
mod curves;
mod hull;
mod residuals;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize, Serializer};

pub use calibration::{Calibration, CalibrationBin};
pub use classes::{ClassEvaluation, Classification, ConfusionCell, classification};
pub use curves::{PrecisionRecallCurve, RocCurve};
pub use residuals::{Histogram, Quantile, Regression, Residuals, Sample, regression};

use crate::metrics::Figures;

/// The most points that a curve and a sample have.
pub const MOST_POINTS: usize = 500;

/// What is known of the predictions for some rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// How many rows there are, those that count for nothing among them.
    pub rows: usize,
    /// The figures by name: [`crate::metrics::classification`] or [`crate::metrics::regression`].
    pub metrics: Figures,
    /// What lies behind them.
    #[serde(flatten)]
    pub detail: Detail,
}

/// What lies behind the figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Of classes.
    Classification(Classification),
    /// Of numbers.
    Regression(Regression),
}

/// Writes a sum of weights that is a whole number, as all are where rows have none, as one.
fn whole<S: Serializer>(weight: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = (1_u64 << 53) as f64;
    if weight.fract() == 0.0 && (0.0..EXACT).contains(weight) {
        serializer.serialize_u64(*weight as u64)
    } else {
        serializer.serialize_f64(*weight)
    }
}
