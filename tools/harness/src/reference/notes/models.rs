//! scikit-learn's twin of each model, and what is different.

use super::ModelNote;

const fn note(key: &'static str, peer: &'static str, differs: &'static str) -> ModelNote {
    ModelNote { key, peer, differs }
}

/// One for each model, sorted by key.
#[rustfmt::skip]
pub(super) static NOTES: &[ModelNote] = &[
    note("bernoulli_nb", "BernoulliNB", "The same."),
    note("decision_tree_classifier", "DecisionTreeClassifier",
        "Splits lie between at most 255 bins of values per feature, and missing values take the side of a split that serves it best. There is no `engine: linfa`: linfa-trees settles ties by chance, so that equal jobs would differ ([decision 7](adr/0007-decision-trees-have-one-engine.md))."),
    note("decision_tree_regressor", "DecisionTreeRegressor",
        "Splits lie between at most 255 bins of values per feature, and missing values take the side of a split that serves it best."),
    note("elasticnet_regression", "ElasticNet",
        "The same objective; with no more features than rows solved on their Gram matrix."),
    note("extra_trees_classifier", "ExtraTreesClassifier",
        "Thresholds are drawn between at most 255 bins of values per feature; missing values are handled."),
    note("extra_trees_regressor", "ExtraTreesRegressor",
        "Thresholds are drawn between at most 255 bins of values per feature; missing values are handled."),
    note("gaussian_nb", "GaussianNB", "The same."),
    note("hist_gradient_boosting_classifier", "HistGradientBoostingClassifier",
        "The same objective. Bins are chosen on a part of all rows, those held out for early stopping among them, which our own generator draws."),
    note("hist_gradient_boosting_regressor", "HistGradientBoostingRegressor",
        "The same objective. Bins are chosen on a part of all rows, those held out for early stopping among them, which our own generator draws."),
    note("k_neighbors_classifier", "KNeighborsClassifier", "Of rows equally far away, those that come first in the data count."),
    note("k_neighbors_regressor", "KNeighborsRegressor", "Of rows equally far away, those that come first in the data count."),
    note("lasso_regression", "Lasso",
        "The same objective; with no more features than rows solved on their Gram matrix."),
    note("linear_regression", "LinearRegression", "The same; of many solutions the shortest is taken, as there."),
    note("linear_svc", "LinearSVC", "The same objective; the intercept is not penalised, and no probabilities are told."),
    note("logistic_regression", "LogisticRegression",
        "The same objective, sought on features that are standardised inside (the penalty stays that of the raw features) and closer than its default does, so unscaled features converge. `max_iter` is 1000. `engine: linfa` computes with linfa-logistic, for two classes and without weights."),
    note("multinomial_nb", "MultinomialNB", "The same."),
    note("random_forest_classifier", "RandomForestClassifier",
        "Splits lie between at most 255 bins of values per feature; missing values take the side of a split that serves it best; constant features are not counted among `max_features`. 50 trees of depth 10 with `min_samples_split` 5 and `min_samples_leaf` 2 by default."),
    note("random_forest_regressor", "RandomForestRegressor",
        "Splits lie between at most 255 bins of values per feature; missing values take the side of a split that serves it best; constant features are not counted among `max_features`. 50 trees of depth 10 with `min_samples_split` 5 and `min_samples_leaf` 2 by default."),
    note("ridge_regression", "Ridge",
        "The same objective, always solved exactly; where that is close to singular, the shortest solution is taken. `engine: linfa` computes with linfa-linear's least squares on rows that carry the penalty."),
    note("svc", "SVC", "The same problem, solved without shrinking and in double precision, for at most 50,000 rows; ties of votes go to the greater confidence (there `break_ties=True`), weights count in `gamma: scale`, and no probabilities are told."),
    note("svr", "SVR", "The same problem, solved without shrinking and in double precision, for at most 50,000 rows; weights count in `gamma: scale`."),
];
