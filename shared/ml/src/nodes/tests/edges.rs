//! Tables at the edge of what a node can take: no rows, no values, values never seen, values too large.

use domain::catalog::NodeRole;

use super::{
    table::{unseen, without_values},
    *,
};
use crate::{
    attempt::train,
    frame::float_column,
    testing::{chain, csv, spec as testing_spec},
};

#[test]
fn a_table_without_rows_is_no_panic() {
    for case in every_case() {
        let empty = case.table().take(&Vec::<u32>::new().into()).unwrap();
        let mut untrained = case.table();
        untrained.assign(vec![Split::Test; untrained.height()]).unwrap();
        for table in [&empty, &untrained] {
            named(&case, case.fit_apply(table.clone()));
        }
        let out = case.fitted().apply(empty, &predicting()).unwrap();
        assert_eq!(out.height(), 0, "{case}");
    }
}

#[test]
fn a_graph_that_loses_its_rows_on_the_way_fails_at_the_node_that_gets_none() {
    let table = "void,churned\n,yes\n,no\n";
    let prepares = |case: &Case| !matches!(case.spec.role, NodeRole::Source | NodeRole::Training);
    for case in every_case().filter(prepares) {
        let config = serde_json::to_string(&case.config).unwrap();
        let graph = chain(&[
            ("load", "dataset", "{}"),
            ("empty", "drop_missing_rows", r#"{"drop_if_any_missing": true}"#),
            ("node", &case.spec.key, &config),
            ("train", "train_model", r#"{"target_column": "churned"}"#),
        ]);
        let spec = testing_spec(graph, "logistic_regression", "{}");
        let error = train(&spec, csv(table), "", 1, &crate::Silent).err().unwrap();
        let failure = error.failure().unwrap();
        let told = (failure.code.as_str(), failure.node_id.as_deref());
        assert_eq!(
            told,
            ("NO_ROWS_LEFT", Some("node")),
            "{case}: {}",
            failure.message
        );
    }
}

#[test]
fn columns_without_values_in_training_are_taken_or_refused_by_name() {
    for case in every_case() {
        if let Some((fitted, _)) = named(&case, case.fit_apply(without_values(&case.table()))) {
            named(&case, fitted.apply(case.table(), &predicting()));
        }
    }
}

#[test]
fn unseen_categories_and_columns_without_values_are_taken_unless_an_error_is_asked_for() {
    for case in every_case() {
        for strange in [unseen(&case.table()), without_values(&case.table())] {
            let mut targetless = strange.clone();
            targetless.remove(TARGET);
            for table in [strange, targetless] {
                let taken = named(&case, case.fitted().apply(table, &predicting())).is_some();
                assert!(taken || case.asks_for_errors(), "{case}");
            }
        }
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
