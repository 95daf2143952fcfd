//! The fit of a model on the training rows of a prepared table.

use std::ops::Range;

use domain::value::Object;
use ndarray::s;

use super::{Prepared, Truth};
use crate::{
    error::Result,
    model::{ErasedModel, FitContext, FittedModel, Shape, Target, TrainingSet},
};

/// Fits a model on the training rows.
///
/// # Errors
/// What the model says; cancellation.
pub(crate) fn fit(
    model: &dyn ErasedModel,
    hyperparameters: &Object,
    prepared: &Prepared,
    ctx: &FitContext<'_>,
) -> Result<Box<dyn FittedModel>> {
    let names = class_names(prepared);
    Ok(model.fit(hyperparameters, &training_set(prepared, &names), ctx)?)
}

/// How many bytes a fit on so many threads needs.
///
/// # Errors
/// When a hyperparameter is refused.
pub(crate) fn needed(
    model: &dyn ErasedModel,
    hyperparameters: &Object,
    prepared: &Prepared,
    threads: usize,
) -> Result<u64> {
    let names = class_names(prepared);
    let shape = Shape::of(&training_set(prepared, &names), threads);
    Ok(model.memory(hyperparameters, &shape)?.bytes as u64)
}

fn class_names(prepared: &Prepared) -> Vec<String> {
    let classes = prepared.classes.as_ref();
    classes.map(|classes| classes.names()).unwrap_or_default()
}

fn training_set<'a>(prepared: &'a Prepared, names: &'a [String]) -> TrainingSet<'a> {
    let Range { start, end } = prepared.training();
    let target = match &prepared.truth {
        Truth::Values(values) => Target::Values(&values[start..end]),
        Truth::Classes { codes, .. } => Target::Classes {
            codes: &codes[start..end],
            labels: names,
        },
    };
    TrainingSet {
        x: prepared.x.slice(s![start..end, ..]),
        target,
        weights: prepared.weights.as_deref(),
        feature_names: &prepared.features,
    }
}
