//! Trainings on tables that cannot be trained on: each real file gets a failure that says what is wrong and where,
//! and is never tried again.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

use std::{
    fs::{self, File},
    path::Path,
};

use domain::{
    graph::{Edge, Graph, Node},
    job::{Failure, Retried},
    spec::{CsvOptions, DataFormat, DatasetRef, TrainSpec},
};
use ml::{Error, Silent, io::Source};

/// Forty rows of `a,b,c,y`: two numbers, a category and two classes.
fn rows() -> String {
    let row = |i: usize| format!("{i},{},{},{}\n", i % 7, ["p", "q"][i % 2], i % 2);
    (0..40).map(row).collect()
}

fn headed(more: &str) -> String {
    format!("a,b,c,y\n{}{more}", rows())
}

/// What trains `model` to tell `y`, categories encoded and numbers scaled.
fn spec(model: &str, file: &Path) -> TrainSpec {
    let node = |(id, kind, config): (&str, &str, &str)| Node {
        id: id.into(),
        kind: kind.into(),
        config: serde_json::from_str(config).unwrap(),
    };
    let nodes = [
        ("load", "dataset", "{}"),
        ("split", "train_test_split", r#"{"test_size": 0.25}"#),
        ("encode", "one_hot_encoding", "{}"),
        ("scale", "scale_numeric_features", "{}"),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ];
    let edge = |pair: &[(&str, &str, &str)]| Edge {
        source: pair[0].0.into(),
        target: pair[1].0.into(),
        source_handle: String::new(),
        target_handle: String::new(),
    };
    let parquet = file.extension().is_some_and(|extension| extension == "parquet");
    TrainSpec {
        graph: Graph {
            edges: nodes.windows(2).map(edge).collect(),
            nodes: nodes.into_iter().map(node).collect(),
        },
        node_id: "train".into(),
        model_type: model.into(),
        hyperparameters: serde_json::from_str("{}").unwrap(),
        dataset: DatasetRef {
            id: "table".into(),
            uri: format!("file://{}", file.display()),
            format: if parquet {
                DataFormat::Parquet
            } else {
                DataFormat::Csv
            },
            csv: CsvOptions::default(),
            sha256: None,
        },
    }
}

fn train(model: &str, file: &Path) -> Result<ml::Trained, Error> {
    let source = Source::new(
        file.file_name().unwrap().to_string_lossy(),
        File::open(file).unwrap(),
    );
    ml::train(&spec(model, file), source, "00", 2, &Silent)
}

/// Kind, code and node in one line, then the message.
fn told(model: &str, name: &str, content: &[u8]) -> [String; 2] {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(name);
    fs::write(&file, content).unwrap();
    match train(model, &file) {
        Err(Error::Failed(failure)) => {
            assert_eq!(failure.kind.retried(), Retried::Never, "{name}: {failure:?}");
            let Failure {
                kind, code, node_id, ..
            } = &failure;
            let node = node_id.as_deref().unwrap_or("-");
            [format!("{} {code} {node}", kind.as_str()), failure.message]
        }
        Err(Error::Cancelled) => panic!("{name}: it was cancelled"),
        Ok(_) => panic!("{name}: it was trained on"),
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_line_and_column() {
    let utf8 = [headed("1,2,").as_bytes(), b"\xff\xfe,0\n"].concat();
    let utf16: Vec<u8> = headed("").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut doubled = headed("");
    doubled.replace_range(4..5, "a");
    let huge = headed(&format!("1,2,\"{},1\n", "x".repeat(3_000_000)));
    let header = headed("");
    let cases: [(&str, Vec<u8>, &str, &str); 12] = [
        (
            "ragged.csv",
            headed("1,2\n").into(),
            "CSV_RAGGED_LINE",
            "line 42 column 3: the line has 2 fields, the header 4",
        ),
        (
            "long.csv",
            headed("1,2,p,0,5\n").into(),
            "CSV_RAGGED_LINE",
            "line 42 column 5: the line has 5 fields, the header 4",
        ),
        (
            "bytes.csv",
            utf8,
            "CSV_BAD_UTF8",
            "line 42 column 3 (c): the text is not UTF-8",
        ),
        (
            "wide.csv",
            [b"\xfe\xff", &utf16[..]].concat(),
            "CSV_BAD_UTF8",
            "line 1 column 1: the column's name is not UTF-8",
        ),
        (
            "quote.csv",
            headed("1,2,\"p,0\n3,4,q,1\n").into(),
            "CSV_UNCLOSED_QUOTE",
            "line 42 column 3: the quote that opens here is never closed",
        ),
        (
            "huge.csv",
            huge.into(),
            "CSV_UNCLOSED_QUOTE",
            "line 42 column 3: the quote that opens here is never closed",
        ),
        (
            "twice.csv",
            doubled.into(),
            "CSV_DUPLICATE_HEADER",
            "line 1 column 3: \"a\" is the name of column 1 already",
        ),
        (
            "nameless.csv",
            header.replacen("b,", ",", 1).into(),
            "CSV_EMPTY_HEADER",
            "line 1 column 2: the column has no name",
        ),
        ("empty.csv", Vec::new(), "CSV_EMPTY", "empty.csv is empty"),
        ("blank.csv", b"\r\n\n".into(), "CSV_EMPTY", "blank.csv is empty"),
        (
            "foreign.parquet",
            header.into(),
            "PARQUET_INVALID",
            "foreign.parquet: ",
        ),
        ("empty.parquet", Vec::new(), "PARQUET_INVALID", "empty.parquet: "),
    ];
    for (name, content, code, message) in cases {
        let [head, found] = told("logistic_regression", name, &content);
        assert_eq!(head, format!("INVALID_DATA {code} -"), "{name}: {found}");
        assert!(found.contains(message) && found.contains(name), "{name}: {found}");
    }
}

#[test]
fn a_table_that_cannot_be_learned_from_is_told_with_the_node() {
    let numbered = |y: fn(usize) -> String, c: &str| -> String {
        let rows = (0..40).map(|i| format!("{i},{},{c},{}\n", i % 7, y(i)));
        format!("a,b,c,y\n{}", rows.collect::<String>())
    };
    let many = (0..40)
        .map(|i| format!("{i},1,city {i},{}\n", i % 2))
        .collect::<String>();
    let holes = (0..40).map(|i| format!("{i},,p,{}\n", i % 2)).collect::<String>();
    for (content, expected, words) in [
        (
            "a,b,c,y\n".into(),
            "INVALID_DATA NO_ROWS_LEFT load",
            "no rows are left",
        ),
        (
            numbered(|_| String::new(), "p"),
            "INVALID_DATA NO_ROWS_LEFT load",
            "no row has a value of the target",
        ),
        (
            headed("").replacen(",y", ",z", 1),
            "INVALID_DATA COLUMN_NOT_FOUND load",
            "there is no column \"y\"; the columns are a, b, c, z",
        ),
        (
            "a,b,c,y\n1,2,p,0\n".into(),
            "INVALID_DATA SPLIT_IMPOSSIBLE split",
            "none of 1 rows to train on",
        ),
        (
            numbered(|_| "1".into(), "p"),
            "INVALID_DATA ONE_CLASS train",
            "the same value 1 of the target \"y\"",
        ),
        (
            numbered(|i| format!("{i}.5"), "p"),
            "INVALID_SPEC TARGET_NOT_CATEGORICAL train",
            "the target \"y\" holds fractions",
        ),
        (
            format!("a,b,c,y\n{many}"),
            "INVALID_SPEC NON_NUMERIC_FEATURES train",
            "text is left in \"c\"",
        ),
        (
            format!("a,b,c,y\n{holes}"),
            "INVALID_DATA MISSING_VALUES_LEFT train",
            "missing values are left in \"b\"",
        ),
    ] {
        let [head, found] = told("logistic_regression", "table.csv", content.as_bytes());
        assert_eq!(head, expected, "{found}");
        assert!(found.contains(words), "{found}");
    }
    let [head, _] = told(
        "ridge_regression",
        "table.csv",
        numbered(|i| ["no", "yes"][i % 2].into(), "p").as_bytes(),
    );
    assert_eq!(head, "INVALID_SPEC TARGET_NOT_NUMERIC train");
}

#[test]
fn line_ends_and_a_byte_order_mark_are_no_mistakes() {
    let dir = tempfile::tempdir().unwrap();
    let plain = headed("");
    let mut pipelines = Vec::new();
    for (name, content) in [
        ("unix.csv", plain.clone()),
        ("windows.csv", plain.replace('\n', "\r\n")),
        ("old.csv", plain.replace('\n', "\r")),
        ("marked.csv", format!("\u{feff}{plain}")),
    ] {
        let file = dir.path().join(name);
        fs::write(&file, content).unwrap();
        let trained = train("logistic_regression", &file).unwrap();
        pipelines.push(trained.files().unwrap().remove(0));
    }
    assert!(pipelines.windows(2).all(|pair| pair[0] == pair[1]));
}
