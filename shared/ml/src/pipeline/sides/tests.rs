use super::*;
use crate::{
    Silent, Trained,
    attempt::train,
    frame::{float_column, text_column},
    testing::{chain, csv, spec},
};

fn weighted(table: &str) -> Result<Trained> {
    let graph = chain(&[
        ("load", "dataset", "{}"),
        ("scale", "scale_numeric_features", "{}"),
        (
            "train",
            "train_model",
            r#"{"target_column": "y", "sample_weight_column": "w"}"#,
        ),
    ]);
    train(
        &spec(graph, "ridge_regression", "{}"),
        csv(table),
        "00",
        1,
        &Silent,
    )
}

#[test]
fn weights_are_no_feature_and_a_row_of_none_counts_for_nothing() {
    let pipeline = |outlier: &str| {
        let table = format!("x,w,y\n1,1,1\n2,3,2\n3,1,3\n2,0,{outlier}\n");
        let trained = weighted(&table).unwrap();
        assert_eq!(trained.pipeline().features(), ["x"]);
        assert!(
            trained
                .pipeline()
                .schema()
                .iter()
                .all(|column| column.name != "w")
        );
        trained.files().unwrap().swap_remove(0)
    };
    assert!(pipeline("2") == pipeline("900"));
}

#[test]
fn weights_that_cannot_be_used_are_refused() {
    for (table, code, words) in [
        ("x,w,y\n1,1,1\n2,,2\n", "INVALID_WEIGHTS", "of row 2 is missing"),
        ("x,w,y\n1,-1,1\n2,1,2\n", "INVALID_WEIGHTS", "of row 1 is -1"),
        ("x,w,y\n1,a,1\n2,b,2\n", "WEIGHTS_NOT_NUMERIC", "are text"),
        ("x,y\n1,1\n2,2\n", "COLUMN_NOT_FOUND", "no column \"w\""),
    ] {
        let error = weighted(table).err().unwrap();
        let failure = error.failure().unwrap();
        assert_eq!(failure.code, code);
        assert!(failure.message.contains(words), "{}", failure.message);
        assert_eq!(failure.node_id.as_deref(), Some("train"));
    }
    // A row without a target is left out, whatever it weighs.
    assert!(weighted("x,w,y\n1,1,1\n2,1,2\n4,,\n").is_ok());
}

#[test]
fn rows_are_ordered_by_number_or_date_and_equals_as_they_stand() {
    let columns = vec![
        (
            "n".into(),
            float_column([Some(10.0), Some(9.0), Some(10.0), None]),
        ),
        (
            "d".into(),
            text_column([
                Some("10/1/2020"),
                Some("9/30/2020"),
                Some("2020-10-01"),
                Some("2/3/2020"),
            ]),
        ),
    ];
    let frame = Frame::new(columns).unwrap();
    let order = |name: Option<&str>, rows: &[u64]| {
        let sides = Sides::take(&mut frame.clone(), None, name).unwrap();
        sides.order(rows)
    };
    assert_eq!(order(Some("n"), &[0, 1, 2]).unwrap(), [1, 0, 2]);
    assert_eq!(order(Some("d"), &[0, 1, 2, 3]).unwrap(), [3, 1, 0, 2]);
    assert_eq!(order(None, &[2, 3]).unwrap(), [0, 1]);
    let unknown = order(Some("n"), &[0, 3]).unwrap_err();
    assert_eq!(unknown.failure().unwrap().code, "ORDER_UNKNOWN");
}

#[test]
fn text_that_is_not_all_dates_orders_nothing() {
    let days = text_column([
        Some("1/31/2020"),
        None,
        Some("soon"),
        Some("late"),
        Some("2/1/2020"),
    ]);
    let mut frame = Frame::new(vec![("day".into(), days)]).unwrap();
    let error = Sides::take(&mut frame, None, Some("day")).unwrap_err();
    let failure = error.failure().unwrap();
    assert_eq!(failure.code, "ORDER_NOT_IN_TIME");
    assert_eq!(
        failure.message,
        "the folds are ordered by \"day\", and 2 of its 4 values, such as \"soon\", are no dates with the month \
         first; write dates as 2019-01-31, or name a column of numbers"
    );
}

#[test]
fn the_target_orders_nothing() {
    let folds = r#"{"target_column": "y", "cv_enabled": true, "cv_folds": 2,
        "cv_strategy": "time_series_split", "cv_order_column": "y"}"#;
    let graph = chain(&[("load", "dataset", "{}"), ("train", "train_model", folds)]);
    let table = csv("x,y\n1,1\n2,2\n3,3\n4,4\n");
    let error = train(&spec(graph, "ridge_regression", "{}"), table, "00", 1, &Silent)
        .err()
        .unwrap();
    let failure = error.failure().unwrap();
    assert_eq!(
        (failure.code.as_str(), failure.node_id.as_deref()),
        ("TARGET_IN_COLUMNS", Some("train"))
    );
    assert!(failure.message.contains("cv_order_column"), "{}", failure.message);
}
