use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};

use super::*;
use crate::{
    frame::{boolean_column, float_column},
    nodes::{
        testing::{apply, fails, fit, frame, run},
        text_columns::testing::{shown, texts_of},
    },
};

fn cast(dtype: &str, data: ArrayRef) -> (ColumnKind, Vec<String>) {
    let config = format!(r#"{{"columns": ["t"], "target_dtype": {dtype:?}}}"#);
    let out = run(
        "cast_column_types",
        &config,
        Frame::new(vec![("t".into(), data)]).unwrap(),
    );
    let values = shown(&out, "t")
        .into_iter()
        .map(|text| text.unwrap_or("-".into()));
    (out.columns()[0].kind(), values.collect())
}

#[test]
fn texts_are_cast_to_every_type() {
    let texts = [
        " 3.7",
        "-2",
        "yes",
        "1/31/2020 14:05",
        "1e999",
        "9007199254740993",
        "nan",
    ];
    for (dtype, kind, values) in [
        (
            "float64",
            ColumnKind::Float,
            ["3.7", "-2", "-", "-", "-", "9007199254740992", "-"],
        ),
        (
            "float32",
            ColumnKind::Float,
            ["3.700000047683716", "-2", "-", "-", "-", "9007199254740992", "-"],
        ),
        (
            "int",
            ColumnKind::Integer,
            ["3", "-2", "-", "-", "-", "9007199254740993", "-"],
        ),
        ("int8", ColumnKind::Integer, ["3", "-2", "-", "-", "-", "-", "-"]),
        (
            "bool",
            ColumnKind::Boolean,
            ["-", "-", "true", "-", "-", "-", "-"],
        ),
        (
            "date",
            ColumnKind::Text,
            ["-", "-", "-", "2020-01-31", "-", "-", "-"],
        ),
        (
            "datetime",
            ColumnKind::Text,
            ["-", "-", "-", "2020-01-31T14:05:00", "-", "-", "-"],
        ),
        ("string", ColumnKind::Text, texts),
    ] {
        let (found, cast) = cast(dtype, text_column(texts.map(Some)));
        assert_eq!(
            (found, cast),
            (kind, values.map(String::from).to_vec()),
            "{dtype}"
        );
    }
}

#[test]
fn numbers_and_truths_are_cast_to_every_type() {
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(0), Some(300), None]));
    let float = float_column([Some(1.0), Some(-0.0), Some(-2.9), Some(1e300)]);
    let truth = boolean_column([Some(true), Some(false), None, None]);
    for (dtype, from_whole, from_float, from_truth) in [
        (
            "int8",
            ["1", "0", "-", "-"],
            ["1", "0", "-2", "-"],
            ["1", "0", "-", "-"],
        ),
        (
            "float32",
            ["1", "0", "300", "-"],
            ["1", "-0", "-2.9000000953674316", "-"],
            ["1", "0", "-", "-"],
        ),
        (
            "bool",
            ["true", "false", "-", "-"],
            ["true", "false", "-", "-"],
            ["true", "false", "-", "-"],
        ),
        ("date", ["-"; 4], ["-"; 4], ["-"; 4]),
    ] {
        for (data, values) in [(&whole, from_whole), (&float, from_float), (&truth, from_truth)] {
            assert_eq!(cast(dtype, data.clone()).1, values, "{dtype}");
        }
    }
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    assert_eq!(
        cast("string", whole),
        (ColumnKind::Text, vec!["1".into(), "2".into()])
    );
}

#[test]
fn categories_are_those_of_the_training_rows() {
    let config = r#"{"column_overrides": {"t": "category"}}"#;
    let fitted = fit("cast_column_types", config, &texts_of(&["b", "a", "b"])).unwrap();
    let out = apply(&*fitted, texts_of(&["a", "c"]));
    assert_eq!(shown(&out, "t"), [Some("a".into()), None]);
}

#[test]
fn blank_columns_are_those_that_fit_the_type() {
    let kinds = |json: &str| {
        let out = run("cast_column_types", json, frame());
        out.columns().iter().map(Column::kind).collect::<Vec<_>>()
    };
    let (text, integer, float) = (ColumnKind::Text, ColumnKind::Integer, ColumnKind::Float);
    assert_eq!(kinds("{}"), [text, float, float, text]);
    assert_eq!(
        kinds(r#"{"target_dtype": "int"}"#),
        [text, integer, integer, text]
    );
    assert_eq!(kinds(r#"{"target_dtype": "string"}"#), [text; 4]);
    assert_eq!(
        kinds(r#"{"target_dtype": "category"}"#),
        [text, float, text, text]
    );
    assert_eq!(
        kinds(r#"{"column_overrides": {"n": "int"}}"#),
        [text, integer, ColumnKind::Boolean, text]
    );
}

#[test]
fn what_cannot_be_cast_fails_where_that_is_asked_for() {
    let config = r#"{"columns": ["t"], "coerce_on_error": false}"#;
    let table = texts_of(&["1", "two"]);
    let fitted = fit("cast_column_types", config, &table).unwrap();
    let failure = fitted
        .apply(table, &crate::nodes::testing::context())
        .unwrap_err();
    assert_eq!(
        failure.failure().unwrap().message,
        "column \"t\": \"two\" in row 1 (from 0) cannot be cast to float64"
    );
    for (config, code) in [
        (r#"{"columns": ["a"], "coerce_on_error": false}"#, "CAST_FAILED"),
        (r#"{"target_dtype": "date"}"#, "INVALID_CONFIG"),
        (r#"{"target_dtype": "int128"}"#, "INVALID_CONFIG"),
        (r#"{"columns": ["zzz"]}"#, "COLUMN_NOT_FOUND"),
        (r#"{"column_overrides": {"target": "int"}}"#, "TARGET_IN_COLUMNS"),
    ] {
        assert_eq!(fails("cast_column_types", config, frame()), code, "{config}");
    }
}

#[test]
fn dates_of_a_column_are_all_read_in_one_order() {
    let table = || texts_of(&["3/4/2020", "14/3/2020", "2020-01-31", "x"]);
    let said = |day_first: bool| {
        let recorder = crate::testing::Recorder::default();
        let ctx = Context {
            observer: &recorder,
            ..crate::nodes::testing::context()
        };
        let config = format!(r#"{{"columns": ["t"], "target_dtype": "date", "day_first": {day_first}}}"#);
        let (node, _) = crate::nodes::get("cast_column_types").unwrap();
        let config = crate::nodes::testing::config(&config);
        let (_, out) = node.fit_apply(&config, table(), &ctx).unwrap();
        (shown(&out, "t"), recorder.warnings.into_inner().unwrap())
    };
    let some = |text: &str| Some(text.to_owned());
    let (dates, warnings) = said(false);
    assert_eq!(dates, [some("2020-03-04"), None, some("2020-01-31"), None]);
    assert_eq!(
        warnings,
        [
            "2 values of \"t\" cannot be cast to date and become missing; 1 of them, such as \"14/3/2020\", would \
             be with the day first, which day_first true reads"
        ]
    );
    let (dates, warnings) = said(true);
    assert_eq!(
        dates,
        [some("2020-04-03"), some("2020-03-14"), some("2020-01-31"), None]
    );
    assert_eq!(
        warnings,
        ["1 values of \"t\" cannot be cast to date and become missing"]
    );
    let config = r#"{"columns": ["t"], "target_dtype": "date", "coerce_on_error": false}"#;
    let refused = crate::nodes::testing::train("cast_column_types", config, table()).unwrap_err();
    assert_eq!(
        refused.failure().unwrap().message,
        "column \"t\": \"14/3/2020\" in row 1 (from 0) cannot be cast to date; 1 of them, such \
         as \"14/3/2020\", would be with the day first, which day_first true reads"
    );
}

#[test]
fn casting_to_category_learns() {
    let (_, spec) = crate::nodes::get("cast_column_types").unwrap();
    for (config, learns) in [
        ("{}", false),
        (r#"{"target_dtype": "category"}"#, true),
        (r#"{"column_overrides": {"a": "int", "b": "category"}}"#, true),
        (r#"{"column_overrides": {"a": "int"}}"#, false),
    ] {
        assert_eq!(
            spec.learns_with(&crate::nodes::testing::config(config)),
            learns,
            "{config}"
        );
    }
}
