//! Predictions as CSV and as JSON.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use ml::pipeline::{Outcome, Predictions};
use serde_json::{Value, json};

/// Writes them as CSV: the row's number, the prediction, each class's probability, and why there is none.
pub(crate) fn csv(predictions: &Predictions, writer: &mut impl Write) -> io::Result<()> {
    let labels: Vec<String> = predictions.labels.iter().map(ToString::to_string).collect();
    let mut head = String::from("row,prediction");
    for label in &labels {
        head += ",";
        head += &quoted(&format!("probability_{label}"));
    }
    writeln!(writer, "{head},reason")?;
    for row in &predictions.rows {
        write!(writer, "{}", row.row)?;
        match &row.outcome {
            Outcome::Class { class, probabilities } => {
                write!(
                    writer,
                    ",{}",
                    quoted(labels.get(*class).map_or("", String::as_str))
                )?;
                for place in 0..labels.len() {
                    match probabilities.get(place) {
                        Some(probability) => write!(writer, ",{probability}")?,
                        None => write!(writer, ",")?,
                    }
                }
                writeln!(writer, ",")?;
            }
            Outcome::Value(value) => writeln!(writer, ",{value},")?,
            Outcome::Nothing(reason) => {
                let empty = ",".repeat(labels.len() + 1);
                writeln!(writer, "{empty},{}", quoted(reason))?;
            }
        }
    }
    Ok(())
}

/// The same as JSON.
pub(crate) fn json(predictions: &Predictions) -> Value {
    let labels = &predictions.labels;
    let rows = predictions.rows.iter().map(|row| {
        let (prediction, probabilities, reason) = match &row.outcome {
            Outcome::Class { class, probabilities } => {
                let by_label: serde_json::Map<String, Value> = labels
                    .iter()
                    .zip(probabilities)
                    .map(|(label, probability)| (label.to_string(), json!(probability)))
                    .collect();
                (json!(labels.get(*class)), json!(by_label), Value::Null)
            }
            Outcome::Value(value) => (json!(value), Value::Null, Value::Null),
            Outcome::Nothing(reason) => (Value::Null, Value::Null, json!(reason.as_ref())),
        };
        json!({ "row": row.row, "prediction": prediction, "probabilities": probabilities, "reason": reason })
    });
    rows.collect()
}

/// How many rows got no prediction.
pub(crate) fn unanswered(predictions: &Predictions) -> usize {
    predictions
        .rows
        .iter()
        .filter(|row| matches!(row.outcome, Outcome::Nothing(_)))
        .count()
}

fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use ml::pipeline::{Label, RowPrediction};

    use super::*;

    fn classes() -> Predictions {
        let nothing = Outcome::Nothing("\"age\" is missing".into());
        let yes = Outcome::Class {
            class: 1,
            probabilities: vec![0.25, 0.75],
        };
        Predictions {
            labels: vec![Label::Text("no".into()), Label::Text("yes, sure".into())],
            rows: vec![
                RowPrediction { row: 3, outcome: yes },
                RowPrediction {
                    row: 5,
                    outcome: nothing,
                },
            ],
        }
    }

    fn written(predictions: &Predictions) -> String {
        let mut bytes = Vec::new();
        csv(predictions, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_row_has_as_many_cells_as_the_heading() {
        assert_eq!(
            written(&classes()),
            "row,prediction,probability_no,\"probability_yes, sure\",reason\n\
             3,\"yes, sure\",0.25,0.75,\n\
             5,,,,\"\"\"age\"\" is missing\"\n"
        );
        let values = Predictions {
            labels: Vec::new(),
            rows: vec![RowPrediction {
                row: 0,
                outcome: Outcome::Value(0.1 + 0.2),
            }],
        };
        assert_eq!(
            written(&values),
            "row,prediction,reason\n0,0.30000000000000004,\n"
        );
    }

    #[test]
    fn json_names_probabilities_by_class_and_reasons() {
        let value = json(&classes());
        assert_eq!(value[0]["prediction"], "yes, sure");
        assert_eq!(value[0]["probabilities"]["no"], 0.25);
        assert_eq!(
            (&value[1]["prediction"], &value[1]["row"]),
            (&Value::Null, &json!(5))
        );
        assert_eq!(value[1]["reason"], "\"age\" is missing");
        assert_eq!(unanswered(&classes()), 1);
    }
}
