//! How to use the model: three lines of Python, and one of the command line.

use domain::{catalog::ProblemType, spec::DataFormat};

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
        "<p class=\"note\">The rows need these columns: {}.</p>\n",
        list(&columns, 60)
    );
    part("How to use the model", "", &(content + &needed))
}

/// The three lines.
fn python(facts: &Facts<'_>) -> [String; 3] {
    let answer = match facts.manifest.problem_type {
        ProblemType::Classification if knows_probabilities(facts) => "label, probabilities",
        ProblemType::Classification => "label, scores",
        ProblemType::Regression => "value,",
    };
    let is_text = |kind: ColumnKind| kind == ColumnKind::Text;
    let texts = facts
        .manifest
        .inputs
        .iter()
        .filter(|column| is_text(column.kind))
        .count();
    let number = "rows[[i.name]].to_numpy(float)";
    let text = "rows[[i.name]].fillna(\"\").astype(str).to_numpy(object)";
    let value = if texts == 0 {
        number.to_owned()
    } else if texts == facts.manifest.inputs.len() {
        text.to_owned()
    } else {
        format!("{text} if \"string\" in i.type else {number}")
    };
    [
        "import onnxruntime, pandas".to_owned(),
        "model, rows = onnxruntime.InferenceSession(\"model.onnx\"), pandas.read_csv(\"rows.csv\")"
            .to_owned(),
        format!("{answer} = model.run(None, {{i.name: {value} for i in model.get_inputs()}})"),
    ]
}

fn knows_probabilities(facts: &Facts<'_>) -> bool {
    facts
        .splits()
        .any(|(_, evaluation)| evaluation.metrics.contains_key("log_loss"))
}
