//! Tables at the edge of what a node can take: no rows, no values, values never seen, values too large.

use arrow::array::{UInt32Array, new_null_array};
use domain::catalog::NodeRole;

use super::{
    table::{unseen, without_values},
    *,
};
use crate::{
    attempt::train,
    frame::float_column,
    pipeline::{Names, follow},
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
fn what_does_not_come_of_a_column_that_is_not_mixed_does_not_depend_on_it() {
    let (mut mixed, mut alone) = (0, 0);
    for case in every_case() {
        let fitted = case.fitted();
        let mut table = case.table();
        table.remove(TARGET);
        let empty = table.take(&Vec::<u32>::new().into()).unwrap();
        let Some(before) = named(&case, fitted.apply(table.clone(), &predicting())) else {
            assert!(case.asks_for_errors(), "{case}");
            continue;
        };
        for column in table.columns() {
            let name = &*column.name;
            let found = follow(&*fitted, empty.clone(), &Names::from([name]), &predicting());
            let Some((comes_of_it, _)) = found.unwrap_or_else(|error| panic!("{case}: {error}")) else {
                mixed += 1;
                continue;
            };
            alone += 1;
            let backwards: UInt32Array = (0..table.height() as u32).rev().collect::<Vec<_>>().into();
            let backwards = table
                .take(&backwards)
                .unwrap()
                .require(name)
                .unwrap()
                .data
                .clone();
            for values in [backwards, new_null_array(column.data.data_type(), table.height())] {
                let mut other = table.clone();
                other.set(name, values).unwrap();
                let after = fitted.apply(other, &predicting()).unwrap();
                assert_eq!(before.rows(), after.rows(), "{case}: rows by {name}");
                let of_others = |frame: &Frame| {
                    let mut columns = shown(frame);
                    columns.retain(|(name, _, _)| !comes_of_it.contains(name));
                    columns
                };
                assert!(of_others(&before) == of_others(&after), "{case}: by {name}");
            }
        }
    }
    assert!(mixed > 0 && alone > 10 * mixed, "{mixed} of {alone}");
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
