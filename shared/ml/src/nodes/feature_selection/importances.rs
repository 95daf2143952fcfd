//! How important features are to a fitted model: the magnitudes of a linear model's coefficients. With several
//! classes the magnitudes are added up (`select_from_model`), or their squares (`rfe`). Coefficients compare only
//! where features have a common scale, so scale them before.

use domain::{catalog, value::Object};
use ndarray::{Array2, ShapeBuilder};

use super::{
    Feature,
    config::{Config, Threshold},
    target::Target,
};
use crate::{
    Observer,
    error::Result,
    frame::Training,
    model::{self, Coefficients, ErasedModel, FitContext, Memory, TrainingSet},
    models::{logistic_regression::LogisticRegression, ridge_regression::RidgeRegression},
    node::Context,
    nodes::statistics::{mean, quantile},
};

/// The keys of the models that can be asked.
pub(super) const ESTIMATORS: [&str; 2] = ["logistic_regression", "ridge_regression"];

/// A model that is asked how important features are.
pub(super) struct Asked<'a> {
    features: &'a [Feature],
    target: &'a Target,
    estimator: &'a str,
    /// What a fit may take, beside the table and the features.
    memory: Option<Memory>,
    ctx: &'a Context<'a>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(
        config: &'a Config,
        features: &'a [Feature],
        target: &'a Target,
        training: &Training<'_>,
        ctx: &'a Context<'a>,
    ) -> Self {
        let taken = training.frame_bytes() + features.len() * training.height() * size_of::<f64>();
        Self {
            features,
            target,
            estimator: config.estimator(target),
            memory: ctx.memory_budget.map(|budget| Memory {
                budget,
                taken: taken as u64,
            }),
            ctx,
        }
    }

    /// Each feature's importance: the sum of its coefficients' magnitudes.
    pub(super) fn importances(&self) -> Result<Vec<f64>> {
        let coefficients = self.coefficients(&self.features.iter().collect::<Vec<_>>())?;
        let sum = |at: usize| coefficients.iter().map(|list| list.values[at].abs()).sum();
        Ok((0..self.features.len()).map(sum).collect())
    }

    /// Recursive feature elimination: whether each feature is among the last `k`, where up to `step` leave in a round.
    pub(super) fn last(&self, k: usize, step: usize) -> Result<Vec<bool>> {
        let mut left: Vec<usize> = (0..self.features.len()).collect();
        while left.len() > k {
            let asked: Vec<&Feature> = left.iter().map(|&place| &self.features[place]).collect();
            let coefficients = self.coefficients(&asked)?;
            let square = |at: usize| {
                let of = coefficients.iter().map(|list| list.values[at]);
                of.map(|beta| beta * beta).sum::<f64>()
            };
            let mut ranked: Vec<(f64, usize)> = left
                .iter()
                .enumerate()
                .map(|(at, &place)| (square(at), place))
                .collect();
            ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
            let leaving = step.min(left.len() - k);
            left = ranked
                .split_off(leaving)
                .into_iter()
                .map(|(_, place)| place)
                .collect();
            left.sort_unstable();
        }
        Ok((0..self.features.len())
            .map(|place| left.binary_search(&place).is_ok())
            .collect())
    }

    /// The fitted coefficients: one list per class, a single one for two classes or a number.
    fn coefficients(&self, features: &[&Feature]) -> Result<Vec<Coefficients>> {
        if self.estimator == "ridge_regression" {
            let values = self.target.numbers()?;
            let rows: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
            let values: Vec<f64> = rows.iter().map(|&row| values[row]).collect();
            return self.fitted(&RidgeRegression, features, &rows, model::Target::Values(&values));
        }
        let codes = self.target.codes();
        let rows: Vec<usize> = (0..codes.len()).filter(|&row| codes[row].is_some()).collect();
        let codes: Vec<u32> = rows
            .iter()
            .filter_map(|&row| codes[row])
            .map(|code| code as u32)
            .collect();
        let classes = model::Target::Classes {
            codes: &codes,
            labels: &self.target.labels,
        };
        self.fitted(&LogisticRegression, features, &rows, classes)
    }

    /// The coefficients of a model with its defaults, fitted on some rows.
    ///
    /// # Errors
    /// What the model says, `MEMORY_BUDGET` among it; cancellation.
    fn fitted(
        &self,
        model: &dyn ErasedModel,
        features: &[&Feature],
        rows: &[usize],
        target: model::Target<'_>,
    ) -> Result<Vec<Coefficients>> {
        let names: Vec<String> = features.iter().map(|feature| feature.name.clone()).collect();
        let x = matrix(features, rows);
        let matrix_bytes = (x.len() * size_of::<f64>()) as u64;
        let set = TrainingSet {
            x: x.view(),
            target,
            weights: None,
            feature_names: &names,
        };
        let around = FitContext {
            observer: &Aside(self.ctx.observer),
            threads: rayon::current_num_threads(),
            fold: self.ctx.fold,
            memory: self.memory.map(|Memory { budget, taken }| Memory {
                budget,
                taken: taken + matrix_bytes,
            }),
        };
        let fitted = model.fit(&Object::new(), &set, &around)?;
        Ok(fitted.coefficients().unwrap_or_default())
    }
}

/// Whether each importance reaches the threshold.
pub(super) fn at_least(threshold: Option<&Threshold>, importances: &[f64]) -> Vec<bool> {
    let limit = match threshold {
        Some(Threshold::Number(limit)) => Some(*limit),
        Some(Threshold::Text(text)) => multiple(text, importances),
        None => None,
    };
    let limit = limit.or_else(|| mean(importances)).unwrap_or_default();
    (importances.iter())
        .map(|importance| *importance >= limit)
        .collect()
}

fn multiple(text: &str, importances: &[f64]) -> Option<f64> {
    let (factor, reference) = catalog::multiple(text)?;
    let mut sorted = importances.to_vec();
    sorted.sort_by(f64::total_cmp);
    let reference = match reference {
        "mean" => mean(importances)?,
        "median" => quantile(&sorted, 0.5)?,
        _ => return None,
    };
    Some(factor * reference)
}

/// Rows × features, a missing value being the feature's median; 0 where it has none.
fn matrix(features: &[&Feature], rows: &[usize]) -> Array2<f64> {
    let mut x = Array2::zeros((rows.len(), features.len()).f());
    for (feature, mut column) in features.iter().zip(x.columns_mut()) {
        let mut known: Vec<f64> = feature
            .values
            .iter()
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        known.sort_by(f64::total_cmp);
        let median = quantile(&known, 0.5).unwrap_or_default();
        for (cell, &row) in column.iter_mut().zip(rows) {
            let value = feature.values[row];
            *cell = if value.is_nan() { median } else { value };
        }
    }
    x
}

/// Passes on whether to stop, and warnings; the steps of a fit inside a node are not those of the training.
struct Aside<'a>(&'a dyn Observer);

impl Observer for Aside<'_> {
    fn warning(&self, node_id: Option<&str>, message: &str) {
        self.0.warning(node_id, message);
    }
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}
