//! The fit of a model on the training rows of a prepared table.

use std::ops::Range;

use domain::value::Object;
use ndarray::s;

use super::{Prepared, Truth};
use crate::{
    Error,
    error::Result,
    model::{ErasedModel, FitContext, FitError, FittedModel, Target, TrainingSet},
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
    let Range { start, end } = prepared.training();
    let names = prepared
        .classes
        .as_ref()
        .map(|classes| classes.names())
        .unwrap_or_default();
    let target = match &prepared.truth {
        Truth::Values(values) => Target::Values(&values[start..end]),
        Truth::Classes(codes) => Target::Classes {
            codes: &codes[start..end],
            labels: &names,
        },
    };
    let set = TrainingSet {
        x: prepared.x.slice(s![start..end, ..]),
        target,
        weights: prepared.weights.as_deref(),
        feature_names: &prepared.features,
    };
    model
        .fit(hyperparameters, &set, ctx)
        .map_err(|error| match error {
            FitError::Cancelled => Error::Cancelled,
            FitError::Failed(failure) => Error::Failed(failure),
        })
}
