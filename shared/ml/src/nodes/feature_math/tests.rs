use super::*;
use crate::{
    frame::{numbers, text_column},
    nodes::{
        testing::{fails, frame, run},
        text_columns::testing::{shown, texts_of},
    },
};

fn table() -> Frame {
    Frame::new(vec![
        ("a".into(), float_column([Some(6.0), Some(1.0), None])),
        ("b".into(), float_column([Some(3.0), Some(0.0), Some(2.0)])),
        ("c".into(), float_column([Some(1.5), Some(-1e-12), Some(4.0)])),
        (
            "s".into(),
            text_column([Some("new york mets"), Some("fuzzy was a bear"), None]),
        ),
        (
            "t".into(),
            text_column([Some("new york meats"), Some("bear fuzzy a was"), Some("x")]),
        ),
        (
            "d".into(),
            text_column([
                Some("2024-02-29"),
                Some("2023-12-31T23:59:58+01:00"),
                Some("soon"),
            ]),
        ),
    ])
    .unwrap()
}

fn calculated(operation: &str, column: &str) -> Vec<Option<f64>> {
    let config = format!(r#"{{"operations": [{operation}], "error_handling": "fail"}}"#);
    let out = run("feature_math", &config, table());
    numbers(
        &out.column(column)
            .unwrap_or_else(|| panic!("{operation}: no {column}"))
            .data,
    )
    .unwrap()
    .iter()
    .collect()
}

fn close(found: Option<f64>, expected: Option<f64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        (found, expected) => found == expected,
    }
}

#[test]
fn numbers_are_calculated_as_the_table_says() {
    for (operation, column, expected) in [
        (
            r#"{"input_columns": ["a", "b"]}"#,
            "add_a_b",
            [Some(9.0), Some(1.0), None],
        ),
        (
            r#"{"input_columns": ["a"], "secondary_columns": ["b"], "constants": [1]}"#,
            "add_a_b",
            [Some(10.0), Some(2.0), None],
        ),
        (
            r#"{"operation_type": "stat", "input_columns": ["a"], "secondary_columns": ["b"]}"#,
            "sum_a_b",
            [Some(9.0), Some(1.0), Some(2.0)],
        ),
        (
            r#"{"method": "subtract", "input_columns": ["a", "b"], "constants": [1], "output_column": "y"}"#,
            "y",
            [Some(2.0), Some(0.0), None],
        ),
        (
            r#"{"method": "multiply", "input_columns": ["a"], "constants": [2], "fillna": 5}"#,
            "multiply_a",
            [Some(12.0), Some(2.0), Some(10.0)],
        ),
        (
            r#"{"method": "divide", "input_columns": ["a", "b"], "epsilon": 0.5}"#,
            "divide_a_b",
            [Some(2.0), Some(2.0), None],
        ),
        (
            r#"{"method": "divide", "input_columns": ["b", "c"], "round_digits": 1}"#,
            "divide_b_c",
            [Some(2.0), Some(0.0), Some(0.5)],
        ),
        (
            r#"{"operation_type": "ratio", "input_columns": ["a", "b"], "secondary_columns": ["c"]}"#,
            "ratio_a_b_c",
            [Some(6.0), Some(-1e9), None],
        ),
        (
            r#"{"operation_type": "stat", "input_columns": ["a", "b", "c"]}"#,
            "sum_a_b_c",
            [Some(10.5), Some(1.0), Some(6.0)],
        ),
        (
            r#"{"operation_type": "stat", "method": "std", "input_columns": ["a", "b"]}"#,
            "std_a_b",
            [
                Some(2.121_320_343_559_642_4),
                Some(std::f64::consts::FRAC_1_SQRT_2),
                None,
            ],
        ),
        (
            r#"{"operation_type": "stat", "method": "median", "input_columns": ["a", "b", "c"]}"#,
            "median_a_b_c",
            [Some(3.0), Some(0.0), Some(3.0)],
        ),
        (
            r#"{"operation_type": "stat", "method": "range", "input_columns": ["a", "b"]}"#,
            "range_a_b",
            [Some(3.0), Some(1.0), Some(0.0)],
        ),
        (
            r#"{"operation_type": "stat", "method": "count", "input_columns": ["a", "b"]}"#,
            "count_a_b",
            [Some(2.0), Some(2.0), Some(1.0)],
        ),
    ] {
        for (found, expected) in calculated(operation, column).into_iter().zip(expected) {
            assert!(
                close(found, expected),
                "{operation}: {found:?} is not {expected:?}"
            );
        }
    }
}

/// `rapidfuzz.fuzz` of Python's rapidfuzz 3.
#[test]
fn texts_are_as_similar_as_rapidfuzz_finds_them() {
    for (method, expected) in [
        ("ratio", [Some(0.962_962_962_962_963), Some(0.5625), None]),
        ("token_sort_ratio", [Some(0.962_962_962_962_963), Some(1.0), None]),
        ("token_set_ratio", [Some(0.962_962_962_962_963), Some(1.0), None]),
    ] {
        let operation = format!(
            r#"{{"operation_type": "similarity", "method": {method:?}, "input_columns": ["s", "t"], "output_column": "y"}}"#
        );
        for (found, expected) in calculated(&operation, "y").into_iter().zip(expected) {
            assert!(close(found, expected), "{method}: {found:?} is not {expected:?}");
        }
    }
}

#[test]
fn dates_are_taken_apart_and_what_is_no_date_is_missing() {
    for (part, expected) in [
        ("year", [Some(2024.0), Some(2023.0), None]),
        ("quarter", [Some(1.0), Some(4.0), None]),
        ("month", [Some(2.0), Some(12.0), None]),
        ("week", [Some(9.0), Some(52.0), None]),
        ("day", [Some(29.0), Some(31.0), None]),
        ("dayofyear", [Some(60.0), Some(365.0), None]),
        ("dayofweek", [Some(3.0), Some(6.0), None]),
        ("is_weekend", [Some(0.0), Some(1.0), None]),
        ("hour", [Some(0.0), Some(22.0), None]),
        ("minute", [Some(0.0), Some(59.0), None]),
        ("second", [Some(0.0), Some(58.0), None]),
    ] {
        let operation = format!(
            r#"{{"operation_type": "datetime_extract", "input_columns": ["d"], "datetime_features": [{part:?}]}}"#
        );
        assert_eq!(calculated(&operation, &format!("d_{part}")), expected, "{part}");
    }
}

#[test]
fn dates_of_a_column_are_all_read_in_one_order() {
    let found = |day_first: bool| {
        let recorder = crate::testing::Recorder::default();
        let ctx = Context {
            observer: &recorder,
            ..crate::nodes::testing::context()
        };
        let config = format!(
            r#"{{"operations": [{{"operation_type": "datetime_extract", "input_columns": ["t"],
                "datetime_features": ["day"], "day_first": {day_first}}}]}}"#
        );
        let (node, _) = crate::nodes::get("feature_math").unwrap();
        let table = texts_of(&["3/4/2020", "14/3/2020"]);
        let config = crate::nodes::testing::config(&config);
        let (_, out) = node.fit_apply(&config, table, &ctx).unwrap();
        (shown(&out, "t_day"), recorder.warnings.into_inner().unwrap())
    };
    let (days, warnings) = found(false);
    assert_eq!(days, [Some("4".into()), None]);
    assert_eq!(
        warnings,
        [
            "1 values of \"t\" are no dates; their parts are missing; 1 of them, such as \"14/3/2020\", would be \
             with the day first, which day_first true reads"
        ]
    );
    assert_eq!(found(true), (vec![Some("3".into()), Some("14".into())], vec![]));
}

#[test]
fn a_later_operation_may_use_an_earlier_ones_result_and_replace_it() {
    let config = r#"{"operations": [
        {"input_columns": ["b"], "constants": [1], "output_column": "y"},
        {"method": "multiply", "input_columns": ["y", "y"], "output_column": "y", "allow_overwrite": true}
    ]}"#;
    let out = run("feature_math", config, table());
    let found: Vec<_> = numbers(&out.column("y").unwrap().data).unwrap().iter().collect();
    assert_eq!(found, [Some(16.0), Some(1.0), Some(9.0)]);
}

#[test]
fn an_operation_that_does_not_suit_its_columns_is_skipped_or_fails() {
    for (operation, code) in [
        (r#"{"input_columns": ["a", "s"]}"#, "COLUMN_TYPE"),
        (r#"{"input_columns": ["a", "nowhere"]}"#, "COLUMN_NOT_FOUND"),
        (
            r#"{"input_columns": ["a", "b"], "output_column": "c"}"#,
            "COLUMN_EXISTS",
        ),
        (
            r#"{"operation_type": "similarity", "input_columns": ["s", "a"]}"#,
            "COLUMN_TYPE",
        ),
        (
            r#"{"operation_type": "datetime_extract", "input_columns": ["a"]}"#,
            "COLUMN_TYPE",
        ),
        (
            r#"{"operation_type": "datetime_extract", "input_columns": ["d", "s"], "output_column": "when"}"#,
            "COLUMN_EXISTS",
        ),
    ] {
        let failing = format!(r#"{{"operations": [{operation}], "error_handling": "fail"}}"#);
        assert_eq!(fails("feature_math", &failing, table()), code, "{operation}");
        let skipping = format!(r#"{{"operations": [{operation}]}}"#);
        assert_eq!(
            run("feature_math", &skipping, table()).width(),
            table().width(),
            "{operation}"
        );
    }
}

#[test]
fn a_method_of_another_operation_too_few_columns_and_the_target_are_refused_in_any_case() {
    for operation in [
        r#"{"operation_type": "stat", "method": "divide", "input_columns": ["a"]}"#,
        r#"{"operation_type": "arithmetic", "method": "ratio", "input_columns": ["a", "b"]}"#,
        r#"{"operation_type": "stat", "method": "token_set_ratio", "input_columns": ["a"]}"#,
        r#"{"operation_type": "stat"}"#,
        r#"{"operation_type": "datetime_extract"}"#,
        r#"{"input_columns": ["a"]}"#,
        r#"{"constants": [1, 2]}"#,
        r#"{"operation_type": "ratio", "input_columns": ["a"]}"#,
        r#"{"operation_type": "similarity", "input_columns": ["s"]}"#,
        r#"{"operation_type": "similarity", "input_columns": ["s", "s"], "secondary_columns": ["s"]}"#,
    ] {
        let config = format!(r#"{{"operations": [{operation}]}}"#);
        assert_eq!(
            fails("feature_math", &config, table()),
            "INVALID_CONFIG",
            "{operation}"
        );
    }
    for field in [
        r#""input_columns": ["target", "n"]"#,
        r#""input_columns": ["n", "n"], "output_column": "target""#,
    ] {
        let config = format!(r#"{{"operations": [{{{field}}}]}}"#);
        assert_eq!(fails("feature_math", &config, frame()), "TARGET_IN_COLUMNS");
    }
}

#[test]
fn no_name_that_is_made_up_is_the_targets() {
    for (target, operation) in [
        (
            "add_a_b",
            r#"{"input_columns": ["a", "b"], "allow_overwrite": true}"#,
        ),
        (
            "d_year",
            r#"{"operation_type": "datetime_extract", "input_columns": ["d"], "allow_overwrite": true}"#,
        ),
    ] {
        let mut table = table();
        table
            .add(target, float_column([1.0, 2.0, 3.0].map(Some)))
            .unwrap();
        let ctx = Context {
            target,
            ..crate::nodes::testing::context()
        };
        let config = crate::nodes::testing::config(&format!(r#"{{"operations": [{operation}]}}"#));
        let (node, _) = crate::nodes::get("feature_math").unwrap();
        let refused = node.fit_apply(&config, table, &ctx).err().unwrap();
        assert_eq!(refused.failure().unwrap().code, "TARGET_IN_COLUMNS", "{target}");
    }
}

#[test]
fn every_method_has_its_word() {
    for (place, word) in spec::METHODS.iter().enumerate() {
        let method: Method = serde_json::from_value((*word).into()).unwrap();
        assert_eq!(method as usize, place, "{word}");
    }
}
