//! Multinomial naive Bayes: features count events, and each class has its own odds of every event.
//!
//! `P(k | x) ∝ P(k) Πⱼ θₖⱼ^xⱼ` with `θₖⱼ = (Nₖⱼ + α) / (Σⱼ Nₖⱼ + α p)`, `Nₖⱼ` the sum of feature `j` in class `k`.
//! Use it for counts, such as of words.
//!
//! Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 13.2. The meaning
//! is scikit-learn's `MultinomialNB`.

#[cfg(test)]
mod tests;

use domain::{
    catalog::{ModelSpec, ProblemType, boolean, number},
    job::FailureKind,
};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{linear::require_fitted, naive_bayes};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The model's key is `multinomial_nb`.
#[derive(Debug, Clone, Copy)]
pub struct MultinomialNb;

/// Its hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// What is added to every count.
    pub alpha: f64,
    /// Whether classes are as frequent as in training, else equally frequent.
    pub fit_prior: bool,
}

/// A fitted multinomial naive Bayes model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Each class's share of the rows.
    pub shares: Vec<f64>,
    /// A list per class, of `ln θ` per feature.
    pub logarithms: Vec<Vec<f64>>,
}

impl Model for MultinomialNb {
    type Params = Params;
    type Fitted = Fitted;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "multinomial_nb".into(),
            title: "Multinomial naive Bayes".into(),
            problem_type: ProblemType::Classification,
            summary: "For features that count events, such as words; none may be negative.".into(),
            parameters: parameters(),
            handles_missing: false,
        }
    }

    fn memory(&self, _: &Params, shape: &Shape) -> Need {
        naive_bayes::memory(shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
        let fitted = ctx.on_threads(|| {
            naive_bayes::require(set, ctx)?;
            require_counts(set)?;
            let weights = naive_bayes::class_weights(set)?;
            let mut counts = naive_bayes::sums_by_class(set, |_, _, cell| cell, ctx)?;
            for counts in &mut counts {
                let total: f64 = counts.iter().map(|count| count + params.alpha).sum();
                counts
                    .iter_mut()
                    .for_each(|count| *count = (*count + params.alpha).ln() - total.ln());
            }
            Ok(Fitted {
                shares: naive_bayes::shares(&weights, params.fit_prior),
                logarithms: counts,
            })
        })?;
        require_fitted(fitted.logarithms.iter().flatten())?;
        naive_bayes::done(ctx);
        Ok(fitted)
    }

    fn suits(&self, fitted: &Fitted, features: usize, classes: Option<usize>) -> bool {
        naive_bayes::suits(&fitted.shares, &fitted.logarithms, features, classes)
    }

    fn predict(&self, fitted: &Fitted, x: ArrayView2<f64>) -> Prediction {
        let constants = vec![0.0; fitted.shares.len()];
        naive_bayes::probabilities(x, &fitted.shares, &constants, |class, j, cell| {
            cell * fitted.logarithms[class][j]
        })
    }

    fn onnx(&self, fitted: &Fitted, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        let lists: Vec<&[f64]> = fitted.logarithms.iter().map(Vec::as_slice).collect();
        let constants = vec![0.0; fitted.shares.len()];
        let added = graph.linear(x, &lists, &constants);
        Ok(naive_bayes::onnx(graph, &added, &fitted.shares, &constants))
    }
}

/// The parameters that counting models share.
pub(super) fn parameters() -> Vec<domain::catalog::ParamSpec> {
    vec![
        number(
            "alpha",
            1.0,
            1e-10,
            1e10,
            "What is added to every count, so that nothing is impossible.",
        ),
        boolean(
            "fit_prior",
            true,
            "Whether classes are as frequent as in training, else equally frequent.",
        ),
    ]
}

fn require_counts(set: &TrainingSet) -> Result<(), FitError> {
    let mut columns = set.x.columns().into_iter().zip(set.feature_names);
    match columns.find(|(column, _)| column.iter().any(|cell| *cell < 0.0)) {
        Some((_, name)) => Err(FitError::failed(
            FailureKind::InvalidData,
            "NEGATIVE_VALUES",
            format!(
                "feature {name:?} has negative values, and multinomial naive Bayes counts events: use gaussian_nb, or scale to 0 and above"
            ),
        )),
        None => Ok(()),
    }
}
