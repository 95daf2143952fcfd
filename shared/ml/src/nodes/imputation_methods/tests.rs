mod multivariate;

use super::*;
use crate::{
    frame::texts,
    nodes::testing::{apply, context, fails, fit, run},
};

fn table() -> Frame {
    Frame::new(vec![
        (
            "i".into(),
            Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(3)])) as ArrayRef,
        ),
        ("f".into(), float_column([Some(1.0), Some(2.0), None, Some(6.0)])),
        (
            "t".into(),
            crate::frame::text_column([Some("b"), Some("a"), None, Some("b")]),
        ),
        (
            "b".into(),
            crate::frame::boolean_column([None, Some(true), Some(true), Some(false)]),
        ),
        ("target".into(), float_column([None, Some(1.0), Some(1.0), None])),
    ])
    .unwrap()
}

fn filled_texts(config: &str, column: &str) -> Vec<String> {
    let out = run("imputation_methods", config, table());
    texts(&out.column(column).unwrap().data)
        .iter()
        .map(|v| v.unwrap_or("-".into()).into_owned())
        .collect()
}

#[test]
fn each_method_fills_with_its_statistic_of_the_training_rows() {
    for (config, column, expected) in [
        (
            r#"{"strategies": [{"method": "mean"}]}"#,
            "f",
            ["1", "2", "3", "6"],
        ),
        (
            r#"{"strategies": [{"method": "median"}]}"#,
            "f",
            ["1", "2", "2", "6"],
        ),
        (
            r#"{"strategies": [{"method": "mode"}]}"#,
            "i",
            ["1", "3", "3", "3"],
        ),
        (
            r#"{"strategies": [{"method": "mode"}]}"#,
            "t",
            ["b", "a", "b", "b"],
        ),
        (
            r#"{"strategies": [{"method": "mode"}]}"#,
            "b",
            ["true", "true", "true", "false"],
        ),
        (
            r#"{"strategies": [{"method": "constant", "options": {"value": "?"}}]}"#,
            "t",
            ["b", "a", "?", "b"],
        ),
        (
            r#"{"strategies": [{"method": "constant", "options": {"value": 0}}]}"#,
            "i",
            ["1", "0", "3", "3"],
        ),
        (
            r#"{"strategies": [{"method": "mean"}]}"#,
            "t",
            ["b", "a", "-", "b"],
        ),
    ] {
        assert_eq!(filled_texts(config, column), expected, "{config} on {column}");
    }
}

#[test]
fn the_target_stays_as_it_is() {
    assert_eq!(
        filled_texts(r#"{"strategies": [{"method": "mode"}]}"#, "target"),
        ["-", "1", "1", "-"]
    );
}

#[test]
fn the_first_strategy_that_covers_a_column_counts() {
    let config = r#"{"strategies": [{"method": "constant", "columns": ["f"], "options": {"value": 9}}, {"method": "mean"}]}"#;
    assert_eq!(filled_texts(config, "f"), ["1", "2", "9", "6"]);
    assert_eq!(filled_texts(config, "i")[0], "1");
}

#[test]
fn a_constant_fills_columns_named_for_it_that_are_of_another_type() {
    let config = |value: &str| {
        format!(
            r#"{{"strategies": [{{"method": "constant", "columns": ["i", "f", "t"], "options": {{"value": {value}}}}}]}}"#
        )
    };
    for value in ["0", r#""0""#] {
        assert_eq!(filled_texts(&config(value), "i"), ["1", "0", "3", "3"], "{value}");
        assert_eq!(filled_texts(&config(value), "f"), ["1", "2", "0", "6"], "{value}");
        assert_eq!(filled_texts(&config(value), "t"), ["b", "a", "0", "b"], "{value}");
    }
    assert_eq!(
        fails("imputation_methods", &config(r#""zero""#), table()),
        "COLUMN_TYPE"
    );
    // Where none is named, it fills those of its own type.
    let unnamed = r#"{"strategies": [{"method": "constant", "options": {"value": 0}}]}"#;
    assert_eq!(filled_texts(unnamed, "f"), ["1", "2", "0", "6"]);
    assert_eq!(filled_texts(unnamed, "t"), ["b", "a", "-", "b"]);
}

#[test]
fn a_column_without_missing_values_in_training_is_filled_later() {
    let whole = Frame::new(vec![("f".into(), float_column([Some(1.0), Some(3.0)]))]).unwrap();
    let fitted = fit(
        "imputation_methods",
        r#"{"strategies": [{"method": "mean"}]}"#,
        &whole,
    )
    .unwrap();
    let holey = Frame::new(vec![("f".into(), float_column([None, Some(5.0)]))]).unwrap();
    let out = apply(&*fitted, holey);
    assert_eq!(
        numbers(&out.column("f").unwrap().data).unwrap().values(),
        &[2.0, 5.0]
    );
}

#[test]
fn a_column_without_any_training_value_is_removed() {
    let empty = Frame::new(vec![
        ("f".into(), float_column([None, None])),
        ("g".into(), float_column([Some(1.0), None])),
    ]);
    let out = run(
        "imputation_methods",
        r#"{"strategies": [{"method": "median"}]}"#,
        empty.unwrap(),
    );
    assert!(out.column("f").is_none() && out.column("g").is_some());
    assert_ne!(context().target, "f");
}

#[test]
fn what_does_not_fit_a_column_is_refused() {
    for (config, code) in [
        (
            r#"{"strategies": [{"method": "mean", "columns": ["t"]}]}"#,
            "COLUMN_TYPE",
        ),
        (
            r#"{"strategies": [{"method": "mean", "columns": ["target"]}]}"#,
            "TARGET_IN_COLUMNS",
        ),
        (r#"{"strategies": [{"method": "constant"}]}"#, "INVALID_CONFIG"),
        (r#"{"strategies": []}"#, "INVALID_CONFIG"),
        (r#"{"strategies": [{"method": "magic"}]}"#, "INVALID_CONFIG"),
    ] {
        assert_eq!(fails("imputation_methods", config, table()), code, "{config}");
    }
}
