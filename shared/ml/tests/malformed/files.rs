//! The committed files, each against its line in `files/README.md`.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::PathBuf,
};

use domain::spec::{CsvOptions, DataFormat, TrainSpec};
use ml::{
    Error, Silent,
    frame::ColumnKind,
    io::{self, ColumnSchema, Source},
};

/// A line of the table: the file, how it is used, the error's code and words of its message.
struct Case {
    file: String,
    used: String,
    code: String,
    words: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/malformed/files")
}

fn cases() -> Vec<Case> {
    let documented = fs::read_to_string(folder().join("README.md")).unwrap();
    let rows = documented.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<String> = row
            .trim_matches(['|', ' '])
            .split(" | ")
            .map(|cell| cell.trim_matches(['`', ' ']).to_owned())
            .collect();
        let [file, used, code, words] = cells.try_into().unwrap();
        Case {
            file,
            used,
            code,
            words,
        }
    })
    .collect()
}

fn format(file: &str) -> DataFormat {
    if file.ends_with(".parquet") {
        DataFormat::Parquet
    } else {
        DataFormat::Csv
    }
}

/// What trains a model to tell the column `y`.
fn training(format: DataFormat) -> TrainSpec {
    let mut spec: TrainSpec = serde_json::from_str(
        r#"{
            "graph": {
                "nodes": [
                    {"id": "load", "type": "dataset", "config": {}},
                    {"id": "train", "type": "train_model", "config": {"target_column": "y"}}
                ],
                "edges": [{"source": "load", "target": "train", "source_handle": "", "target_handle": ""}]
            },
            "node_id": "train",
            "model_type": "logistic_regression",
            "hyperparameters": {},
            "dataset": {
                "id": "table", "uri": "file:///table", "format": "csv", "sha256": null,
                "csv": {"delimiter": 44, "has_header": true, "quote": 34, "null_values": ["NA"]}
            }
        }"#,
    )
    .unwrap();
    spec.dataset.format = format;
    spec
}

/// `predict a float, b text`: the columns a fitted model wants.
fn schema(wanted: &str) -> Vec<ColumnSchema> {
    let column = |words: &str| {
        let (name, kind) = words.trim().split_once(' ').unwrap();
        let kind = match kind {
            "integer" => ColumnKind::Integer,
            "float" => ColumnKind::Float,
            "boolean" => ColumnKind::Boolean,
            _ => ColumnKind::Text,
        };
        ColumnSchema {
            name: name.into(),
            kind,
        }
    };
    wanted.split(',').map(column).collect()
}

fn refused(case: &Case) -> Error {
    let source = Source::new(&case.file, File::open(folder().join(&case.file)).unwrap());
    let format = format(&case.file);
    let used = case.used.as_str();
    let result = if let Some(wanted) = used.strip_prefix("predict ") {
        let options = CsvOptions::default();
        io::read_as(source, format, &options, &schema(wanted), "y", &Silent).map(drop)
    } else {
        assert_eq!(used, "train", "{}", case.file);
        ml::train(&training(format), source, "00", 1, &Silent).map(drop)
    };
    result.err().unwrap_or_else(|| panic!("{} was taken", case.file))
}

#[test]
fn every_file_is_refused_as_documented() {
    for case in cases() {
        let error = refused(&case);
        let failure = error.failure().unwrap();
        assert_eq!(failure.code, case.code, "{}: {}", case.file, failure.message);
        assert!(
            failure.message.contains(&case.words),
            "{}: {}",
            case.file,
            failure.message
        );
    }
}

#[test]
fn every_file_is_documented_once() {
    let listed: Vec<String> = cases().into_iter().map(|case| case.file).collect();
    let there: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), there);
    assert_eq!(listed.len(), there.len());
    assert!(there.len() >= 20);
}
