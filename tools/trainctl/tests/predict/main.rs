//! `trainctl predict` on models trained here and now from the committed examples.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

mod inputs;
mod tables;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use domain::{
    graph::Graph,
    spec::{CsvOptions, DataFormat, DatasetRef, TrainSpec},
    value::Object,
};
use ml::{Silent, io::Source};
use serde_json::Value;
use tempfile::TempDir;

/// A table and a model trained on it.
struct Trained {
    dir: TempDir,
    table: PathBuf,
}

fn train(example: &str, model_type: &str) -> Trained {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/examples");
    let text = fs::read_to_string(examples.join(example).with_extension("yaml")).unwrap();
    let value: Value = serde_yaml_ng::from_str(&text).unwrap();
    let graph: Graph = serde_json::from_value(value["graph"].clone()).unwrap();
    let table = examples
        .join("data")
        .join(example)
        .with_extension("csv")
        .canonicalize()
        .unwrap();
    let (_, sha256) = storage::sha256_of(File::open(&table).unwrap()).unwrap();
    let spec = TrainSpec {
        graph,
        node_id: "train".into(),
        model_type: model_type.into(),
        hyperparameters: Object::new(),
        dataset: DatasetRef {
            id: example.into(),
            uri: format!("file://{}", table.display()),
            format: DataFormat::Csv,
            csv: CsvOptions::default(),
            sha256: None,
        },
    };
    let source = Source::new(example, File::open(&table).unwrap());
    let trained = ml::train(&spec, source, &sha256, 2, &Silent).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in trained.files().unwrap() {
        fs::write(dir.path().join(name), content).unwrap();
    }
    Trained { dir, table }
}

fn predict(model: &Trained, table: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainctl"));
    command
        .arg("predict")
        .arg("--artifact")
        .arg(model.dir.path())
        .arg("--input")
        .arg(table)
        .args(more);
    command.output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn test_rows_reproduce_the_recorded_metrics_exactly() {
    for (example, model_type) in [
        ("messy", "logistic_regression"),
        ("messy", "random_forest_classifier"),
        ("diabetes", "ridge_regression"),
        ("diabetes", "random_forest_regressor"),
    ] {
        let model = train(example, model_type);
        for split in ["train", "test"] {
            let output = predict(&model, &model.table, &["--rows", split, "--json"]);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{example} {model_type}: {}",
                stderr(&output)
            );
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(answer["equal"], true);
            assert_eq!(answer["metrics"], answer["recorded"]);
            assert!(answer["metrics"].as_object().unwrap().len() >= 3, "{answer}");
        }
    }
}

#[test]
fn another_table_fails_the_comparison() {
    let model = train("diabetes", "ridge_regression");
    let text = fs::read_to_string(&model.table).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let rows = lines.len() - 1;
    // The rows in another order: the same columns, other test rows.
    lines[1..].reverse();
    let other = model.dir.path().join("other.csv");
    fs::write(&other, lines.join("\n")).unwrap();
    let output = predict(&model, &other, &["--rows", "test"]);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{rows} rows: {told}");
    assert!(
        told.contains("differ from those recorded") && told.contains("not the file"),
        "{told}"
    );
}

#[test]
fn every_row_of_a_table_is_predicted_once_and_in_order() {
    let model = train("messy", "logistic_regression");
    let file = model.dir.path().join("out.csv");
    let output = predict(&model, &model.table, &["--output", &file.display().to_string()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
    let text = fs::read_to_string(&file).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("row,prediction,probability_no,probability_yes,reason")
    );
    let rows = fs::read_to_string(&model.table).unwrap().lines().count() - 1;
    let numbers: Vec<usize> = lines
        .map(|line| line.split(',').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(numbers, (0..rows).collect::<Vec<_>>());
    let output = predict(&model, &model.table, &[]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
}

#[test]
fn a_column_that_the_graph_drops_need_not_be_there_and_further_ones_are_passed_over() {
    let model = train("messy", "logistic_regression");
    let manifest = fs::read_to_string(model.dir.path().join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let inputs = manifest["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 11, "{inputs:?}");
    assert!(inputs.iter().all(|column| column["name"] != "customer_id"));
    let text = fs::read_to_string(&model.table).unwrap();
    let mut lines = text.lines().map(|line| line.split_once(',').unwrap().1);
    let mut other = format!("new,{}\n", lines.next().unwrap());
    other.extend(lines.map(|line| format!("?,{line}\n")));
    let narrow = model.dir.path().join("narrow.csv");
    fs::write(&narrow, other).unwrap();
    let output = predict(&model, &narrow, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout == predict(&model, &model.table, &[]).stdout);
}

#[test]
fn a_changed_artifact_and_a_table_without_its_columns_are_refused() {
    let model = train("diabetes", "ridge_regression");
    let narrow = model.dir.path().join("narrow.csv");
    fs::write(&narrow, "age\n1\n").unwrap();
    let output = predict(&model, &narrow, &[]);
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    let all = r#"narrow.csv has no columns "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"; its columns are age (COLUMN_NOT_FOUND)"#;
    assert!(told.contains(all), "{told}");
    let pipeline = model.dir.path().join("pipeline.tyd");
    let mut bytes = fs::read(&pipeline).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&pipeline, bytes).unwrap();
    let output = predict(&model, &model.table, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("pipeline.tyd"), "{}", stderr(&output));
}

#[test]
fn files_that_are_not_read_need_not_be_there() {
    let model = train("diabetes", "ridge_regression");
    let whole = predict(&model, &model.table, &[]).stdout;
    for name in ["model.onnx", "report.html", "evaluation.json", "rows.bin"] {
        fs::remove_file(model.dir.path().join(name)).unwrap();
    }
    let output = predict(&model, &model.table, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout == whole);
    let output = predict(&model, &model.table, &["--rows", "test"]);
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.contains("rows.bin: there is no such file"), "{told}");
}

#[test]
fn a_model_is_sound_until_a_byte_of_it_is_changed() {
    let model = train("diabetes", "ridge_regression");
    let verify = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainctl"));
        command.args(["artifact", "verify"]).arg(model.dir.path());
        command.args(more).output().unwrap()
    };
    let sound = verify(&["--json"]);
    assert_eq!(sound.status.code(), Some(0), "{}", stderr(&sound));
    let told: Value = serde_json::from_slice(&sound.stdout).unwrap();
    assert_eq!(told["sound"], true);
    assert_eq!(told["manifest"]["checked"], false);
    let manifest = fs::read(model.dir.path().join("manifest.json")).unwrap();
    assert_eq!(told["manifest"]["sha256"], storage::sha256_hex(&manifest));
    let files = told["files"].as_array().unwrap();
    assert!(files.len() > 1, "{files:?}");
    for name in files {
        let name = name.as_str().unwrap();
        let path = model.dir.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();
        let changed = verify(&[]);
        assert_eq!(changed.status.code(), Some(1), "{name}");
        let told = stderr(&changed);
        assert!(told.contains("is not sound") && told.contains(name), "{told}");
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();
    }
    let sound = verify(&[]);
    assert_eq!(sound.status.code(), Some(0));
    let told = String::from_utf8_lossy(&sound.stdout).into_owned();
    let counted = format!("the {} files that manifest.json lists", files.len());
    assert!(
        told.contains(&counted) && told.contains("manifest.json itself was not checked"),
        "{told}"
    );
}

#[test]
fn the_report_in_a_directory_is_found_copied_and_checked() {
    let model = train("diabetes", "ridge_regression");
    let report = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainctl"));
        command.arg("report").arg(model.dir.path()).args(more);
        command.output().unwrap()
    };
    let there = model.dir.path().join("report.html");
    let output = report(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().trim(),
        there.display().to_string()
    );
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("page.html");
    let output = report(&["--output", &copy.display().to_string()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read(&copy).unwrap(), fs::read(&there).unwrap());
    fs::write(&there, "another page").unwrap();
    let output = report(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("report.html: it has 12 bytes"),
        "{}",
        stderr(&output)
    );
}
