//! Bernoulli naive Bayes: features are yes or no, and each class has its own odds of every yes.
//!
//! `P(k | x) ∝ P(k) Πⱼ θₖⱼ^bⱼ (1 − θₖⱼ)^(1 − bⱼ)` with `bⱼ = 1` where `xⱼ > binarize` and
//! `θₖⱼ = (Nₖⱼ + α) / (Nₖ + 2α)`, `Nₖⱼ` the rows of class `k` with a yes. Use it for flags.
//!
//! Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 13.3. The meaning
//! is scikit-learn's `BernoulliNB`.

#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType, number};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{linear::require_fitted, multinomial_nb, naive_bayes};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{Answer, Element, Graph, Unmapped, Value},
};

/// The model's key is `bernoulli_nb`.
#[derive(Debug, Clone, Copy)]
pub struct BernoulliNb;

/// Its hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// What is added to every count.
    pub alpha: f64,
    /// Whether classes are as frequent as in training, else equally frequent.
    pub fit_prior: bool,
    /// Numbers above it are a yes.
    pub binarize: f64,
}

/// A fitted Bernoulli naive Bayes model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Numbers above it are a yes.
    pub threshold: f64,
    /// Each class's share of the rows.
    pub shares: Vec<f64>,
    /// A list per class, of `ln θ` per feature.
    pub yes: Vec<Vec<f64>>,
    /// A list per class, of `ln (1 − θ)` per feature.
    pub no: Vec<Vec<f64>>,
}

impl Model for BernoulliNb {
    type Params = Params;
    type Fitted = Fitted;

    fn spec(&self) -> ModelSpec {
        let mut parameters = multinomial_nb::parameters();
        parameters.push(number(
            "binarize",
            0.0,
            f64::MIN,
            f64::MAX,
            "Numbers above it are a yes, others a no.",
        ));
        ModelSpec {
            key: "bernoulli_nb".into(),
            title: "Bernoulli naive Bayes".into(),
            problem_type: ProblemType::Classification,
            summary: "For features that are yes or no.".into(),
            parameters,
            handles_missing: false,
        }
    }

    fn memory(&self, _: &Params, shape: &Shape) -> Need {
        naive_bayes::memory(shape)
    }

    fn fit(&self, params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Fitted, FitError> {
        let fitted = ctx.on_threads(|| {
            naive_bayes::require(set, ctx)?;
            let weights = naive_bayes::class_weights(set)?;
            let is_yes = |_: usize, _: usize, cell: f64| f64::from(u8::from(cell > params.binarize));
            let counts = naive_bayes::sums_by_class(set, is_yes, ctx)?;
            let logarithms = |of: &dyn Fn(f64, f64) -> f64| -> Vec<Vec<f64>> {
                let list = |(counts, weight): (&Vec<f64>, &f64)| {
                    let total = (weight + 2.0 * params.alpha).ln();
                    let one = |count: &f64| (of(*count, *weight) + params.alpha).ln() - total;
                    counts.iter().map(one).collect()
                };
                counts.iter().zip(&weights).map(list).collect()
            };
            Ok(Fitted {
                threshold: params.binarize,
                shares: naive_bayes::shares(&weights, params.fit_prior),
                yes: logarithms(&|count, _| count),
                no: logarithms(&|count, weight| (weight - count).max(0.0)),
            })
        })?;
        require_fitted(fitted.yes.iter().chain(&fitted.no).flatten())?;
        naive_bayes::done(ctx);
        Ok(fitted)
    }

    fn suits(&self, fitted: &Fitted, features: usize, classes: Option<usize>) -> bool {
        naive_bayes::suits(&fitted.shares, &fitted.yes, features, classes)
            && naive_bayes::suits(&fitted.shares, &fitted.no, features, classes)
    }

    fn predict(&self, fitted: &Fitted, x: ArrayView2<f64>) -> Prediction {
        let constants = vec![0.0; fitted.shares.len()];
        naive_bayes::probabilities(x, &fitted.shares, &constants, |class, j, cell| {
            if cell > fitted.threshold {
                fitted.yes[class][j]
            } else {
                fitted.no[class][j]
            }
        })
    }

    fn onnx(&self, fitted: &Fitted, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        let threshold = graph.number(fitted.threshold);
        let yes = graph.op("Greater", [x, &threshold]);
        let yes = graph.cast(&yes, Element::Double);
        let more = |(yes, no): (&Vec<f64>, &Vec<f64>)| yes.iter().zip(no).map(|(yes, no)| yes - no).collect();
        let more: Vec<Vec<f64>> = fitted.yes.iter().zip(&fitted.no).map(more).collect();
        let more: Vec<&[f64]> = more.iter().map(Vec::as_slice).collect();
        let all_no: Vec<f64> = fitted.no.iter().map(|list| list.iter().sum()).collect();
        let added = graph.linear(&yes, &more, &all_no);
        let constants = vec![0.0; fitted.shares.len()];
        Ok(naive_bayes::onnx(graph, &added, &fitted.shares, &constants))
    }
}
