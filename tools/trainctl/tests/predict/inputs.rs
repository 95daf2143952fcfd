//! What becomes of a table that is not as the one trained on was, as docs/DATA.md says.

use std::{fs, path::PathBuf};

use super::{Trained, predict, stderr, train};

const COLUMNS: [&str; 12] = [
    "age",
    "tenure_months",
    "monthly_fee",
    "support_calls",
    "last_login_days",
    "usage_gb",
    "plan",
    "payment_method",
    "contract",
    "city",
    "paperless",
    "churned",
];

const ROW: [&str; 12] = [
    "71",
    "37.6",
    "30.42",
    "2",
    "0.2",
    "62.907",
    "basic",
    "credit card",
    "monthly",
    "Ashton",
    "no",
    "no",
];

/// A table of the row with other cells in these columns, one row for each.
fn table(model: &Trained, column: &str, cells: &[&str]) -> PathBuf {
    let place = COLUMNS.iter().position(|name| *name == column).unwrap();
    let mut text = COLUMNS.join(",") + "\n";
    for cell in cells {
        let mut row = ROW;
        row[place] = cell;
        text += &(row.join(",") + "\n");
    }
    let path = model.dir.path().join("t.csv");
    fs::write(&path, text).unwrap();
    path
}

/// What is predicted for each row, without its number, and what is told.
fn answered(model: &Trained, path: &std::path::Path) -> (Vec<String>, String) {
    let output = predict(model, path, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let rows = text.lines().skip(1);
    let rows = rows.map(|row| row.split_once(',').unwrap().1.to_owned());
    (rows.collect(), stderr(&output))
}

fn refused(model: &Trained, path: &std::path::Path) -> String {
    let output = predict(model, path, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(predict(model, path, &["--json"]).stdout.is_empty());
    stderr(&output)
}

#[test]
fn a_missing_column_is_refused_by_name_and_the_target_may_be_missing() {
    let model = train("messy", "logistic_regression");
    let path = table(&model, "age", &["71"]);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replace("tenure_months", "tenure_month")
            .replace("city", "town"),
    )
    .unwrap();
    let told = refused(&model, &path);
    assert!(
        told.contains(
            "has no columns \"tenure_months\" (is it \"tenure_month\"?), \"city\"; its columns are age, tenure_month, "
        ),
        "{told}"
    );
    let (with_target, _) = answered(&model, &table(&model, "age", &["71"]));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(",churned", "").replace(",no\n", "\n")).unwrap();
    let (without, told) = answered(&model, &path);
    assert_eq!((with_target, told.as_str()), (without, ""));
}

#[test]
fn further_columns_are_passed_over_and_told_once() {
    let model = train("messy", "logistic_regression");
    let path = table(&model, "age", &["71"; 3]);
    let (expected, told) = answered(&model, &path);
    assert!(!told.contains("passed over"), "{told}");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replace("age,", "colour,age,").replace("71,", "red,71,"),
    )
    .unwrap();
    let (rows, told) = answered(&model, &path);
    assert_eq!(rows, expected);
    assert_eq!(
        told.matches("passed over a column that is not needed: colour")
            .count(),
        1,
        "{told}"
    );
}

#[test]
fn numbers_are_numbers_however_they_are_written_and_nothing_else_is() {
    let model = train("messy", "logistic_regression");
    let (rows, _) = answered(
        &model,
        &table(&model, "support_calls", &["2", "2.0", "02", "2e0", " 2 "]),
    );
    assert!(rows.iter().all(|row| *row == rows[0]), "{rows:?}");
    // A fraction where training had whole numbers counts as what it is.
    let (rows, _) = answered(&model, &table(&model, "support_calls", &["2", "2.5", "3"]));
    assert!(rows[0] != rows[1] && rows[1] != rows[2], "{rows:?}");
    for cell in ["two", "2 calls", "true", "1/2"] {
        let told = refused(&model, &table(&model, "support_calls", &["2", cell]));
        let place = format!("t.csv line 3 column 4 (support_calls): {cell:?} is not a number");
        assert!(told.contains(&place), "{told}");
    }
    // Any text is a category; an unseen one is told of.
    let (_, told) = answered(&model, &table(&model, "plan", &["basic", "7"]));
    assert!(
        told.contains("column \"plan\": 1 value not seen in the training rows"),
        "{told}"
    );
}

#[test]
fn unseen_categories_are_counted_by_node_and_column() {
    let model = train("messy", "logistic_regression");
    let cells = ["Ashton", "Atlantis", "Atlantis", "Utopia"];
    let (rows, told) = answered(&model, &table(&model, "city", &cells));
    assert!(rows[0] != rows[1] && rows[1] == rows[3], "{rows:?}");
    assert_eq!(
        told.trim(),
        "warning: node encode: column \"city\": 3 values not seen in the training rows set none of its columns"
    );
}

#[test]
fn a_missing_value_is_imputed_or_the_row_has_a_reason_but_no_prediction() {
    let model = train("messy", "logistic_regression");
    // The imputer fills age; nothing fills support_calls, which logistic regression needs.
    let (rows, _) = answered(&model, &table(&model, "age", &["71", "", "NA"]));
    assert!(rows[0] != rows[1] && rows[1] == rows[2], "{rows:?}");
    assert!(!rows[1].starts_with(','));
    let (rows, told) = answered(&model, &table(&model, "support_calls", &["2", ""]));
    assert_eq!(rows[1], ",,,\"\"\"support_calls\"\" is missing\"");
    assert!(told.contains("1 of 2 rows has no prediction"), "{told}");
    // A forest takes it as it is.
    let forest = train("messy", "random_forest_classifier");
    let (rows, _) = answered(&forest, &table(&forest, "support_calls", &["2", ""]));
    assert!(!rows[1].starts_with(','), "{rows:?}");
}
