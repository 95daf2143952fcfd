use domain::value::Value;

use super::*;
use crate::{
    Silent,
    attempt::train,
    error::Result,
    frame::{ColumnKind, Frame, boolean_column, float_column, text_column},
    testing::{Recorder, chain, csv, edge, messy, messy_graph, spec},
};

fn classes(kind: ColumnKind, data: &arrow::array::ArrayRef, positive: Value) -> Result<Classes> {
    Classes::learn("y", kind, data, &positive)
}

fn failed<T>(result: Result<T>) -> String {
    result
        .err()
        .and_then(|error| error.failure().map(|failure| failure.code.clone()))
        .unwrap_or_default()
}

#[test]
fn classes_sort_numerically_if_all_are_numbers_else_by_code_point() {
    let numbers = float_column([10.0, 9.0, 9.0, -1.0].map(Some));
    let found = classes(ColumnKind::Float, &numbers, Value::Null).unwrap();
    assert_eq!(
        found.labels,
        [Label::Integer(-1), Label::Integer(9), Label::Integer(10)]
    );
    let words = text_column(["b", "é", "B", "10", "9"].map(Some));
    assert_eq!(
        classes(ColumnKind::Text, &words, Value::Null).unwrap().names(),
        ["10", "9", "B", "b", "é"]
    );
    let digits = text_column(["10", "9", "010"].map(Some));
    assert_eq!(
        classes(ColumnKind::Text, &digits, Value::Null).unwrap().names(),
        ["9", "010", "10"]
    );
    let truths = boolean_column([Some(true), Some(false)]);
    let found = classes(ColumnKind::Boolean, &truths, Value::Null).unwrap();
    assert_eq!(found.labels, [Label::Boolean(false), Label::Boolean(true)]);
}

#[test]
fn the_positive_class_of_two_is_the_last_unless_chosen() {
    let two = text_column(["no", "yes"].map(Some));
    let three = text_column(["a", "b", "c"].map(Some));
    let positive = |data, wanted| classes(ColumnKind::Text, data, wanted).map(|classes| classes.positive);
    assert_eq!(positive(&two, Value::Null).unwrap(), Some(1));
    assert_eq!(positive(&two, "no".into()).unwrap(), Some(0));
    assert_eq!(positive(&two, "".into()).unwrap(), Some(1));
    assert_eq!(positive(&three, Value::Null).unwrap(), None);
    assert_eq!(failed(positive(&two, "maybe".into())), "POSITIVE_CLASS_NOT_FOUND");
    assert_eq!(failed(positive(&three, "a".into())), "POSITIVE_CLASS_NOT_BINARY");
    let numbers = float_column([0.0, 1.0].map(Some));
    let found = classes(ColumnKind::Integer, &numbers, 0.0.into()).unwrap();
    assert_eq!(found.positive, Some(0));
}

#[test]
fn labels_not_seen_in_training_get_codes_of_their_own() {
    let known = classes(ColumnKind::Text, &text_column(["a", "b"].map(Some)), Value::Null).unwrap();
    let (codes, labels) = known.codes(&text_column(["b", "x", "a", "y", "x"].map(Some)));
    assert_eq!(codes, [1, 2, 0, 3, 2]);
    assert_eq!(labels, ["a", "b", "x", "y"].map(|text| Label::Text(text.into())));
    let known = classes(
        ColumnKind::Integer,
        &float_column([0.0, 1.0].map(Some)),
        Value::Null,
    )
    .unwrap();
    let (codes, labels) = known.codes(&float_column([7.0, 1.0, 0.5].map(Some)));
    assert_eq!(codes, [2, 1, 3]);
    assert_eq!(labels[2..], [Label::Integer(7), Label::Text("0.5".into())]);
}

#[test]
fn a_label_not_seen_in_training_is_warned_of_and_counts_as_wrong() {
    let graph = chain(&[
        ("load", "dataset", "{}"),
        (
            "split",
            "train_test_split",
            r#"{"test_size": 0.25, "shuffle": false}"#,
        ),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let table = "x,y\n0,a\n9,b\n1,a\n8,b\n2,a\n7,b\n0,c\n9,b\n";
    let observer = Recorder::default();
    let trained = train(
        &spec(graph, "logistic_regression", "{}"),
        csv(table),
        "00",
        1,
        &observer,
    )
    .unwrap();
    assert!(observer.warned("not seen in training"));
    assert_eq!(trained.metrics()["test"]["accuracy"], 0.5);
}

#[test]
fn branches_are_prepared_apart_and_brought_together() {
    let mut graph = chain(&[
        ("load", "dataset", "{}"),
        ("split", "train_test_split", "{}"),
        ("scale", "scale_numeric_features", r#"{"columns": ["n"]}"#),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let encode = chain(&[("encode", "one_hot_encoding", "{}")]);
    graph.nodes.extend(encode.nodes);
    graph
        .edges
        .extend([edge("split", "encode"), edge("encode", "train")]);
    let table: String = (0..20)
        .map(|i| format!("{i},{},{}\n", ["x", "z"][i % 2], i * 2))
        .collect();
    let table = format!("n,t,y\n{table}");
    let trained = train(
        &spec(graph.clone(), "ridge_regression", "{}"),
        csv(&table),
        "00",
        1,
        &Silent,
    )
    .unwrap();
    assert_eq!(trained.pipeline().features(), ["n", "t_x", "t_z"]);

    // The same column changed in both branches is nobody's to decide.
    graph
        .nodes
        .extend(chain(&[("again", "scale_numeric_features", r#"{"columns": ["n"]}"#)]).nodes);
    graph
        .edges
        .extend([edge("split", "again"), edge("again", "train")]);
    let error = train(
        &spec(graph, "ridge_regression", "{}"),
        csv(&table),
        "00",
        1,
        &Silent,
    );
    assert_eq!(failed(error), "BRANCH_CONFLICT");
}

#[test]
fn two_branches_that_impute_a_column_conflict_when_nothing_is_missing_too() {
    for (method, table) in [
        ("median", "n,y\n1,2\n2,3\n3,5\n"),
        ("knn", "n,y\n1,2\n2,3\n3,5\n"),
        ("median", "n,y\n1,2\n,3\n3,5\n"),
    ] {
        let config = format!(r#"{{"strategies": [{{"method": {method:?}, "columns": ["n"]}}]}}"#);
        let mut graph = chain(&[
            ("load", "dataset", "{}"),
            ("fill", "imputation_methods", &config),
            ("train", "train_model", r#"{"target_column": "y"}"#),
        ]);
        graph
            .nodes
            .extend(chain(&[("again", "imputation_methods", &config)]).nodes);
        graph
            .edges
            .extend([edge("load", "again"), edge("again", "train")]);
        let spec = spec(graph, "ridge_regression", "{}");
        let error = train(&spec, csv(table), "00", 1, &Silent);
        assert_eq!(failed(error), "BRANCH_CONFLICT", "{method} {table:?}");
    }
}

#[test]
fn each_row_is_predicted_or_told_why_not() {
    let spec = spec(messy_graph("bought", "spent"), "logistic_regression", "{}");
    let trained = train(&spec, csv(&messy(200)), "00", 1, &Silent).unwrap();
    let one = |values: Option<f64>, city: Option<&str>| {
        vec![
            ("id".to_owned(), float_column([Some(1.0)])),
            ("age".to_owned(), float_column([values])),
            ("income".to_owned(), float_column([values])),
            ("city".to_owned(), text_column([city])),
            ("member".to_owned(), boolean_column([Some(true)])),
            ("spent".to_owned(), float_column([None])),
        ]
    };
    let outcome = |columns| {
        let predictions = trained
            .pipeline()
            .predict(Frame::new(columns).unwrap(), &Silent)
            .unwrap();
        assert_eq!(
            predictions.labels,
            [Label::Text("no".into()), Label::Text("yes".into())]
        );
        predictions.rows.into_iter().next().unwrap().outcome
    };
    let Outcome::Class { class, probabilities } = outcome(one(Some(70.0), Some("never seen"))) else {
        panic!("the row was not predicted");
    };
    assert_eq!(probabilities.len(), 2);
    assert!(probabilities[class] >= 0.5);
    let Outcome::Nothing(reason) = outcome(one(None, Some("Bern"))) else {
        panic!("the row was predicted");
    };
    assert_eq!(&*reason, "more than 40 % of the features are missing");
}

#[test]
fn a_row_with_a_missing_feature_is_told_so_by_a_model_that_needs_all() {
    let graph = chain(&[
        ("load", "dataset", "{}"),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let table = "x,y\n1,1.5\n2,2.5\n3,3.75\n";
    let trained = train(
        &spec(graph, "ridge_regression", "{}"),
        csv(table),
        "00",
        1,
        &Silent,
    )
    .unwrap();
    let frame = Frame::new(vec![("x".into(), float_column([Some(2.0), None]))]).unwrap();
    let rows = trained.pipeline().predict(frame, &Silent).unwrap().rows;
    assert!(matches!(rows[0].outcome, Outcome::Value(_)));
    assert_eq!(rows[1].outcome, Outcome::Nothing("\"x\" is missing".into()));
}
