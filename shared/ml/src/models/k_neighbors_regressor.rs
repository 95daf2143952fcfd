//! k nearest neighbours: the mean of the nearest rows' numbers.
//!
//! Predicts the mean over the `n_neighbors` nearest rows, each counted alike or by the inverse of its
//! distance, and by its weight if rows have weights. Use it where what is near is alike and features are few and
//! on one scale; scale them first. Predicting compares with every row, so it is slow on many.
//!
//! Source: Cover and Hart, "Nearest Neighbor Pattern Classification", 1967. The meaning is scikit-learn's
//! `KNeighborsRegressor`, which takes no weights of rows and refuses more neighbours than rows.

#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::neighbors::{self, Rows};
pub use super::neighbors::{Params, Weights};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `k_neighbors_regressor`.
#[derive(Debug, Clone, Copy)]
pub struct KNeighborsRegressor;

/// The rows, and their numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    rows: Rows,
    values: Vec<f64>,
}

impl Model for KNeighborsRegressor {
    type Params = Params;
    type Fitted = Fitted;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "k_neighbors_regressor".into(),
            title: "k nearest neighbours (numbers)".into(),
            problem_type: ProblemType::Regression,
            summary: "Predicts the mean of the nearest rows; scale the features first.".into(),
            parameters: neighbors::parameters(),
            handles_missing: false,
        }
    }

    fn memory(&self, _: &Params, shape: &Shape) -> Need {
        neighbors::memory(shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
        let values = set.values()?;
        let (rows, kept) = Rows::keep(params, set, ctx)?;
        Ok(Fitted {
            rows,
            values: kept.iter().map(|row| values[*row]).collect(),
        })
    }

    fn suits(&self, fitted: &Fitted, features: usize, classes: Option<usize>) -> bool {
        classes.is_none() && fitted.rows.suits(features, fitted.values.len())
    }

    fn predict(&self, fitted: &Fitted, x: ArrayView2<f64>) -> Prediction {
        Prediction::Values(fitted.rows.ask(x, |neighbors| {
            let share = |neighbor: &neighbors::Neighbor| neighbor.measure * fitted.values[neighbor.row];
            neighbors.iter().map(share).sum()
        }))
    }

    fn row_cost(&self, fitted: &Fitted) -> usize {
        fitted.rows.row_cost()
    }

    fn onnx(&self, _: &Fitted, _: &Value, _: &mut Graph) -> Result<Answer, Unmapped> {
        Err(neighbors::unmapped())
    }
}
