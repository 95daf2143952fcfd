//! Predictions as text: CSV, NDJSON and JSON.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use ml::pipeline::{Label, Outcome, Predictions};
use serde_json::{Value, json};

use super::probability;

/// Before the first object of JSON.
pub(super) const JSON_HEAD: &[u8] = b"{ \"predictions\": [";
/// Before every object of JSON, but not before the first.
pub(super) const JSON_SEPARATOR: &[u8] = b",";
/// After the last object of JSON.
pub(super) const JSON_TAIL: &[u8] = b"\n] }\n";

/// The names of the columns.
pub(super) fn csv_head(labels: &[Label], out: &mut impl Write) -> io::Result<()> {
    write!(out, "row,prediction")?;
    for label in labels {
        write!(out, ",{}", quoted(&probability(label)))?;
    }
    writeln!(out, ",reason")
}

/// A line for each row.
pub(super) fn csv(predictions: &Predictions, out: &mut impl Write) -> io::Result<()> {
    let labels: Vec<String> = predictions.labels.iter().map(ToString::to_string).collect();
    for row in &predictions.rows {
        write!(out, "{}", row.row)?;
        match &row.outcome {
            Outcome::Class { class, probabilities } => {
                write!(out, ",{}", quoted(labels.get(*class).map_or("", String::as_str)))?;
                for place in 0..labels.len() {
                    match probabilities.get(place) {
                        Some(probability) => write!(out, ",{probability}")?,
                        None => write!(out, ",")?,
                    }
                }
                writeln!(out, ",")?;
            }
            Outcome::Value(value) => writeln!(out, ",{value},")?,
            Outcome::Nothing(reason) => {
                let empty = ",".repeat(labels.len() + 1);
                writeln!(out, "{empty},{}", quoted(reason))?;
            }
        }
    }
    Ok(())
}

/// An object on a line for each row, flat, so that it is a table again where it is read.
pub(super) fn ndjson(predictions: &Predictions, out: &mut impl Write) -> io::Result<()> {
    let keys = predictions.labels.iter().map(|label| json!(probability(label)));
    let keys: Vec<String> = keys.map(|key| key.to_string()).collect();
    let labels: Vec<String> = predictions
        .labels
        .iter()
        .map(|label| json!(label).to_string())
        .collect();
    for row in &predictions.rows {
        write!(out, "{{\"row\":{},\"prediction\":", row.row)?;
        let (mut known, mut told) = (&[][..], None);
        match &row.outcome {
            Outcome::Class { class, probabilities } => {
                out.write_all(labels.get(*class).map_or("null", String::as_str).as_bytes())?;
                known = probabilities;
            }
            Outcome::Value(value) => serde_json::to_writer(&mut *out, value)?,
            Outcome::Nothing(reason) => {
                write!(out, "null")?;
                told = Some(reason.as_ref());
            }
        }
        for (place, key) in keys.iter().enumerate() {
            write!(out, ",{key}:")?;
            serde_json::to_writer(&mut *out, &known.get(place))?;
        }
        write!(out, ",\"reason\":")?;
        serde_json::to_writer(&mut *out, &told)?;
        writeln!(out, "}}")?;
    }
    Ok(())
}

/// An object for each row, each after a separator.
pub(super) fn json(predictions: &Predictions, out: &mut impl Write) -> io::Result<()> {
    let labels = &predictions.labels;
    for row in &predictions.rows {
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
        let object = json!({ "row": row.row, "prediction": prediction, "probabilities": probabilities, "reason": reason });
        out.write_all(JSON_SEPARATOR)?;
        write!(out, "\n  {object}")?;
    }
    Ok(())
}

fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(cell)
    }
}
