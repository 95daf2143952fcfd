//! Logistic regression: a linear model of the log-odds of classes.
//!
//! Two classes: `P(last class | x) = 1 / (1 + exp(−(x·β + b)))`. More: `P(k | x) ∝ exp(x·βₖ + bₖ)`. Minimises
//! `C Σ wᵢ (−ln P(yᵢ | xᵢ)) + ½ ‖β‖²`, the intercepts unpenalised; `penalty: none` leaves the last term out. Use
//! it as the first model for classes: it is fast, its probabilities are honest and its coefficients readable.
//!
//! Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.3. The objective and the meaning
//! of the parameters are scikit-learn's `LogisticRegression`. The minimum is sought on features that are
//! standardised inside (the penalty stays that of the raw features), by L-BFGS with a Gram matrix as its
//! preconditioner, so features of any scale converge; and it is sought closer than scikit-learn's default does.
//!
//! `engine: linfa` runs linfa-logistic on the raw features: two classes, no weights.

mod linfa;
mod native;
mod objective;
mod preconditioner;
mod standardize;
#[cfg(test)]
mod tests;

use domain::{
    catalog::{ModelSpec, ProblemType, boolean, choice, integer, number},
    job::FailureKind,
};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::{
    model::{FitContext, FitError, Model, Prediction, TrainingSet},
    models::{
        class_weight::{self, ClassWeight},
        linear::{Engine, linear_scores, require_finite, require_fitted},
    },
};

/// The model's key is `logistic_regression`.
#[derive(Debug, Clone, Copy)]
pub struct LogisticRegression;

/// Its hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Steps at most.
    pub max_iter: usize,
    /// The weight of the rows against the penalty.
    pub c: f64,
    /// What is penalised.
    pub penalty: Option<Penalty>,
    /// How close to the minimum.
    pub tol: f64,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// How much each class counts.
    pub class_weight: Option<ClassWeight>,
    /// Who computes.
    pub engine: Engine,
}

impl Params {
    /// What half the sum of squared coefficients is multiplied by, against rows that count 1.
    fn strength(&self) -> f64 {
        match self.penalty {
            Some(Penalty::L2) => 1.0 / self.c,
            Some(Penalty::None) | None => 0.0,
        }
    }
}

/// What is penalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Penalty {
    /// The coefficients' squares.
    L2,
    /// Nothing.
    None,
}

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// How many classes there are.
    pub classes: usize,
    /// One list for two classes (of the last one's log-odds), else one for each; in a list one per feature.
    pub coefficients: Vec<Vec<f64>>,
    /// One per list of coefficients.
    pub intercepts: Vec<f64>,
}

impl Model for LogisticRegression {
    type Params = Params;
    type Fitted = Fitted;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "logistic_regression".into(),
            title: "Logistic regression".into(),
            problem_type: ProblemType::Classification,
            summary: "A linear model of the log-odds of two or more classes; the first to try for classes."
                .into(),
            parameters: vec![
                integer(
                    "max_iter",
                    1000,
                    1,
                    1_000_000,
                    "Steps at most; a warning tells when they did not suffice.",
                ),
                number(
                    "c",
                    1.0,
                    0.0,
                    f64::MAX,
                    "Weight of the rows against the penalty; small values penalise more.",
                )
                .above_min(),
                choice(
                    "penalty",
                    "l2",
                    &["l2", "none"],
                    "What is penalised: the coefficients' squares or nothing.",
                ),
                number(
                    "tol",
                    1e-4,
                    1e-9,
                    1.0,
                    "How close to the minimum: about the largest error left in a probability.",
                ),
                boolean("fit_intercept", true, "Whether intercepts are fitted."),
                class_weight::spec(),
                choice(
                    "engine",
                    "native",
                    &["native", "linfa"],
                    "Who computes: this library, or linfa-logistic (two classes, no weights).",
                ),
            ],
            handles_missing: false,
        }
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
        let (_, labels) = set.classes()?;
        let weights = class_weight::row_weights(set, params.class_weight.as_ref())?;
        let set = set.weighted(weights.as_deref());
        set.require_rows()?;
        require_finite(&set)?;
        if labels.len() < 2 {
            let message = "a classifier needs rows of two classes or more";
            return Err(FitError::failed(FailureKind::InvalidData, "ONE_CLASS", message));
        }
        let fitted = match params.engine {
            Engine::Native => ctx.on_threads(|| native::fit(params, &set, ctx)),
            Engine::Linfa => linfa::fit(params, &set, ctx),
        }?;
        require_fitted(fitted.coefficients.iter().flatten().chain(&fitted.intercepts))?;
        Ok(fitted)
    }

    fn suits(&self, fitted: &Fitted, features: usize, classes: Option<usize>) -> bool {
        let lists = if fitted.classes == 2 { 1 } else { fitted.classes };
        classes == Some(fitted.classes)
            && fitted.classes >= 2
            && fitted.intercepts.len() == lists
            && fitted.coefficients.len() == lists
            && fitted.coefficients.iter().all(|list| list.len() == features)
    }

    fn predict(&self, fitted: &Fitted, x: ArrayView2<f64>) -> Prediction {
        let scores: Vec<Vec<f64>> = fitted
            .coefficients
            .iter()
            .zip(&fitted.intercepts)
            .map(|(coefficients, intercept)| linear_scores(x, coefficients, *intercept))
            .collect();
        let mut probabilities = Array2::zeros((x.nrows(), fitted.classes));
        for (i, mut row) in probabilities.rows_mut().into_iter().enumerate() {
            if let [scores] = scores.as_slice() {
                row[0] = sigmoid(-scores[i]);
                row[1] = sigmoid(scores[i]);
            } else {
                row.iter_mut().zip(&scores).for_each(|(p, scores)| *p = scores[i]);
                softmax(row.as_slice_mut().unwrap_or_default());
            }
        }
        Prediction::Probabilities(probabilities)
    }
}

fn sigmoid(score: f64) -> f64 {
    if score >= 0.0 {
        1.0 / (1.0 + (-score).exp())
    } else {
        let odds = score.exp();
        odds / (1.0 + odds)
    }
}

/// Turns scores into probabilities and returns the logarithm of the sum of their exponentials.
fn softmax(scores: &mut [f64]) -> f64 {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores
        .iter_mut()
        .for_each(|score| *score = (*score - largest).exp());
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
    largest + sum.ln()
}
