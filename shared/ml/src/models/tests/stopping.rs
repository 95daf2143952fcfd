//! That models are never silent for long, whatever the table's shape and the way a fit goes.

use super::*;

/// Fits and holds the longest time between two questions whether to stop against what a stop may take.
#[track_caller]
fn never_silent(key: &str, params: &[(&str, Value)], set: &TrainingSet) {
    let observer = Witness::patient_for(usize::MAX);
    let ctx = observer.context();
    assert!(!observer.cancelled());
    let fitted = get(key).unwrap().fit(&object(params), set, &ctx).map(|_| ());
    assert_eq!(fitted, Ok(()), "{key} {params:?}");
    let silent = observer.longest_silence();
    let (rows, features) = set.x.dim();
    assert!(
        silent < AT_ONCE,
        "{key} {params:?} was silent for {silent:?} on {rows} rows × {features} features"
    );
}

#[test]
fn models_ask_often_on_many_features() {
    let table = drawn(1000, 400);
    for spec in specs() {
        never_silent(&spec.key, &quick(&spec), &table.for_model(&spec.key));
    }
}

#[test]
fn models_ask_often_on_more_features_than_rows() {
    let table = drawn(150, 1000);
    for spec in specs() {
        never_silent(&spec.key, &quick(&spec), &table.for_model(&spec.key));
    }
}

#[test]
fn least_squares_asks_often_where_columns_depend_on_each_other() {
    let (mut tall, mut wide) = (drawn(60_000, 30), drawn(60, 4000));
    for table in [&mut tall, &mut wide] {
        let first = table.x.column(0).to_owned();
        table.x.column_mut(1).assign(&first);
    }
    for table in [&tall, &wide] {
        never_silent("linear_regression", &[], &table.numbers());
        never_silent("ridge_regression", &[("alpha", 1e-14.into())], &table.numbers());
        never_silent("lasso_regression", &[("alpha", 0.01.into())], &table.numbers());
    }
}

#[test]
fn models_ask_often_whichever_way_a_fit_goes() {
    let table = drawn(10_000, 20);
    for (key, params) in variants() {
        never_silent(key, &params, &table.for_model(key));
    }
}
