//! Logistic regression: a linear model of the log-odds of classes.
//!
//! Two classes: `P(last class | x) = 1 / (1 + exp(−(x·β + b)))`. More: `P(k | x) ∝ exp(x·βₖ + bₖ)`. Minimises
//! `C Σ wᵢ (−ln P(yᵢ | xᵢ)) + ½ ‖β‖²`, the intercepts unpenalised; `penalty: none` leaves the last term out, `l1`
//! has `‖β‖₁` instead, which sets coefficients of weak features to zero, and `elasticnet` has
//! `ρ ‖β‖₁ + ½ (1 − ρ) ‖β‖²` with `ρ` the `l1_ratio`. Use it as the first model for classes: it is fast, its
//! probabilities are honest and its coefficients readable.
//!
//! Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.3. The objective and the meaning
//! of the parameters are scikit-learn's `LogisticRegression`. The minimum is sought on features that are
//! standardised inside (the penalty stays that of the raw features), by L-BFGS with a Gram matrix as its
//! preconditioner, so features of any scale converge; and it is sought closer than scikit-learn's default does.
//! Penalties on magnitudes are minimised by proximal Newton steps.
//!
//! `engine: linfa` runs linfa-logistic on the raw features: two classes, no weights.

#[cfg(feature = "bench")]
pub(in crate::models) mod bench;
pub(in crate::models) mod kernel;
mod linfa;
pub(in crate::models) mod memory;
pub(in crate::models) mod native;
mod objective;
mod preconditioner;
mod proximal;
mod standardize;
#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType, boolean, choice, integer, number};
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use self::{kernel::Loss, native::Task};
use crate::{
    instructions::Instructions,
    model::{Coefficients, FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    models::{
        class_weight::{self, ClassWeight},
        linear::{Engine, linear_scores, require_fitted},
    },
    onnx::{self, Answer, Graph, Unmapped, Value},
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
    /// The share of the elastic net's penalty that falls on magnitudes.
    pub l1_ratio: f64,
    /// How close to the minimum.
    pub tol: f64,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// How much each class counts.
    pub class_weight: Option<ClassWeight>,
    /// Who computes.
    pub engine: Engine,
}

/// What is penalised on raw features, against rows that count 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::models) struct Strength {
    /// What half the sum of squared coefficients is multiplied by.
    pub(in crate::models) squares: f64,
    /// What the sum of their magnitudes is multiplied by.
    pub(in crate::models) magnitudes: f64,
}

impl Params {
    fn task(&self) -> Task {
        Task {
            name: "logistic regression",
            loss: Loss::Logistic,
            strength: self.strength(),
            fit_intercept: self.fit_intercept,
            max_iter: self.max_iter,
            tol: self.tol,
        }
    }

    fn strength(&self) -> Strength {
        let share = match self.penalty {
            Some(Penalty::L2) => 0.0,
            Some(Penalty::L1) => 1.0,
            Some(Penalty::Elasticnet) => self.l1_ratio,
            Some(Penalty::None) | None => {
                return Strength {
                    squares: 0.0,
                    magnitudes: 0.0,
                };
            }
        };
        Strength {
            squares: (1.0 - share) / self.c,
            magnitudes: share / self.c,
        }
    }
}

/// What is penalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Penalty {
    /// The coefficients' squares.
    L2,
    /// Their magnitudes.
    L1,
    /// Some of both.
    Elasticnet,
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

impl Fitted {
    pub(in crate::models) fn suits(&self, features: usize, classes: Option<usize>) -> bool {
        let lists = if self.classes == 2 { 1 } else { self.classes };
        classes == Some(self.classes)
            && self.classes >= 2
            && self.intercepts.len() == lists
            && self.coefficients.len() == lists
            && self.coefficients.iter().all(|list| list.len() == features)
    }

    /// Rows × classes: a score for each class; of two classes the first one's is the last one's, negated.
    pub(in crate::models) fn scores(&self, x: ArrayView2<f64>) -> Array2<f64> {
        let mut scores = Array2::zeros((x.nrows(), self.classes));
        let lists = self.coefficients.iter().zip(&self.intercepts);
        // The one list of two classes is of the last one's score.
        for (class, (coefficients, intercept)) in (self.first()..).zip(lists) {
            let list = linear_scores(x, coefficients, *intercept);
            scores.column_mut(class).assign(&ArrayView1::from(&list));
        }
        if self.classes == 2 {
            let (mut first, last) = scores.view_mut().split_at(Axis(1), 1);
            first.zip_mut_with(&last, |first, last| *first = -last);
        }
        scores
    }

    /// What each list of coefficients says, rows × lists.
    pub(in crate::models) fn lists(&self, x: &Value, graph: &mut Graph) -> Value {
        let lists: Vec<&[f64]> = self.coefficients.iter().map(Vec::as_slice).collect();
        graph.linear(x, &lists, &self.intercepts)
    }

    /// The class that the first list of coefficients is of.
    fn first(&self) -> usize {
        usize::from(self.classes == 2)
    }

    pub(in crate::models) fn coefficients(&self) -> Vec<Coefficients> {
        let lists = self.coefficients.iter().zip(&self.intercepts);
        let list = |(class, (values, intercept)): (usize, (&Vec<f64>, &f64))| Coefficients {
            class: Some(class),
            values: values.clone(),
            intercept: *intercept,
        };
        (self.first()..).zip(lists).map(list).collect()
    }
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
                    &["l2", "l1", "elasticnet", "none"],
                    "What is penalised: the coefficients' squares, their magnitudes, some of both or nothing.",
                ),
                number(
                    "l1_ratio",
                    0.5,
                    0.0,
                    1.0,
                    "Share of the elastic net's penalty that falls on magnitudes.",
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

    fn memory(&self, params: &Params, shape: &Shape) -> Need {
        match params.engine {
            Engine::Native => memory::native(shape.outputs(), params.strength().magnitudes > 0.0, shape),
            Engine::Linfa => memory::linfa(shape),
        }
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
        let (_, labels) = set.classes()?;
        let weights = class_weight::row_weights(set, params.class_weight.as_ref())?;
        let set = set.weighted(weights.as_deref());
        set.require_rows()?;
        if labels.len() < 2 {
            return Err(FitError::one_class());
        }
        let fitted = ctx.on_threads(|| match params.engine {
            Engine::Native => native::fit(&params.task(), &set, Instructions::widest(), ctx),
            Engine::Linfa => linfa::fit(params, &set, ctx),
        })?;
        require_fitted(fitted.coefficients.iter().flatten().chain(&fitted.intercepts))?;
        Ok(fitted)
    }

    fn suits(&self, fitted: &Fitted, features: usize, classes: Option<usize>) -> bool {
        fitted.suits(features, classes)
    }

    fn predict(&self, fitted: &Fitted, x: ArrayView2<f64>) -> Prediction {
        let mut scores = fitted.scores(x);
        if fitted.classes == 2 {
            scores.mapv_inplace(sigmoid);
        } else {
            for mut row in scores.rows_mut() {
                softmax(row.as_slice_mut().unwrap_or_default());
            }
        }
        Prediction::Probabilities(scores)
    }

    fn onnx(&self, fitted: &Fitted, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        let lists = fitted.lists(x, graph);
        Ok(if fitted.classes == 2 {
            onnx::of_two(graph, &lists)
        } else {
            onnx::of_several(graph, &lists)
        })
    }

    fn coefficients(&self, fitted: &Fitted) -> Option<Vec<Coefficients>> {
        Some(fitted.coefficients())
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
