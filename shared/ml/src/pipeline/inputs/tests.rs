use domain::graph::Graph;

use super::*;
use crate::{
    testing::{chain, csv, edge, spec},
    train,
};

/// A table of numbers `a` to `d`, a text `city`, an `id`, a nearly empty `fax`, and the target `y`.
fn table() -> String {
    let mut text = String::from("id,a,b,c,d,city,fax,y\n");
    for row in 0..60_u32 {
        let noise = row * 7919 % 13;
        let city = ["Bern", "Graz"][row as usize % 2];
        let fax = if row == 3 { "1" } else { "" };
        let a = if row == 5 { String::new() } else { row.to_string() };
        text += &format!(
            "x{row},{a},{noise},{},{},{city},{fax},{}\n",
            row * row,
            row % 3,
            row * 2
        );
    }
    text
}

fn inputs_of(graph: Graph) -> String {
    let spec = spec(graph, "hist_gradient_boosting_regressor", r#"{"max_iter": 2}"#);
    let trained = train(&spec, csv(&table()), "00", 1, &Silent).unwrap();
    let inputs = trained.pipeline().inputs();
    let names: Vec<&str> = inputs.iter().map(|column| column.name.as_str()).collect();
    names.join(" ")
}

fn inputs(nodes: &[(&str, &str, &str)]) -> String {
    let ends = [
        ("load", "dataset", "{}"),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ];
    let mut all = vec![ends[0]];
    all.extend(nodes);
    all.push(ends[1]);
    inputs_of(chain(&all))
}

const SPLIT: (&str, &str, &str) = ("split", "train_test_split", "{}");
const ENCODE: (&str, &str, &str) = ("encode", "one_hot_encoding", r#"{"columns": ["city"]}"#);
const DROP: (&str, &str, &str) = ("drop", "drop_columns", r#"{"columns": ["id"]}"#);
const ROWS: (&str, &str, &str) = ("rows", "drop_missing_rows", r#"{"missing_threshold": 90}"#);

#[test]
fn columns_that_are_dropped_are_not_needed() {
    let by_hand = r#"{"columns": ["a", "c"]}"#;
    let without = r#"{"missing_threshold": 40}"#;
    for (nodes, expected) in [
        (vec![DROP, SPLIT, ENCODE], "a b c d city fax"),
        (vec![SPLIT, DROP, ENCODE], "a b c d city fax"),
        // Each column is trimmed on its own.
        (
            vec![("trim", "trim_whitespace", "{}"), DROP, SPLIT, ENCODE],
            "a b c d city fax",
        ),
        (vec![("select", "select_columns", by_hand), SPLIT], "a c"),
        (
            vec![SPLIT, DROP, ENCODE, ("fax", "drop_missing_columns", without)],
            "a b c d city",
        ),
    ] {
        assert_eq!(inputs(&nodes), expected, "{nodes:?}");
    }
}

#[test]
fn features_that_are_not_selected_are_not_needed_though_they_were_filled_and_scaled() {
    let fill = (
        "fill",
        "simple_imputer",
        r#"{"strategies": [{"method": "median"}]}"#,
    );
    let scale = ("scale", "scale_numeric_features", "{}");
    let select = (
        "best",
        "feature_selection",
        r#"{"method": "select_k_best", "score_func": "f_regression", "k": 1}"#,
    );
    assert_eq!(inputs(&[DROP, SPLIT, fill, scale, ENCODE, select]), "a");
}

#[test]
fn what_decides_about_rows_or_other_columns_is_needed_though_it_is_dropped_later() {
    let math = (
        "math",
        "feature_math",
        r#"{"operations": [{"input_columns": ["a", "b"], "output_column": "sum"}]}"#,
    );
    let of_a_and_b = (
        "later",
        "drop_columns",
        r#"{"columns": ["a", "b", "city", "fax"]}"#,
    );
    assert_eq!(inputs(&[math, DROP, of_a_and_b, SPLIT]), "a b c d");
    assert_eq!(inputs(&[ROWS, DROP, of_a_and_b, SPLIT]), "id a b c d city fax");
    let knn = (
        "knn",
        "imputation_methods",
        r#"{"strategies": [{"method": "knn", "columns": ["a", "b"]}]}"#,
    );
    let b = (
        "later",
        "drop_columns",
        r#"{"columns": ["b", "c", "city", "fax"]}"#,
    );
    assert_eq!(inputs(&[DROP, SPLIT, knn, b]), "a b d");
}

#[test]
fn a_column_that_one_of_two_branches_drops_is_needed_by_the_other() {
    let mut graph = chain(&[
        ("load", "dataset", "{}"),
        ("one", "one_hot_encoding", r#"{"columns": ["city"]}"#),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let two = chain(&[("two", "drop_columns", r#"{"columns": ["id", "city", "fax"]}"#)]);
    graph.nodes.extend(two.nodes);
    graph.edges.extend([edge("load", "two"), edge("two", "train")]);
    assert_eq!(inputs_of(graph), "a b c d city");
}

#[test]
fn a_table_of_very_many_columns_is_tried_in_bounded_time_and_in_doubt_needs_them() {
    let head = (0..900).map(|at| format!("c{at}")).collect::<Vec<_>>().join(",");
    let mut text = format!("{head},y\n");
    for row in 0..20 {
        let cells = (0..900)
            .map(|at| format!("w{}", (row + at) % 2))
            .collect::<Vec<_>>();
        text += &format!("{},{row}\n", cells.join(","));
    }
    let graph = chain(&[
        ("load", "dataset", "{}"),
        ("drop", "drop_columns", r#"{"columns": ["c0"]}"#),
        ("code", "label_encoding", "{}"),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let spec = spec(graph, "ridge_regression", "{}");
    let trained = train(&spec, csv(&text), "00", 1, &Silent).unwrap();
    assert_eq!(trained.pipeline().inputs().len(), 899);
}
