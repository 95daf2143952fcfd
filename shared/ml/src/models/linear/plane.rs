//! A fitted plane: what linear models of a number leave behind.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{centred::Centred, linear_scores, require_fitted};
use crate::{
    model::{Coefficients, FitError, Prediction},
    onnx::{Answer, Graph, Value},
};

/// A linear function of the features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// One per feature.
    pub coefficients: Vec<f64>,
    /// What is predicted where all features are zero.
    pub intercept: f64,
}

impl Plane {
    /// That of a solution on centred rows.
    ///
    /// # Errors
    /// When a number is not finite.
    pub(crate) fn through(rows: &Centred, coefficients: Vec<f64>) -> Result<Self, FitError> {
        let intercept = rows.intercept(&coefficients);
        require_fitted(coefficients.iter().chain([&intercept]))?;
        Ok(Self {
            coefficients,
            intercept,
        })
    }

    pub(crate) fn suits(&self, features: usize, classes: Option<usize>) -> bool {
        classes.is_none() && self.coefficients.len() == features
    }

    pub(crate) fn predict(&self, x: ArrayView2<f64>) -> Prediction {
        Prediction::Values(linear_scores(x, &self.coefficients, self.intercept))
    }

    pub(crate) fn onnx(&self, x: &Value, graph: &mut Graph) -> Answer {
        Answer::Values(graph.linear(x, &[&self.coefficients], &[self.intercept]))
    }

    pub(crate) fn coefficients(&self) -> Vec<Coefficients> {
        vec![Coefficients {
            class: None,
            values: self.coefficients.clone(),
            intercept: self.intercept,
        }]
    }
}
