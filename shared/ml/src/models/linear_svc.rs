//! Linear support vector classifier: the plane that keeps the classes apart by the widest margin, at the least cost
//! of rows that lie within it.
//!
//! Two classes: minimises `C Σ wᵢ max(0, 1 − yᵢ (xᵢ·β + b))² + ½ ‖β‖²` with `y` −1 for the first class and 1 for the
//! last; more: each class against the rest, and the one with the greatest score is predicted. There are no
//! probabilities, so metrics of probabilities are absent and those of rankings use the scores. Use it where only
//! the class counts; logistic regression is as good and says how sure it is.
//!
//! Source: Fan et al., "LIBLINEAR: A Library for Large Linear Classification", 2008. The meaning is scikit-learn's
//! `LinearSVC` (squared hinge, l2), except that the intercept is not penalised, as if `intercept_scaling` were large,
//! so that shifting a feature changes nothing. Minimised like logistic regression.

#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType, boolean, integer, number};
use ndarray::ArrayView2;
use serde::Deserialize;

pub use super::logistic_regression::Fitted;
use super::{
    class_weight::{self, ClassWeight},
    linear::require_fitted,
    logistic_regression::{
        Strength,
        kernel::Loss,
        memory,
        native::{self, Task},
    },
};
use crate::{
    instructions::Instructions,
    model::{Coefficients, FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `linear_svc`.
#[derive(Debug, Clone, Copy)]
pub struct LinearSvc;

/// Its hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The weight of the rows against the penalty.
    pub c: f64,
    /// How close to the minimum.
    pub tol: f64,
    /// Steps at most, for each class.
    pub max_iter: usize,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// How much each class counts.
    pub class_weight: Option<ClassWeight>,
}

impl Model for LinearSvc {
    type Params = Params;
    type Fitted = Fitted;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "linear_svc".into(),
            title: "Linear support vector classifier".into(),
            problem_type: ProblemType::Classification,
            summary: "The plane with the widest margin between classes; predicts no probabilities.".into(),
            parameters: vec![
                number(
                    "c",
                    1.0,
                    0.0,
                    f64::MAX,
                    "Weight of the rows against the penalty; small values penalise more.",
                )
                .above_min(),
                number("tol", 1e-4, 1e-9, 1.0, "How close to the minimum."),
                integer(
                    "max_iter",
                    1000,
                    1,
                    1_000_000,
                    "Steps at most, for each class; a warning tells when they did not suffice.",
                ),
                boolean("fit_intercept", true, "Whether intercepts are fitted."),
                class_weight::spec(),
            ],
            handles_missing: false,
        }
    }

    fn memory(&self, _: &Params, shape: &Shape) -> Need {
        // One machine at a time.
        memory::native(1.0, false, shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
        let (_, labels) = set.classes()?;
        let weights = class_weight::row_weights(set, params.class_weight.as_ref())?;
        let set = set.weighted(weights.as_deref());
        set.require_rows()?;
        if labels.len() < 2 {
            return Err(FitError::one_class());
        }
        let task = Task {
            name: "the linear support vector classifier",
            loss: Loss::SquaredHinge,
            strength: Strength {
                squares: 1.0 / params.c,
                magnitudes: 0.0,
            },
            fit_intercept: params.fit_intercept,
            max_iter: params.max_iter,
            tol: params.tol,
        };
        let fitted = ctx.on_threads(|| native::fit(&task, &set, Instructions::widest(), ctx))?;
        require_fitted(fitted.coefficients.iter().flatten().chain(&fitted.intercepts))?;
        Ok(fitted)
    }

    fn suits(&self, fitted: &Fitted, features: usize, classes: Option<usize>) -> bool {
        fitted.suits(features, classes)
    }

    fn predict(&self, fitted: &Fitted, x: ArrayView2<f64>) -> Prediction {
        Prediction::Scores(fitted.scores(x))
    }

    fn onnx(&self, fitted: &Fitted, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        let lists = fitted.lists(x, graph);
        if fitted.classes > 2 {
            return Ok(Answer::Scores(lists));
        }
        let first = graph.op("Neg", [&lists]);
        Ok(Answer::Scores(graph.beside(&[first, lists])))
    }

    fn coefficients(&self, fitted: &Fitted) -> Option<Vec<Coefficients>> {
        Some(fitted.coefficients())
    }
}
