//! The list of models. A model is one file beside this one and one line in `MODELS`, so that whoever adds one
//! touches nothing else.

#[cfg(feature = "bench")]
pub mod bench;
mod boosting;
mod class_weight;
mod forest;
pub(crate) mod linear;
mod naive_bayes;
pub(crate) mod neighbors;
pub(crate) mod svm;
pub(crate) mod tree;

pub mod bernoulli_nb;
pub mod decision_tree_classifier;
pub mod decision_tree_regressor;
pub mod elasticnet_regression;
pub mod extra_trees_classifier;
pub mod extra_trees_regressor;
pub mod gaussian_nb;
pub mod hist_gradient_boosting_classifier;
pub mod hist_gradient_boosting_regressor;
pub mod k_neighbors_classifier;
pub mod k_neighbors_regressor;
pub mod lasso_regression;
pub mod linear_regression;
pub mod linear_svc;
pub mod logistic_regression;
pub mod multinomial_nb;
pub mod random_forest_classifier;
pub mod random_forest_regressor;
pub mod ridge_regression;
pub mod svc;
pub mod svr;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use domain::catalog::ModelSpec;

use crate::model::ErasedModel;

/// Every model, sorted by key.
static MODELS: &[&dyn ErasedModel] = &[
    &bernoulli_nb::BernoulliNb,
    &decision_tree_classifier::DecisionTreeClassifier,
    &decision_tree_regressor::DecisionTreeRegressor,
    &elasticnet_regression::ElasticNetRegression,
    &extra_trees_classifier::ExtraTreesClassifier,
    &extra_trees_regressor::ExtraTreesRegressor,
    &gaussian_nb::GaussianNb,
    &hist_gradient_boosting_classifier::HistGradientBoostingClassifier,
    &hist_gradient_boosting_regressor::HistGradientBoostingRegressor,
    &k_neighbors_classifier::KNeighborsClassifier,
    &k_neighbors_regressor::KNeighborsRegressor,
    &lasso_regression::LassoRegression,
    &linear_regression::LinearRegression,
    &linear_svc::LinearSvc,
    &logistic_regression::LogisticRegression,
    &multinomial_nb::MultinomialNb,
    &random_forest_classifier::RandomForestClassifier,
    &random_forest_regressor::RandomForestRegressor,
    &ridge_regression::RidgeRegression,
    &svc::Svc,
    &svr::Svr,
];

/// The specs of all models, sorted by key.
pub fn specs() -> Vec<ModelSpec> {
    MODELS.iter().map(|model| model.spec()).collect()
}

/// The model with this key.
pub fn get(key: &str) -> Option<&'static dyn ErasedModel> {
    MODELS.iter().copied().find(|model| model.spec().key == key)
}
