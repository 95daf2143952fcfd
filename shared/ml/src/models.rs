//! The list of models. A model is one file beside this one and one line in `MODELS`, so that whoever adds one
//! touches nothing else.

mod class_weight;
mod forest;
pub(crate) mod linear;
mod tree;

pub mod logistic_regression;
pub mod random_forest_classifier;
pub mod random_forest_regressor;
pub mod ridge_regression;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use domain::catalog::ModelSpec;

use crate::model::ErasedModel;

/// Every model, sorted by key.
static MODELS: &[&dyn ErasedModel] = &[
    &logistic_regression::LogisticRegression,
    &random_forest_classifier::RandomForestClassifier,
    &random_forest_regressor::RandomForestRegressor,
    &ridge_regression::RidgeRegression,
];

/// The specs of all models, sorted by key.
pub fn specs() -> Vec<ModelSpec> {
    MODELS.iter().map(|model| model.spec()).collect()
}

/// The model with this key.
pub fn get(key: &str) -> Option<&'static dyn ErasedModel> {
    MODELS.iter().copied().find(|model| model.spec().key == key)
}
