//! `trainctl transform`: graphs without a model, run on tables of this machine.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Output},
};

use domain::spec::{CsvOptions, DataFormat};
use ml::{
    Silent,
    frame::{Frame, numbers, texts},
    io::{self, Source},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const TABLE: &str = "age,city,bought\n20,Bern,no\n30,Graz,yes\n,Bern,no\n40,,yes\n";

/// Writes a chain of nodes, each of a type and with a config, and the table they start from.
fn files(nodes: &[(&str, Value)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let id = |at: usize| format!("n{at}");
    let graph = json!({
        "nodes": nodes.iter().enumerate()
            .map(|(at, (kind, config))| json!({"id": id(at), "type": kind, "config": config}))
            .collect::<Vec<_>>(),
        "edges": (1..nodes.len())
            .map(|at| json!({"source": id(at - 1), "target": id(at)}))
            .collect::<Vec<_>>(),
    });
    fs::write(dir.path().join("graph.json"), json!({"graph": graph}).to_string()).unwrap();
    fs::write(dir.path().join("table.csv"), TABLE).unwrap();
    dir
}

fn run(dir: &TempDir, more: &[&str]) -> Output {
    to(dir, "out.parquet", more)
}

fn to(dir: &TempDir, name: &str, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainctl"));
    command
        .current_dir(dir.path())
        .args(["transform", "graph.json", "--input", "table.csv"])
        .args(["--output", name])
        .args(more);
    command.output().unwrap()
}

fn written(dir: &TempDir) -> Frame {
    let source = Source::new("out.parquet", File::open(dir.path().join("out.parquet")).unwrap());
    io::read(source, DataFormat::Parquet, &CsvOptions::default(), &Silent).unwrap()
}

fn refused(dir: &TempDir, more: &[&str]) -> String {
    let output = run(dir, more);
    assert_eq!(output.status.code(), Some(1));
    assert!(!Path::new(&dir.path().join("out.parquet")).exists());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_table_leaves_the_last_node() {
    let fill = json!({"strategies": [{"method": "mean", "columns": ["age"]}]});
    let dir = files(&[
        ("dataset", json!({})),
        ("imputation_methods", fill),
        ("one_hot_encoding", json!({"columns": ["city"]})),
    ]);
    let output = run(&dir, &["--json"]);
    assert!(output.status.success(), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["rows"], 4);
    assert_eq!(told["nodes"][2]["columns_out"], 4);
    let frame = written(&dir);
    let names: Vec<&str> = frame.columns().iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["age", "bought", "city_Bern", "city_Graz"]);
    let age = numbers(&frame.require("age").unwrap().data).unwrap();
    assert_eq!(age.values().to_vec(), [20.0, 30.0, 30.0, 40.0]);
}

#[test]
fn the_ending_of_the_name_tells_the_format_that_is_written() {
    let dir = files(&[
        ("dataset", json!({})),
        ("drop_columns", json!({"columns": ["bought"]})),
    ]);
    let lines = "{\"age\":20,\"city\":\"Bern\"}\n{\"age\":30,\"city\":\"Graz\"}\n{\"age\":null,\"city\":\"Bern\"}\n{\"age\":40,\"city\":null}\n";
    let cells = "age,city\n20,Bern\n30,Graz\n,Bern\n40,\n";
    for (name, more, content) in [
        ("a.csv", &[][..], cells),
        ("a.jsonl", &[], lines),
        ("a.ndjson", &[], lines),
        ("a.txt", &["--output-format", "csv"], cells),
    ] {
        let output = to(&dir, name, more);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(
            fs::read_to_string(dir.path().join(name)).unwrap(),
            content,
            "{name}"
        );
    }
    let output = to(&dir, "b.txt", &[]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("b.txt tells no format to write; known are .csv"),
        "{told}"
    );
    assert!(!dir.path().join("b.txt").exists());
}

#[test]
fn a_node_in_the_midst_may_be_the_last_and_rows_tell_where_they_come_from() {
    let dir = files(&[
        ("dataset", json!({})),
        ("feature_target_split", json!({"target_column": "bought"})),
        ("train_test_split", json!({"test_size": 0.5, "shuffle": false})),
        ("drop_columns", json!({"columns": ["age"]})),
    ]);
    let output = run(&dir, &["--node", "n2", "--numbered"]);
    assert!(output.status.success(), "{output:?}");
    let frame = written(&dir);
    assert!(frame.column("age").is_some());
    let splits = texts(&frame.require("split").unwrap().data);
    let splits: Vec<String> = splits.iter().flatten().map(String::from).collect();
    assert_eq!(splits, ["train", "train", "test", "test"]);
    let rows = numbers(&frame.require("row").unwrap().data).unwrap();
    assert_eq!(rows.values().to_vec(), [0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn a_graph_that_cannot_run_is_refused_with_all_that_is_wrong() {
    let dir = files(&[
        ("dataset", json!({})),
        ("no_such_node", json!({})),
        ("drop_columns", json!({"colums": []})),
    ]);
    let told = refused(&dir, &[]);
    for words in ["graph.nodes[1].type", "graph.nodes[2].config.colums"] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_node_that_learns_before_the_split_is_refused() {
    let dir = files(&[
        ("dataset", json!({})),
        ("scale_numeric_features", json!({})),
        ("train_test_split", json!({})),
    ]);
    let told = refused(&dir, &[]);
    assert!(told.starts_with("error: 1 field is wrong"), "{told}");
    assert!(
        told.contains("\"n1\" learns from rows that \"n2\" has yet to split"),
        "{told}"
    );
}

#[test]
fn what_a_node_says_is_told_with_its_code_its_id_and_its_type() {
    let dir = files(&[
        ("dataset", json!({})),
        ("scale_numeric_features", json!({"columns": ["height"]})),
    ]);
    let told = refused(&dir, &[]);
    assert!(
        told.starts_with("error: node n1: scale_numeric_features: there is no column \"height\""),
        "{told}"
    );
    assert!(told.contains("COLUMN_NOT_FOUND"), "{told}");
    let dir = files(&[
        ("dataset", json!({})),
        ("drop_columns", json!({"columns": ["age", "city", "bought"]})),
    ]);
    assert!(refused(&dir, &[]).contains("NO_COLUMNS_LEFT"));
}

#[test]
fn a_graph_with_two_ends_asks_which_one_is_meant() {
    let dir = files(&[
        ("dataset", json!({})),
        ("drop_columns", json!({"columns": ["age"]})),
    ]);
    let path = dir.path().join("graph.json");
    let mut file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    file["graph"]["edges"] = json!([]);
    fs::write(&path, file.to_string()).unwrap();
    assert!(refused(&dir, &[]).contains("the graph ends in n0 and n1; choose one with --node"));
    assert!(refused(&dir, &["--node", "n9"]).contains("no node of the graph has the id \"n9\""));
    assert!(run(&dir, &["--node", "n0"]).status.success());
}

#[test]
fn a_table_that_is_not_there_or_whose_name_tells_no_format_is_refused() {
    let dir = files(&[("dataset", json!({}))]);
    fs::rename(dir.path().join("table.csv"), dir.path().join("table")).unwrap();
    assert!(refused(&dir, &[]).contains("cannot read table.csv"));
    let command = |input: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainctl"));
        let arguments = [
            "transform",
            "graph.json",
            "--output",
            "x.parquet",
            "--input",
            input,
        ];
        command.current_dir(dir.path()).args(arguments).output().unwrap()
    };
    let told = String::from_utf8(command("table").stderr).unwrap();
    assert!(told.contains("the ending of table tells no format"), "{told}");
}

#[test]
fn nodes_take_the_target_for_what_the_chosen_model_predicts() {
    let nodes = [
        ("dataset", json!({})),
        ("target_encoding", json!({"columns": ["city"]})),
        ("train_model", json!({"target_column": "age"})),
    ];
    for (model, width) in [("ridge_regression", 3), ("gaussian_nb", 5)] {
        let dir = files(&nodes);
        let path = dir.path().join("graph.json");
        let mut file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        file["models"] = json!([{"model_type": model}]);
        fs::write(&path, file.to_string()).unwrap();
        let output = run(&dir, &[]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(written(&dir).width(), width, "{model}");
    }
}

#[test]
fn a_canvas_is_transformed_as_the_graph_it_draws() {
    let dir = files(&[]);
    let node = |id: &str, kind: &str, config: Value| json!({"id": id, "type": "featureCanvasNode", "data": {"catalogType": kind, "label": id, "config": config}});
    let canvas = json!({
        "nodes": [
            node("data", "data_loader", json!({})),
            node("look", "data_preview", json!({"rows": "20"})),
            node("drop", "drop_columns", json!({"columns": "age, city"})),
        ],
        "edges": [
            {"id": "e1", "source": "data", "target": "look"},
            {"id": "e2", "source": "look", "target": "drop"},
        ],
    });
    fs::write(dir.path().join("graph.json"), canvas.to_string()).unwrap();
    let output = run(&dir, &["--canvas"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(written(&dir).columns()[0].name.as_ref(), "bought");
    assert_eq!(written(&dir).width(), 1);
    let output = run(&dir, &["--canvas", "--node", "data"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(written(&dir).width(), 3);
    fs::remove_file(dir.path().join("out.parquet")).unwrap();
    assert!(refused(&dir, &[]).contains("graph.json: "));
}

#[test]
fn a_table_is_read_as_the_options_say_it_is_written() {
    let dir = files(&[("dataset", json!({}))]);
    fs::write(dir.path().join("table.csv"), "1;'a;b'\n-;c\n").unwrap();
    let options = ["--delimiter", ";", "--no-header", "--quote", "'", "--null", "-"];
    let output = run(&dir, &options);
    assert!(output.status.success(), "{output:?}");
    let frame = written(&dir);
    let cells = |name: &str| -> Vec<String> {
        let cells = texts(&frame.require(name).unwrap().data);
        cells
            .iter()
            .map(|cell| cell.unwrap_or("missing".into()).into_owned())
            .collect()
    };
    assert_eq!(cells("column_1"), ["1", "missing"]);
    assert_eq!(cells("column_2"), ["a;b", "c"]);
    fs::write(dir.path().join("table.csv"), "{\"a\": 1}\n").unwrap();
    assert!(run(&dir, &["--format", "ndjson"]).status.success());
    assert_eq!(written(&dir).columns()[0].name.as_ref(), "a");
    fs::remove_file(dir.path().join("out.parquet")).unwrap();
    let told = refused(&dir, &["--delimiter", ";;"]);
    assert!(
        told.contains("csv.delimiter: must be one ASCII character"),
        "{told}"
    );
}
