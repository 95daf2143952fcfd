//! Tables at the edge of what a node can take: no rows, no values, values never seen, values too large.

use domain::catalog::NodeRole;

use super::*;
use crate::{
    attempt::train,
    frame::{boolean_column, float_column, text_column},
    testing::{chain, csv, spec as testing_spec},
};

/// That it went well, or failed with a code: no panic, and no failure without a name.
fn named<T>(key: &str, result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            let failure = error.failure().unwrap_or_else(|| panic!("{key}: {error}"));
            assert!(!failure.code.is_empty(), "{key}");
            None
        }
    }
}

#[test]
fn a_table_without_rows_is_no_panic() {
    let empty = frame().take(&Vec::<u32>::new().into()).unwrap();
    let mut untrained = frame();
    untrained.assign(vec![Split::Test; untrained.height()]).unwrap();
    for spec in every_node() {
        for table in [&empty, &untrained] {
            named(&spec.key, fit_apply(&spec.key, table.clone()));
        }
        let fitted = fit(&spec.key, &split(frame())).unwrap();
        let out = named(&spec.key, fitted.apply(empty.clone(), &predicting())).unwrap();
        assert_eq!(out.height(), 0, "{}", spec.key);
    }
}

#[test]
fn a_graph_without_rows_fails_by_name_at_every_node() {
    let header = "a,n,b,target\n";
    for spec in every_node().filter(|spec| spec.role == NodeRole::Transform) {
        let config = serde_json::to_string(&least_config(&spec)).unwrap();
        let graph = chain(&[
            ("load", "dataset", "{}"),
            ("node", &spec.key, &config),
            ("train", "train_model", r#"{"target_column": "target"}"#),
        ]);
        let spec = testing_spec(graph, "logistic_regression", "{}");
        let error = train(&spec, csv(header), "", 1, &crate::Silent).err().unwrap();
        assert!(error.failure().is_some_and(|failure| !failure.code.is_empty()));
    }
}

#[test]
fn columns_without_values_in_training_are_taken_or_refused_by_name() {
    let n = 8;
    let mut table = Frame::new(vec![
        ("a".into(), text_column((0..n).map(|_| None::<&str>))),
        ("n".into(), float_column((0..n).map(|_| None))),
        ("b".into(), boolean_column((0..n).map(|_| None))),
        (
            "target".into(),
            text_column((0..n).map(|i| Some(["no", "yes"][i % 2]))),
        ),
    ])
    .unwrap();
    table = split(table);
    for spec in every_node() {
        if let Some((fitted, _)) = named(&spec.key, fit_apply(&spec.key, table.clone())) {
            named(&spec.key, fitted.apply(frame(), &predicting()));
        }
    }
}

#[test]
fn unseen_categories_and_columns_without_values_are_taken() {
    let n = 5;
    let strange = Frame::new(vec![
        (
            "a".into(),
            text_column((0..n).map(|i| (i > 0).then_some("never seen"))),
        ),
        ("n".into(), float_column((0..n).map(|_| None))),
        ("b".into(), boolean_column((0..n).map(|_| None))),
    ])
    .unwrap();
    for spec in every_node() {
        let fitted = fit(&spec.key, &split(frame())).unwrap();
        fitted
            .apply(strange.clone(), &predicting())
            .unwrap_or_else(|error| panic!("{}: {error}", spec.key));
    }
}

#[test]
fn numbers_too_large_to_compute_with_are_refused_by_their_column() {
    for (key, config) in [
        ("scale_numeric_features", r#"{"default_method": "standard"}"#),
        ("scale_numeric_features", r#"{"default_method": "robust"}"#),
        ("scale_numeric_features", r#"{"default_method": "minmax"}"#),
        ("imputation_methods", r#"{"strategies": [{"method": "mean"}]}"#),
    ] {
        let values = float_column([-1.7e308, -1.6e308, 1.7e308, 1.7e308, 1.6e308].map(Some));
        let table = Frame::new(vec![("x".into(), values)]).unwrap();
        assert_eq!(
            testing::fails(key, config, table),
            "NUMERIC_OVERFLOW",
            "{key} {config}"
        );
    }
}
