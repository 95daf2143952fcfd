//! k nearest neighbours: the class that most of the nearest rows have.
//!
//! `P(k | x)` is the share of class `k` among the `n_neighbors` nearest rows, each counted alike or by the inverse of its
//! distance, and by its weight if rows have weights. Use it where what is near is alike and features are few and
//! on one scale; scale them first. Predicting compares with every row, so it is slow on many.
//!
//! Source: Cover and Hart, "Nearest Neighbor Pattern Classification", 1967. The meaning is scikit-learn's
//! `KNeighborsClassifier`, which takes no weights of rows and refuses more neighbours than rows.

#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::neighbors::{self, Rows};
pub use super::neighbors::{Params, Weights};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `k_neighbors_classifier`.
#[derive(Debug, Clone, Copy)]
pub struct KNeighborsClassifier;

/// The rows, and their classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    rows: Rows,
    codes: Vec<u32>,
    classes: usize,
}

impl Model for KNeighborsClassifier {
    type Params = Params;
    type Fitted = Fitted;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "k_neighbors_classifier".into(),
            title: "k nearest neighbours (classes)".into(),
            problem_type: ProblemType::Classification,
            summary: "Asks the nearest rows for their class; scale the features first.".into(),
            parameters: neighbors::parameters(),
            handles_missing: false,
        }
    }

    fn memory(&self, _: &Params, shape: &Shape) -> Need {
        neighbors::memory(shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
        let (codes, labels) = set.classes()?;
        let (rows, kept) = Rows::keep(params, set, ctx)?;
        Ok(Fitted {
            rows,
            codes: kept.iter().map(|row| codes[*row]).collect(),
            classes: labels.len(),
        })
    }

    fn suits(&self, fitted: &Fitted, features: usize, classes: Option<usize>) -> bool {
        classes == Some(fitted.classes)
            && fitted.rows.suits(features, fitted.codes.len())
            && fitted.codes.iter().all(|code| (*code as usize) < fitted.classes)
    }

    fn predict(&self, fitted: &Fitted, x: ArrayView2<f64>) -> Prediction {
        let shares = fitted.rows.ask(x, |neighbors| {
            let mut shares = vec![0.0; fitted.classes];
            for neighbor in neighbors {
                shares[fitted.codes[neighbor.row] as usize] += neighbor.measure;
            }
            shares
        });
        let mut probabilities = Array2::zeros((x.nrows(), fitted.classes));
        for (mut row, shares) in probabilities.rows_mut().into_iter().zip(shares) {
            row.iter_mut().zip(shares).for_each(|(p, share)| *p = share);
        }
        Prediction::Probabilities(probabilities)
    }

    fn row_cost(&self, fitted: &Fitted) -> usize {
        fitted.rows.row_cost()
    }

    fn onnx(&self, _: &Fitted, _: &Value, _: &mut Graph) -> Result<Answer, Unmapped> {
        Err(neighbors::unmapped())
    }
}
