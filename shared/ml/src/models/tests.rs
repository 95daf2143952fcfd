//! What holds for every model of the registry.

mod trees;

use domain::catalog::{ModelSpec, ProblemType};
use ndarray::{Array2, ShapeBuilder, concatenate};

use super::{get, specs, testing::*};
use crate::{
    model::{FitContext, FitError},
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
fn equal_fits_are_equal_bytes_on_any_number_of_threads() {
    let table = waves(5000, 4, 3);
    let weights = uneven(5000);
    for key in keys() {
        let set = table.for_model(&key);
        let set = set.weighted(Some(&weights));
        let saved: Vec<Vec<u8>> = [1, 2, 8]
            .map(|threads| fit_on(&key, &[], &set, threads).unwrap().save())
            .to_vec();
        assert!(saved.iter().all(|bytes| *bytes == saved[0]), "{key}");
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
    for patience in [30, 100, 300] {
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
        let took = observer.since_stopped().unwrap();
        assert!(took < AT_ONCE, "{took:?} at {patience}");
    }
}

#[test]
fn rows_that_do_not_differ_are_predicted_as_their_mean() {
    let x = Array2::from_elem((70, 3), 5.0);
    let values: Vec<f64> = (0..70).map(f64::from).collect();
    let codes = (0..70).map(|i| u32::from(i % 10 == 0)).collect();
    let table = Table::new(x, values, codes);
    // Neighbours are some of the rows, scores are no shares, and a tube has no mean.
    let has_shares = |spec: &ModelSpec| {
        !["k_neighbors", "bernoulli_nb", "linear_svc", "sv"]
            .iter()
            .any(|key| spec.key.starts_with(key))
    };
    for spec in of_type(ProblemType::Regression).filter(has_shares) {
        let off = if spec.key.contains("random_forest") {
            5.0
        } else {
            1e-9
        };
        let model = fit(&spec.key, &[], &table.numbers());
        assert_near(&predicted(&*model, table.x.view())[..1], &[34.5], off);
    }
    for spec in of_type(ProblemType::Classification).filter(has_shares) {
        let off = if spec.key.contains("forest") { 0.05 } else { 1e-4 };
        let model = fit(&spec.key, &[], &table.classes());
        assert_near(&predicted(&*model, table.x.view())[..2], &[0.9, 0.1], off);
    }
}

#[test]
fn one_row_is_enough_for_a_number() {
    let table = Table::new(Array2::ones((1, 2)), vec![3.0], vec![0]);
    for spec in of_type(ProblemType::Regression) {
        let model = fit(&spec.key, &[], &table.numbers());
        assert_near(&predicted(&*model, table.x.view()), &[3.0], 1e-12);
    }
}

#[test]
fn one_class_alone_never_panics() {
    let table = Table::new(waves(30, 2, 2).x, vec![0.0; 30], vec![0; 30]);
    for spec in of_type(ProblemType::Classification) {
        match fit_on(&spec.key, &[], &table.for_model(&spec.key), 1) {
            Ok(model) => assert_near(&predicted(&*model, table.x.view()), &[1.0; 30], 0.0),
            Err(FitError::Failed(failure)) => assert_eq!(failure.code, "ONE_CLASS"),
            Err(FitError::Cancelled) => panic!("nobody cancelled"),
        }
    }
}

#[test]
fn three_hundred_classes_are_told_apart() {
    let x = Array2::from_shape_fn((1500, 2).f(), |(i, j)| {
        if j == 0 { (i / 5) as f64 } else { (i % 5) as f64 }
    });
    let codes: Vec<u32> = (0..1500).map(|i| i / 5).collect();
    let table = Table::new(x, Vec::new(), codes.clone());
    let params = [
        ("n_estimators", 5.into()),
        ("max_depth", "none".into()),
        ("max_features", "none".into()),
    ];
    let model = fit("random_forest_classifier", &params, &table.classes());
    let rows = predicted(&*model, table.x.view());
    assert!(
        rows.chunks(300)
            .all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12)
    );
    let right = rows
        .chunks(300)
        .zip(&codes)
        .filter(|(row, code)| row[**code as usize] > 0.3)
        .count();
    assert!(right > 1000, "{right}");
    let model = fit("logistic_regression", &[("max_iter", 5.into())], &table.classes());
    assert!(
        predicted(&*model, table.x.view())
            .iter()
            .all(|share| share.is_finite())
    );
}

#[test]
fn more_features_than_rows_are_no_trouble() {
    let mut random = stream(2, &["wide"]);
    let x = Array2::from_shape_simple_fn((12, 40).f(), || random.uniform());
    let table = Table::new(
        x,
        (0..12).map(f64::from).collect(),
        (0..12).map(|i| i % 3).collect(),
    );
    for key in keys() {
        let model = fit(&key, &[], &table.for_model(&key));
        assert!(
            predicted(&*model, table.x.view())
                .iter()
                .all(|number| number.is_finite()),
            "{key}"
        );
    }
}

#[test]
fn what_a_model_cannot_take_is_refused_with_the_features_name() {
    for (value, code) in [
        (f64::NAN, "MISSING_VALUES"),
        (f64::NEG_INFINITY, "INFINITE_VALUES"),
    ] {
        let mut table = waves(40, 3, 2);
        table.x[[7, 1]] = value;
        for spec in specs() {
            let set = table.for_model(&spec.key);
            if spec.handles_missing {
                let numbers = predicted(&*fit(&spec.key, &[], &set), table.x.view());
                assert!(numbers.iter().all(|number| number.is_finite()), "{}", spec.key);
            } else {
                let (found, message) = failure(&spec.key, &[], &set);
                assert_eq!(found, code);
                assert!(message.contains("\"f1\""), "{message}");
            }
        }
    }
}

#[test]
fn no_rows_or_rows_without_weight_are_refused() {
    let (empty, table) = (waves(0, 2, 2), waves(10, 2, 2));
    for key in keys() {
        assert_eq!(failure(&key, &[], &empty.for_model(&key)).0, "NO_ROWS");
        let set = table.for_model(&key);
        assert_eq!(failure(&key, &[], &set.weighted(Some(&[0.0; 10]))).0, "NO_ROWS");
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
        // From the second iteration on, boosted classes agree to 1e-4 only, where one iteration agrees to 1e-9.
        let tolerance = if key == "hist_gradient_boosting_classifier" {
            1e-3
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
