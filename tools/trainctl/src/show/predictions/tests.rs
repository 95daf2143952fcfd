use ml::pipeline::RowPrediction;
use serde_json::{Value, json};

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

fn value() -> Predictions {
    Predictions {
        labels: Vec::new(),
        rows: vec![RowPrediction {
            row: 0,
            outcome: Outcome::Value(0.1 + 0.2),
        }],
    }
}

/// What is written of predictions that come in these parts.
fn written(form: Form, labels: &[Label], parts: &[Predictions]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(form, labels, &mut bytes).unwrap();
    for part in parts {
        writer.write(&form.render(part).unwrap()).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn text(form: Form, predictions: &Predictions) -> String {
    let whole = written(form, &predictions.labels, std::slice::from_ref(predictions));
    let rows = predictions.rows.iter().map(|row| Predictions {
        labels: predictions.labels.clone(),
        rows: vec![row.clone()],
    });
    let parts: Vec<Predictions> = rows.collect();
    assert_eq!(written(form, &predictions.labels, &parts), whole, "{form:?}");
    String::from_utf8(whole).unwrap()
}

#[test]
fn every_row_has_as_many_cells_as_the_heading() {
    assert_eq!(
        text(Form::Csv, &classes()),
        "row,prediction,probability_no,\"probability_yes, sure\",reason\n\
         3,\"yes, sure\",0.25,0.75,\n\
         5,,,,\"\"\"age\"\" is missing\"\n"
    );
    assert_eq!(
        text(Form::Csv, &value()),
        "row,prediction,reason\n0,0.30000000000000004,\n"
    );
}

#[test]
fn ndjson_has_the_same_columns_on_every_line() {
    assert_eq!(
        text(Form::Ndjson, &classes()),
        "{\"row\":3,\"prediction\":\"yes, sure\",\"probability_no\":0.25,\"probability_yes, sure\":0.75,\"reason\":null}\n\
         {\"row\":5,\"prediction\":null,\"probability_no\":null,\"probability_yes, sure\":null,\"reason\":\"\\\"age\\\" is \
         missing\"}\n"
    );
    assert_eq!(
        text(Form::Ndjson, &value()),
        "{\"row\":0,\"prediction\":0.30000000000000004,\"reason\":null}\n"
    );
}

#[test]
fn json_names_probabilities_by_class_and_reasons() {
    let value: Value = serde_json::from_str(&text(Form::Json, &classes())).unwrap();
    let rows = &value["predictions"];
    assert_eq!(rows[0]["prediction"], "yes, sure");
    assert_eq!(rows[0]["probabilities"]["no"], 0.25);
    assert_eq!(
        (&rows[1]["prediction"], &rows[1]["row"]),
        (&Value::Null, &json!(5))
    );
    assert_eq!(rows[1]["reason"], "\"age\" is missing");
    assert_eq!(unanswered(&classes()), 1);
    let none: Value = serde_json::from_slice(&written(Form::Json, &[], &[])).unwrap();
    assert_eq!(none, json!({ "predictions": [] }));
}

#[test]
fn classes_are_columns_of_their_type() {
    let kind = |labels: &[Label]| {
        let none = Predictions {
            labels: labels.to_vec(),
            rows: Vec::new(),
        };
        columns::frame(&none)
            .unwrap()
            .column("prediction")
            .unwrap()
            .kind()
    };
    use ml::frame::ColumnKind;
    assert_eq!(kind(&[Label::Integer(0), Label::Integer(1)]), ColumnKind::Integer);
    assert_eq!(
        kind(&[Label::Boolean(false), Label::Boolean(true)]),
        ColumnKind::Boolean
    );
    assert_eq!(kind(&[Label::Text("0".into())]), ColumnKind::Text);
    assert_eq!(kind(&[]), ColumnKind::Float);
}
