//! What holds for every model of the registry.

mod edges;
mod stopping;
mod threads;
mod trees;
mod weights;

use domain::{
    catalog::{ModelSpec, ProblemType},
    value::Value,
};
use ndarray::{Array2, ShapeBuilder, concatenate};

use super::{get, specs, testing::*};
use crate::{
    model::{FitContext, FitError, TrainingSet},
    observer::Observer,
    random::stream,
};

fn keys() -> Vec<String> {
    specs().into_iter().map(|spec| spec.key).collect()
}

fn of_type(problem_type: ProblemType) -> impl Iterator<Item = ModelSpec> {
    specs()
        .into_iter()
        .filter(move |spec| spec.problem_type == problem_type)
}

/// Hyperparameters with which ensembles are small.
fn quick(spec: &ModelSpec) -> Vec<(&'static str, Value)> {
    let has = |name: &str| spec.parameters.iter().any(|parameter| parameter.name == name);
    if has("n_estimators") {
        vec![("n_estimators", 5.into())]
    } else if has("learning_rate") {
        vec![("max_iter", 5.into())]
    } else {
        Vec::new()
    }
}

/// Hyperparameters by which a fit goes another way than by default.
fn variants() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    let few = ("n_estimators", Value::from(5));
    vec![
        ("decision_tree_classifier", vec![("max_leaf_nodes", 40.into())]),
        ("decision_tree_classifier", vec![("splitter", "random".into())]),
        (
            "hist_gradient_boosting_classifier",
            vec![("early_stopping", true.into()), ("max_iter", 5.into())],
        ),
        (
            "hist_gradient_boosting_regressor",
            vec![("early_stopping", true.into()), ("max_iter", 5.into())],
        ),
        (
            "hist_gradient_boosting_regressor",
            vec![("max_leaf_nodes", "none".into()), ("max_iter", 5.into())],
        ),
        ("linear_regression", vec![("fit_intercept", false.into())]),
        (
            "logistic_regression",
            vec![("penalty", "elasticnet".into()), ("max_iter", 20.into())],
        ),
        (
            "logistic_regression",
            vec![("penalty", "l1".into()), ("max_iter", 20.into())],
        ),
        ("logistic_regression", vec![("class_weight", "balanced".into())]),
        (
            "random_forest_classifier",
            vec![
                few.clone(),
                ("oob_score", true.into()),
                ("max_depth", "none".into()),
            ],
        ),
        (
            "random_forest_regressor",
            vec![few, ("oob_score", true.into()), ("max_depth", "none".into())],
        ),
        ("ridge_regression", vec![("alpha", 1e-3.into())]),
    ]
}

/// Features drawn at random, and targets that some of them decide.
fn drawn(rows: usize, features: usize) -> Table {
    let mut random = stream(3, &["drawn"]);
    let x = Array2::from_shape_simple_fn((rows, features).f(), || random.uniform());
    let values: Vec<f64> = x.rows().into_iter().map(|row| row[0] + row[1] * row[2]).collect();
    let codes = values.iter().map(|value| (value * 1.5) as u32).collect();
    Table::new(x, values, codes)
}

#[test]
fn the_list_is_sorted_and_every_model_is_found_by_its_key() {
    assert!(keys().is_sorted_by(|a, b| a < b));
    assert!(keys().iter().all(|key| get(key).unwrap().spec().key == *key));
    assert!(get("no_such_model").is_none());
}

#[test]
fn defaults_satisfy_their_own_specs() {
    for spec in specs() {
        let mut violations = Vec::new();
        let defaults = spec
            .parameters
            .iter()
            .map(|p| (p.name.clone(), p.default.clone()))
            .collect();
        domain::catalog::check(&spec.parameters, &defaults, &spec.key, &mut violations);
        assert!(violations.is_empty(), "{violations:?}");
    }
}

#[test]
fn a_saved_model_predicts_as_before_and_damaged_bytes_are_refused() {
    let table = waves(200, 4, 2);
    for key in keys() {
        let fitted = fit(&key, &[], &table.for_model(&key));
        let saved = fitted.save();
        let loaded = get(&key).unwrap().load(&saved).unwrap();
        assert_eq!(
            loaded.predict(table.x.view()),
            fitted.predict(table.x.view()),
            "{key}"
        );
        assert_eq!(loaded.save(), saved, "{key}");
        assert!(
            get(&key).unwrap().load(&saved[..saved.len() / 2]).is_err(),
            "{key}"
        );
    }
}

#[test]
fn unknown_and_out_of_bounds_hyperparameters_are_refused_by_name() {
    let table = waves(20, 2, 2);
    for key in keys() {
        let (code, message) = failure(&key, &[("no_such", 1.into())], &table.for_model(&key));
        assert_eq!(code, "INVALID_HYPERPARAMETERS");
        assert!(message.contains("hyperparameters.no_such"), "{message}");
    }
    // Nobody else's trees are the same each time: docs/adr/0007.
    for key in ["decision_tree_classifier", "decision_tree_regressor"] {
        let (_, message) = failure(key, &[("engine", "linfa".into())], &table.for_model(key));
        assert!(message.contains("hyperparameters.engine"), "{message}");
    }
    let (_, message) = failure("ridge_regression", &[("alpha", (-1.0).into())], &table.numbers());
    assert!(message.contains("alpha"), "{message}");
}

#[test]
fn a_target_of_the_wrong_kind_is_refused() {
    let table = waves(20, 2, 2);
    for spec in of_type(ProblemType::Classification) {
        assert_eq!(
            failure(&spec.key, &[], &table.numbers()).0,
            "TARGET_NOT_CATEGORICAL"
        );
    }
    for spec in of_type(ProblemType::Regression) {
        assert_eq!(failure(&spec.key, &[], &table.classes()).0, "TARGET_NOT_NUMERIC");
    }
}

#[test]
fn every_model_can_be_cancelled_at_any_time() {
    let table = waves(3000, 3, 3);
    for key in keys() {
        let all = Witness::patient_for(usize::MAX);
        let fit = |observer: &Witness| {
            let ctx = FitContext {
                observer,
                threads: 2,
                fold: None,
                memory: None,
            };
            get(&key)
                .unwrap()
                .fit(&object(&[]), &table.for_model(&key), &ctx)
                .map(|_| ())
        };
        fit(&all).unwrap();
        assert!(!all.steps.lock().unwrap().is_empty(), "{key} tells no progress");
        for patience in [0, all.times_asked() / 2, all.times_asked() - 1] {
            assert_eq!(
                fit(&Witness::patient_for(patience)),
                Err(FitError::Cancelled),
                "{key} {patience}"
            );
        }
    }
}

#[test]
fn a_model_that_draws_draws_anew_in_each_fold_and_alike_on_any_number_of_threads() {
    let table = waves(300, 3, 2);
    let has = |spec: &ModelSpec, name: &str| spec.parameters.iter().any(|parameter| parameter.name == name);
    let drawing = specs().into_iter().filter(|spec| has(spec, "random_state"));
    let mut seen = 0;
    for spec in drawing {
        // What makes a draw count on a small table.
        let forced = [("max_features", 1.into()), ("early_stopping", true.into())];
        let params: Vec<_> = forced.into_iter().filter(|(name, _)| has(&spec, name)).collect();
        let saved = |fold, threads| {
            let ctx = FitContext {
                observer: &crate::Silent,
                threads,
                fold,
                memory: None,
            };
            let model = get(&spec.key).unwrap();
            let fitted = model.fit(&object(&params), &table.for_model(&spec.key), &ctx);
            fitted.unwrap().save()
        };
        assert_eq!(saved(Some(1), 1), saved(Some(1), 3), "{}", spec.key);
        assert_ne!(saved(Some(0), 1), saved(Some(1), 1), "{}", spec.key);
        assert_ne!(saved(None, 1), saved(Some(0), 1), "{}", spec.key);
        seen += 1;
    }
    assert!(seen >= 6, "{seen} models draw");
}

#[test]
fn a_forest_of_500_trees_on_100_000_rows_stops_at_once() {
    let mut random = stream(1, &["rows"]);
    let x = Array2::from_shape_simple_fn((100_000, 20).f(), || random.uniform());
    let codes = x
        .column(0)
        .iter()
        .map(|value| u32::from(*value > random.uniform()))
        .collect();
    let table = Table::new(x, Vec::new(), codes);
    let params = [("n_estimators", 500.into()), ("max_depth", "none".into())];
    let mut took = [10, 30, 60, 100, 300].map(|patience| {
        let observer = Witness::patient_for(patience);
        let ctx = FitContext {
            observer: &observer,
            threads: 2,
            fold: None,
            memory: None,
        };
        let model = get("random_forest_classifier").unwrap();
        let cancelled = model.fit(&object(&params), &table.classes(), &ctx).map(|_| ());
        assert_eq!(cancelled, Err(FitError::Cancelled));
        observer.since_stopped().unwrap()
    });
    took.sort_unstable();
    assert!(took[2] < AT_ONCE, "{took:?}");
}

#[test]
fn every_model_asks_often_whether_to_stop() {
    for spec in specs() {
        let rows = if spec.key.starts_with("sv") { 3000 } else { 50_000 };
        let table = waves(rows, 4, 3);
        let observer = Witness::patient_for(usize::MAX);
        let ctx = observer.context();
        let model = get(&spec.key).unwrap();
        let params = object(&quick(&spec));
        assert!(!observer.cancelled());
        model
            .fit(&params, &table.for_model(&spec.key), &ctx)
            .map(|_| ())
            .unwrap();
        let silent = observer.longest_silence();
        assert!(silent < AT_ONCE, "{} was silent for {silent:?}", spec.key);
    }
}

#[test]
fn a_weight_of_two_is_a_row_given_twice() {
    let table = waves(60, 3, 3);
    let weights: Vec<f64> = (0..60).map(|i| if i < 20 { 2.0 } else { 1.0 }).collect();
    let x = concatenate![ndarray::Axis(0), table.x, table.x.slice(ndarray::s![..20, ..])];
    let twice = Table::new(
        x,
        [&table.values[..], &table.values[..20]].concat(),
        [&table.codes[..], &table.codes[..20]].concat(),
    );
    // Neighbours are counted as rows.
    for key in keys().into_iter().filter(|key| !key.contains("neighbors")) {
        let params: &[_] = if key.contains("boosting") {
            // Limits count rows.
            &[("min_samples_leaf", 1.into()), ("max_iter", 10.into())]
        } else if key.contains("forest") {
            // Limits count rows, and draws differ.
            &[
                ("bootstrap", false.into()),
                ("min_samples_leaf", 1.into()),
                ("min_samples_split", 2.into()),
            ]
        } else if key.starts_with("sv") {
            &[("tol", 1e-8.into())]
        } else {
            &[]
        };
        let set = table.for_model(&key);
        let weighted = fit(&key, params, &set.weighted(Some(&weights)));
        let doubled = fit(&key, params, &twice.for_model(&key));
        let found = predicted(&*weighted, table.x.view());
        // Of cuts that gain the same, rounding decides, and slopes times weights are rounded otherwise than slopes.
        let tolerance = if key == "hist_gradient_boosting_classifier" {
            1e-4
        } else {
            1e-5
        };
        assert_near(&found, &predicted(&*doubled, table.x.view()), tolerance);
    }
}

#[test]
fn importances_are_shares_and_find_the_feature_that_matters() {
    let mut random = stream(4, &["importances"]);
    let x = Array2::from_shape_simple_fn((600, 3).f(), || random.uniform());
    let values: Vec<f64> = x.column(1).iter().map(|value| value * 4.0).collect();
    let codes = values.iter().map(|value| u32::from(*value > 2.0)).collect();
    let table = Table::new(x, values, codes);
    for key in keys() {
        let Some(importances) = fit(&key, &[], &table.for_model(&key)).importances() else {
            continue;
        };
        assert_eq!(importances.len(), 3, "{key}");
        assert!((importances.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{key}");
        assert!(importances[1] > 0.5, "{key} {importances:?}");
    }
}
