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
    Error, Observer,
    error::Result,
    model::{self, FitContext, FitError, Model, TrainingSet},
    models::{logistic_regression::LogisticRegression, ridge_regression::RidgeRegression},
    node::Context,
    nodes::statistics::{mean, quantile},
    parameters,
};

/// The keys of the models that can be asked.
pub(super) const ESTIMATORS: [&str; 2] = ["logistic_regression", "ridge_regression"];

/// Each feature's importance: the sum of its coefficients' magnitudes.
pub(super) fn of(
    estimator: &str,
    features: &[Feature],
    target: &Target,
    ctx: &Context<'_>,
) -> Result<Vec<f64>> {
    let coefficients = coefficients(estimator, &features.iter().collect::<Vec<_>>(), target, ctx)?;
    let sum = |at: usize| coefficients.iter().map(|list| list[at].abs()).sum();
    Ok((0..features.len()).map(sum).collect())
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

/// Recursive feature elimination: whether each feature is among the last `k`.
pub(super) fn eliminate(
    config: &Config,
    features: &[Feature],
    target: &Target,
    ctx: &Context<'_>,
) -> Result<Vec<bool>> {
    let estimator = config.estimator(target);
    let step = config.step(features.len());
    let mut left: Vec<usize> = (0..features.len()).collect();
    while left.len() > config.k {
        let asked: Vec<&Feature> = left.iter().map(|&place| &features[place]).collect();
        let coefficients = coefficients(estimator, &asked, target, ctx)?;
        let square = |at: usize| coefficients.iter().map(|list| list[at] * list[at]).sum::<f64>();
        let mut ranked: Vec<(f64, usize)> = left
            .iter()
            .enumerate()
            .map(|(at, &place)| (square(at), place))
            .collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let leaving = step.min(left.len() - config.k);
        left = ranked
            .split_off(leaving)
            .into_iter()
            .map(|(_, place)| place)
            .collect();
        left.sort_unstable();
    }
    Ok((0..features.len())
        .map(|place| left.binary_search(&place).is_ok())
        .collect())
}

/// The fitted coefficients: one list per class, a single one for two classes or a number.
fn coefficients(
    estimator: &str,
    features: &[&Feature],
    target: &Target,
    ctx: &Context<'_>,
) -> Result<Vec<Vec<f64>>> {
    let names: Vec<String> = features.iter().map(|feature| feature.name.clone()).collect();
    if estimator == "ridge_regression" {
        let values = target.numbers()?;
        let rows: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
        let values: Vec<f64> = rows.iter().map(|&row| values[row]).collect();
        let x = matrix(features, &rows);
        let set = set(&x, model::Target::Values(&values), &names);
        return Ok(vec![fitted(&RidgeRegression, &set, ctx)?.coefficients]);
    }
    let codes = target.codes();
    let rows: Vec<usize> = (0..codes.len()).filter(|&row| codes[row].is_some()).collect();
    let codes: Vec<u32> = rows
        .iter()
        .filter_map(|&row| codes[row])
        .map(|code| code as u32)
        .collect();
    let x = matrix(features, &rows);
    let classes = model::Target::Classes {
        codes: &codes,
        labels: &target.labels,
    };
    Ok(fitted(&LogisticRegression, &set(&x, classes, &names), ctx)?.coefficients)
}

fn set<'a>(x: &'a Array2<f64>, target: model::Target<'a>, feature_names: &'a [String]) -> TrainingSet<'a> {
    TrainingSet {
        x: x.view(),
        target,
        weights: None,
        feature_names,
    }
}

/// The model with its defaults, fitted.
fn fitted<M: Model>(model: &M, set: &TrainingSet, ctx: &Context<'_>) -> Result<M::Fitted> {
    let params = parameters::read(&model.spec().parameters, &Object::new(), "hyperparameters")
        .map_err(|message| Error::spec("INVALID_HYPERPARAMETERS", message))?;
    let around = FitContext {
        observer: &Aside(ctx.observer),
        threads: rayon::current_num_threads(),
        fold: ctx.fold,
        memory: None,
    };
    model.fit(&params, set, &around).map_err(|error| match error {
        FitError::Cancelled => Error::Cancelled,
        FitError::Failed(failure) => Error::Failed(failure),
    })
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
