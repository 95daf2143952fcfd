//! Gaussian naive Bayes: within a class, every feature is normal and independent of the others.
//!
//! `P(k | x) ∝ P(k) Πⱼ N(xⱼ; μₖⱼ, σ²ₖⱼ)`, with the means and variances of the class's rows; to each variance,
//! `var_smoothing` times the largest variance of a feature is added. Use it as a baseline for continuous features:
//! it takes one pass, and its probabilities are too sure of themselves where features are correlated.
//!
//! Source: Zhang, "The Optimality of Naive Bayes", 2004; the meaning is scikit-learn's `GaussianNB`. The largest
//! variance is weighted like all else here. Where a variance is zero, scikit-learn's probabilities are no numbers;
//! here they are.

#[cfg(test)]
mod tests;

use domain::catalog::{ModelSpec, ProblemType, number};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{linear::require_fitted, naive_bayes};
use crate::{
    model::{FitContext, FitError, Model, Need, Prediction, Shape, TrainingSet},
    onnx::{Answer, Graph, Unmapped, Value},
};

/// The least variance, so that it can be divided by.
const LEAST: f64 = 1e-300;

/// The model's key is `gaussian_nb`.
#[derive(Debug, Clone, Copy)]
pub struct GaussianNb;

/// Its hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The share of the largest variance that is added to all.
    pub var_smoothing: f64,
}

/// A fitted Gaussian naive Bayes model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Each class's share of the rows.
    pub shares: Vec<f64>,
    /// A list per class, of a mean per feature.
    pub means: Vec<Vec<f64>>,
    /// A list per class, of a variance per feature; above zero.
    pub variances: Vec<Vec<f64>>,
}

impl Model for GaussianNb {
    type Params = Params;
    type Fitted = Fitted;

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            key: "gaussian_nb".into(),
            title: "Gaussian naive Bayes".into(),
            problem_type: ProblemType::Classification,
            summary:
                "Takes features for independent and normal within a class; a baseline that is fitted at once."
                    .into(),
            parameters: vec![number(
                "var_smoothing",
                1e-9,
                0.0,
                1.0,
                "Share of the largest variance that is added to all variances.",
            )],
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
            let total: f64 = weights.iter().sum();
            let mut means = naive_bayes::sums_by_class(set, |_, _, cell| cell, ctx)?;
            let overall: Vec<f64> = (0..set.x.ncols())
                .map(|j| means.iter().map(|sums| sums[j]).sum::<f64>() / total)
                .collect();
            divide(&mut means, &weights);
            let square = |class: usize, j: usize, cell: f64| (cell - means[class][j]).powi(2);
            let mut variances = naive_bayes::sums_by_class(set, square, ctx)?;
            // The variance over all classes is that within them and that between them.
            let largest = (0..set.x.ncols())
                .map(|j| {
                    let of = |k: usize| variances[k][j] + weights[k] * (means[k][j] - overall[j]).powi(2);
                    (0..weights.len()).map(of).sum::<f64>() / total
                })
                .fold(0.0, f64::max);
            divide(&mut variances, &weights);
            let variances = variances
                .into_iter()
                .map(|list| {
                    let smooth = |variance: f64| (variance + params.var_smoothing * largest).max(LEAST);
                    list.into_iter().map(smooth).collect()
                })
                .collect();
            Ok(Fitted {
                shares: naive_bayes::shares(&weights, true),
                means,
                variances,
            })
        })?;
        require_fitted(fitted.means.iter().chain(&fitted.variances).flatten())?;
        naive_bayes::done(ctx);
        Ok(fitted)
    }

    fn suits(&self, fitted: &Fitted, features: usize, classes: Option<usize>) -> bool {
        naive_bayes::suits(&fitted.shares, &fitted.means, features, classes)
            && naive_bayes::suits(&fitted.shares, &fitted.variances, features, classes)
    }

    fn predict(&self, fitted: &Fitted, x: ArrayView2<f64>) -> Prediction {
        naive_bayes::probabilities(x, &fitted.shares, &fitted.constants(), |class, j, cell| {
            let off = cell - fitted.means[class][j];
            -0.5 * off * off / fitted.variances[class][j]
        })
    }

    fn onnx(&self, fitted: &Fitted, x: &Value, graph: &mut Graph) -> Result<Answer, Unmapped> {
        let half = graph.number(-0.5);
        let mut added = Vec::with_capacity(fitted.shares.len());
        for (means, variances) in fitted.means.iter().zip(&fitted.variances) {
            let means = graph.doubles(&[1, means.len()], means.iter().copied());
            let variances = graph.doubles(&[1, variances.len()], variances.iter().copied());
            let off = graph.op("Sub", [x, &means]);
            let halved = graph.op("Mul", [&half, &off]);
            let square = graph.op("Mul", [&halved, &off]);
            let terms = graph.op("Div", [&square, &variances]);
            added.push(graph.reduce("ReduceSum", &terms));
        }
        let added = graph.beside(&added);
        Ok(naive_bayes::onnx(
            graph,
            &added,
            &fitted.shares,
            &fitted.constants(),
        ))
    }
}

impl Fitted {
    /// By class, what does not depend on the row: the logarithms of the densities at the means.
    fn constants(&self) -> Vec<f64> {
        let logarithm = |variance: &f64| -0.5 * (std::f64::consts::TAU.ln() + variance.ln());
        self.variances
            .iter()
            .map(|list| list.iter().map(logarithm).sum())
            .collect()
    }
}

/// Sums into means; those of a class without weight stay zero.
fn divide(sums: &mut [Vec<f64>], weights: &[f64]) {
    for (sums, weight) in sums.iter_mut().zip(weights).filter(|(_, weight)| **weight > 0.0) {
        sums.iter_mut().for_each(|sum| *sum /= weight);
    }
}
