//! Tables of every format in, predictions of every form out, whole or not at all.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
};

use domain::spec::{CsvOptions, DataFormat};
use ml::{
    Silent,
    frame::texts,
    io::{Source, read, write_parquet},
};
use serde_json::{Value, json};

use super::{Trained, predict, stderr, train};

/// A table's cells as text, in order.
fn cells(path: &Path, format: DataFormat) -> Vec<(String, Vec<String>)> {
    let source = Source::new("predictions", File::open(path).unwrap());
    let frame = read(source, format, &CsvOptions::default(), &Silent).unwrap();
    let columns = frame.columns().iter().map(|column| {
        let cells = texts(&column.data).iter();
        let cells = cells.map(|cell| cell.unwrap_or("-".into()).into_owned());
        (column.name.to_string(), cells.collect())
    });
    columns.collect()
}

fn output_to(model: &Trained, table: &Path, name: &str, more: &[&str]) -> std::path::PathBuf {
    let path = model.dir.path().join(name);
    let shown = path.display().to_string();
    let output = predict(model, table, &[&["--output", &shown], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
    path
}

#[test]
fn every_form_of_predictions_holds_the_same_cells() {
    for (example, model_type) in [
        ("messy", "logistic_regression"),
        ("diabetes", "ridge_regression"),
        ("breast_cancer", "linear_svc"),
    ] {
        let model = train(example, model_type);
        let csv = cells(&output_to(&model, &model.table, "a.csv", &[]), DataFormat::Csv);
        let rows = fs::read_to_string(&model.table).unwrap().lines().count() - 1;
        assert_eq!(csv[0].1.len(), rows);
        for (name, more, format) in [
            ("a.ndjson", &[][..], DataFormat::Ndjson),
            ("a.parquet", &[], DataFormat::Parquet),
            ("a.table", &["--output-format", "parquet"], DataFormat::Parquet),
        ] {
            let found = cells(&output_to(&model, &model.table, name, more), format);
            assert_eq!(found, csv, "{model_type} {name}");
        }
        let lines = predict(&model, &model.table, &["--output-format", "ndjson"]);
        assert_eq!(lines.stdout, fs::read(model.dir.path().join("a.ndjson")).unwrap());
    }
}

#[test]
fn a_table_in_another_format_is_predicted_the_same() {
    let model = train("messy", "random_forest_classifier");
    let expected = predict(&model, &model.table, &[]).stdout;
    let source = Source::new("messy", File::open(&model.table).unwrap());
    let frame = read(source, DataFormat::Csv, &CsvOptions::default(), &Silent).unwrap();
    let parquet = model.dir.path().join("messy.data");
    write_parquet(&frame, File::create(&parquet).unwrap()).unwrap();
    let output = predict(&model, &parquet, &["--format", "parquet"]);
    assert!(output.stdout == expected, "{}", stderr(&output));

    let text = fs::read_to_string(&model.table).unwrap();
    let packed = text
        .replace(", automatic", "; automatic")
        .replace('"', "")
        .replace(',', "|");
    let packed = packed
        .replace("; automatic", ", automatic")
        .replace("||", "|void|")
        .replace("||", "|void|");
    let odd = model.dir.path().join("odd.csv");
    fs::write(&odd, packed).unwrap();
    let output = predict(&model, &odd, &["--delimiter", "|", "--null", "void", "NA"]);
    assert!(output.stdout == expected, "{}", stderr(&output));
}

#[test]
fn what_was_written_where_is_told_to_programs_and_people() {
    let model = train("diabetes", "ridge_regression");
    let text = fs::read_to_string(&model.table).unwrap();
    let head: Vec<&str> = text.lines().take(2).collect();
    let table = model.dir.path().join("one.csv");
    fs::write(&table, head.join("\n")).unwrap();
    let path = model.dir.path().join("a.PARQUET");
    let shown = path.display().to_string();
    let output = predict(&model, &table, &["--json", "--output", &shown]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({"output": shown, "format": "parquet", "rows": 1, "without_prediction": 0});
    assert_eq!(told, expected);
    let output = predict(&model, &table, &["--output", &shown]);
    let told = stderr(&output);
    assert!(told.contains(&format!("predictions of 1 row: {shown}")), "{told}");
}

#[test]
fn an_output_that_cannot_be_is_refused_before_anything_is_read() {
    let model = train("diabetes", "ridge_regression");
    for (more, told) in [
        (&["--output", "a.xlsx"][..], "--output-format"),
        (
            &["--output", "-", "--output-format", "parquet"],
            "name one with --output",
        ),
        (&["--json", "--output", "-"], "both want standard output"),
        (&["--json", "--output-format", "csv"], "leave out --json"),
    ] {
        let output = predict(&model, Path::new("nowhere.csv"), more);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
}

/// A table of so many rows, with a last line of its own.
fn long_table(model: &Trained, repeat: usize, last: &str) -> std::path::PathBuf {
    let text = fs::read_to_string(&model.table).unwrap();
    let (head, rows) = text.split_once('\n').unwrap();
    let path = model.dir.path().join("long.csv");
    fs::write(&path, format!("{head}\n{}{last}", rows.repeat(repeat))).unwrap();
    path
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_row_that_cannot_be_read_leaves_no_file() {
    let model = train("diabetes", "ridge_regression");
    let table = long_table(&model, 60, "x,1,32.1,101,157,93.2,38,4,4.8598,87,151\n");
    let lines = fs::read_to_string(&table).unwrap().lines().count();
    let target = tempfile::tempdir().unwrap();
    let path = target.path().join("out.parquet");
    let output = predict(&model, &table, &["--output", &path.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    let place = format!("long.csv line {lines} column 1 (age): \"x\" is not a number");
    assert!(told.contains(&place), "{told}");
    assert!(names(target.path()).is_empty());
}

#[test]
fn ctrl_c_leaves_no_file() {
    let model = train("diabetes", "random_forest_regressor");
    let table = long_table(&model, 400, "");
    let target = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_trainctl"))
        .arg("predict")
        .arg("--artifact")
        .arg(model.dir.path())
        .arg("--input")
        .arg(table)
        .arg("--output")
        .arg(target.path().join("out.csv"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It has begun once there is something that is not whole.
    while names(target.path()).is_empty() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(stderr(&output).contains("stopped"), "{}", stderr(&output));
    assert!(names(target.path()).is_empty(), "{:?}", names(target.path()));
}

#[test]
fn the_table_that_is_read_is_not_written_over() {
    let model = train("diabetes", "ridge_regression");
    let table = long_table(&model, 1, "");
    let before = fs::read(&table).unwrap();
    let link = table.with_file_name("link.csv");
    std::os::unix::fs::symlink(&table, &link).unwrap();
    for path in [&table, &link] {
        let output = predict(&model, &table, &["--output", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            stderr(&output).contains("is the table that is read"),
            "{}",
            stderr(&output)
        );
        assert!(fs::read(&table).unwrap() == before);
    }
}
