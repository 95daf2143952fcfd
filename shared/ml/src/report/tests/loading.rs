use domain::spec::{CsvOptions, DataFormat};

use super::*;

/// The lines of Python of a model for this table, as they are to be typed.
fn lines(format: DataFormat, csv_options: CsvOptions, table: &str) -> Vec<String> {
    let graph = chain(&[
        ("load", "dataset", "{}"),
        (
            "train",
            "train_model",
            r#"{"target_column": "column_3", "auto_encode": true}"#,
        ),
    ]);
    let mut spec = spec(graph, "decision_tree_regressor", "{}");
    (spec.dataset.format, spec.dataset.csv) = (format, csv_options);
    let page = report_on(&spec, table, 1, &Silent);
    sound(&page);
    let (_, after) = page.split_once("included:</p>\n<pre>").unwrap();
    let (python, _) = after.split_once("</pre>").unwrap();
    let python = python
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    python.lines().map(str::to_owned).collect()
}

#[test]
fn python_reads_a_csv_file_as_the_table_trained_on_was_read() {
    let options = CsvOptions {
        delimiter: b'\t',
        has_header: false,
        quote: b'\'',
        null_values: vec!["?".into(), " n/k ".into(), String::new()],
    };
    let mut table = String::new();
    for row in 0..9 {
        table += &format!("0{row}\t{}\t{row}\n", row % 2 == 0);
    }
    assert_eq!(
        lines(DataFormat::Csv, options, &table),
        [
            "import onnxruntime, pandas",
            r#"rows = pandas.read_csv("rows.csv", dtype=str, na_filter=False, sep="\t", quotechar="'", header=None).rename(columns=lambda at: f"column_{at + 1}").replace("^\\s*(\\?|n/k)?\\s*$", "", regex=True)"#,
            r#"model = onnxruntime.InferenceSession("model.onnx")"#,
            r#"value, = model.run(None, {i.name: rows[[i.name]].to_numpy(object) if "string" in i.type else rows[[i.name]].replace({"^$": "nan", "(?i)true": "1", "(?i)false": "0"}, regex=True).to_numpy(float) for i in model.get_inputs()})"#,
        ]
    );
}

#[test]
fn python_reads_objects_with_the_types_that_they_have() {
    let mut table = String::new();
    for row in 0..9 {
        table += &format!("{{\"column_1\": \"0{row}\", \"column_2\": {row}, \"column_3\": {row}}}\n");
    }
    let lines = lines(DataFormat::Ndjson, CsvOptions::default(), &table);
    assert_eq!(lines[0], "import json, onnxruntime, pandas");
    assert_eq!(
        lines[1],
        r#"rows = pandas.DataFrame(map(json.loads, open("rows.ndjson", "rb")))"#
    );
    assert!(lines[3].contains(r#"rows[[i.name]].astype(object).fillna("").to_numpy(object)"#));
}
