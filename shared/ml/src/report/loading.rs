//! How to use the model: a few lines of Python, and one of the command line.

use domain::{
    catalog::ProblemType,
    spec::{CsvOptions, DataFormat},
};

use super::{
    Facts, section as part,
    text::{clip, escape, list},
};
use crate::frame::ColumnKind;

/// How to load the model and predict with it.
pub(super) fn section(facts: &Facts<'_>) -> String {
    let extension = match facts.manifest.dataset.format {
        DataFormat::Csv => "csv",
        DataFormat::Parquet => "parquet",
        DataFormat::Ndjson => "ndjson",
        DataFormat::Arrow => "arrow",
        DataFormat::Xlsx => "xlsx",
    };
    let mut content = format!(
        "<p>On the command line, in the directory of this file:</p>\n\
         <pre>trainctl predict --artifact . --input rows.{extension}</pre>\n"
    );
    if facts.manifest.onnx_exceptions.is_empty() {
        let lines = python(facts).map(|line| escape(&line)).join("\n");
        content += &format!(
            "<p>In Python, by onnxruntime, with the preparation included:</p>\n<pre>{lines}</pre>\n"
        );
    } else {
        let because = facts.manifest.onnx_exceptions.iter().map(|exception| {
            let node = exception.node_id.as_ref().map(|id| format!("{id}, "));
            format!(
                "{}{}: {}",
                node.unwrap_or_default(),
                exception.key,
                exception.reason
            )
        });
        let because: Vec<String> = because.map(|text| clip(&text, 300)).take(20).collect();
        content += &format!(
            "<p>Other programs cannot load this model: it has no <code>model.onnx</code>, as ONNX cannot say all of it.</p>\n<ul><li>{}</li></ul>\n",
            because.join("</li><li>")
        );
    }
    let columns: Vec<String> = facts
        .manifest
        .inputs
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let needed = format!(
        "<p class=\"note\">The rows need these columns: {}.{}</p>\n",
        list(&columns, 60),
        converted(facts)
    );
    part("How to use the model", "", &(content + &needed))
}

/// What the lines of Python leave to be done: other formats than CSV and NDJSON know types that a model does not.
fn converted(facts: &Facts<'_>) -> &'static str {
    match facts.manifest.dataset.format {
        _ if !facts.manifest.onnx_exceptions.is_empty() => "",
        DataFormat::Csv | DataFormat::Ndjson => "",
        DataFormat::Parquet | DataFormat::Arrow | DataFormat::Xlsx => {
            " In Python, dates are to be made texts first, such as 2020-01-31, and durations a number of days."
        }
    }
}

/// The lines of Python: packages, rows, model, prediction. Rows are read as the table trained on was, not as pandas would
/// by itself.
fn python(facts: &Facts<'_>) -> [String; 4] {
    let dataset = &facts.manifest.dataset;
    let answer = match facts.manifest.problem_type {
        ProblemType::Classification if knows_probabilities(facts) => "label, probabilities",
        ProblemType::Classification => "label, scores",
        ProblemType::Regression => "value,",
    };
    let (packages, rows) = match dataset.format {
        DataFormat::Csv => ("", read_csv(&dataset.csv)),
        DataFormat::Xlsx => {
            let read = "pandas.read_excel(\"rows.xlsx\", dtype=str, na_filter=False)";
            ("", read.to_owned() + &emptied(&dataset.csv.null_values))
        }
        DataFormat::Ndjson => {
            let read = "pandas.DataFrame(map(json.loads, open(\"rows.ndjson\", \"rb\")))";
            ("json, ", read.to_owned())
        }
        DataFormat::Parquet => ("", "pandas.read_parquet(\"rows.parquet\")".to_owned()),
        DataFormat::Arrow => ("", "pandas.read_feather(\"rows.arrow\")".to_owned()),
    };
    [
        format!("import {packages}onnxruntime, pandas"),
        format!("rows = {rows}"),
        "model = onnxruntime.InferenceSession(\"model.onnx\")".to_owned(),
        format!(
            "{answer} = model.run(None, {{i.name: {} for i in model.get_inputs()}})",
            tensor(facts)
        ),
    ]
}

/// What the model takes for the column `i.name`: numbers with NaN, texts with an empty one where a value is missing.
fn tensor(facts: &Facts<'_>) -> String {
    let inputs = &facts.manifest.inputs;
    let any = |kind| inputs.iter().any(|column| column.kind == kind);
    let [numbers, texts] = match facts.manifest.dataset.format {
        // Every cell is a text, a missing one empty.
        DataFormat::Csv | DataFormat::Xlsx => {
            let spelled = if any(ColumnKind::Boolean) {
                r#"{"^$": "nan", "(?i)true": "1", "(?i)false": "0"}, regex=True"#
            } else {
                r#""", "nan""#
            };
            [
                format!(".replace({spelled}).to_numpy(float)"),
                ".to_numpy(object)".to_owned(),
            ]
        }
        DataFormat::Ndjson | DataFormat::Parquet | DataFormat::Arrow => [
            ".to_numpy(float)".to_owned(),
            ".astype(object).fillna(\"\").to_numpy(object)".to_owned(),
        ],
    };
    let column = "rows[[i.name]]";
    if !any(ColumnKind::Text) {
        format!("{column}{numbers}")
    } else if inputs.iter().all(|input| input.kind == ColumnKind::Text) {
        format!("{column}{texts}")
    } else {
        format!("{column}{texts} if \"string\" in i.type else {column}{numbers}")
    }
}

/// Reads each cell as the text that it is, a missing one as the empty text.
fn read_csv(options: &CsvOptions) -> String {
    let usual = CsvOptions::default();
    let mut read = "pandas.read_csv(\"rows.csv\", dtype=str, na_filter=False".to_owned();
    for (name, character, usual) in [
        ("sep", options.delimiter, usual.delimiter),
        ("quotechar", options.quote, usual.quote),
    ] {
        if character != usual {
            read += &format!(", {name}={}", literal(&char::from(character).to_string()));
        }
    }
    read += if options.has_header {
        ")"
    } else {
        ", header=None).rename(columns=lambda at: f\"column_{at + 1}\")"
    };
    read + &emptied(&options.null_values)
}

/// Makes the cells that are read as missing empty, with or without blanks around them.
fn emptied(null_values: &[String]) -> String {
    let tokens: Vec<String> = null_values
        .iter()
        .map(|token| token.trim())
        .filter(|token| !token.is_empty())
        .map(regex::escape)
        .collect();
    let pattern = match tokens.join("|") {
        none if none.is_empty() => r"^\s+$".to_owned(),
        tokens => format!(r"^\s*({tokens})?\s*$"),
    };
    format!(".replace({}, \"\", regex=True)", literal(&pattern))
}

/// A text as Python has it, which is as JSON has it.
fn literal(text: &str) -> String {
    let written = serde_json::Value::from(text).to_string();
    let visible = |character: char| match character.is_control() {
        true => format!("\\u{:04x}", u32::from(character)),
        false => character.to_string(),
    };
    written.chars().map(visible).collect()
}

fn knows_probabilities(facts: &Facts<'_>) -> bool {
    facts
        .splits()
        .any(|(_, evaluation)| evaluation.metrics.contains_key("log_loss"))
}
