//! How much each feature counts in a fitted model: what the model itself says of it, and what is lost where the feature
//! says nothing. Neither says that a feature causes anything, and of two that say the same each may seem to count little.

mod permutation;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use permutation::Permutation;

pub(crate) use permutation::Asked;

use crate::{
    Observer,
    error::Result,
    model::FittedModel,
    pipeline::{Classes, Label},
};

/// How much each feature counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importances {
    /// The features, in the order of every list here.
    pub features: Vec<String>,
    /// Each feature's share in what the splits of a tree model gained; none of other models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impurity: Option<Vec<f64>>,
    /// The coefficients of a linear model; none of other models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coefficients: Vec<Weights>,
    /// What is lost where a feature's values are shuffled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permutation: Option<Permutation>,
    /// Why there is no such figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permutation_left_out: Option<String>,
}

/// The coefficients of a linear function of the features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// The class whose score it is; none for a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Label>,
    /// The score where all features are zero.
    pub intercept: f64,
    /// One per feature, for a feature's own unit: where features differ in scale, these do not compare.
    pub values: Vec<f64>,
}

/// Tells how much each feature counts in a model, on the threads of the current rayon pool.
///
/// # Errors
/// Cancellation.
pub(crate) fn importances(
    features: &[String],
    fitted: &dyn FittedModel,
    classes: Option<&Classes>,
    asked: &Asked<'_>,
    observer: &dyn Observer,
) -> Result<Importances> {
    let finite = |values: &Vec<f64>| values.iter().all(|value| value.is_finite());
    let coefficients = fitted.coefficients().unwrap_or_default();
    let coefficients = coefficients.into_iter().map(|of| Weights {
        class: of.class.and_then(|class| classes?.labels.get(class).cloned()),
        intercept: of.intercept,
        values: of.values,
    });
    let told = |of: &Weights| of.intercept.is_finite() && finite(&of.values);
    let (permutation, permutation_left_out) = match asked.measure(fitted, observer)? {
        Ok(measured) => (Some(measured), None),
        Err(reason) => (None, Some(reason)),
    };
    Ok(Importances {
        features: features.to_vec(),
        impurity: fitted.importances().filter(finite),
        coefficients: coefficients.filter(told).collect(),
        permutation,
        permutation_left_out,
    })
}
