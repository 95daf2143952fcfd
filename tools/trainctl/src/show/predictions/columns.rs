//! Predictions as the columns of a table.

use ml::{
    error::Result,
    frame::{Frame, boolean_column, float_column, integer_column, text_column},
    pipeline::{Label, Outcome, Predictions, RowPrediction},
};

use super::probability;

/// The columns. Classes are numbers or truths where all of them are, else text.
///
/// # Errors
/// None but defects.
pub(super) fn frame(predictions: &Predictions) -> Result<Frame> {
    let Predictions { labels, rows } = predictions;
    let class = |row: &RowPrediction| match &row.outcome {
        Outcome::Class { class, .. } => labels.get(*class),
        Outcome::Value(_) | Outcome::Nothing(_) => None,
    };
    let classes = || rows.iter().map(class);
    let integer = |label: &Label| match label {
        Label::Integer(value) => Some(*value),
        Label::Boolean(_) | Label::Text(_) => None,
    };
    let boolean = |label: &Label| match label {
        Label::Boolean(value) => Some(*value),
        Label::Integer(_) | Label::Text(_) => None,
    };
    let prediction = if labels.is_empty() {
        float_column(rows.iter().map(|row| match &row.outcome {
            Outcome::Value(value) => Some(*value),
            Outcome::Class { .. } | Outcome::Nothing(_) => None,
        }))
    } else if labels.iter().all(|label| integer(label).is_some()) {
        integer_column(classes().map(|label| integer(label?)))
    } else if labels.iter().all(|label| boolean(label).is_some()) {
        boolean_column(classes().map(|label| boolean(label?)))
    } else {
        text_column(classes().map(|label| Some(label?.to_string())))
    };
    let numbers = rows.iter().map(|row| i64::try_from(row.row).ok());
    let mut columns = vec![
        ("row".to_owned(), integer_column(numbers)),
        ("prediction".to_owned(), prediction),
    ];
    for (place, label) in labels.iter().enumerate() {
        let values = rows.iter().map(|row| match &row.outcome {
            Outcome::Class { probabilities, .. } => probabilities.get(place).copied(),
            Outcome::Value(_) | Outcome::Nothing(_) => None,
        });
        columns.push((probability(label), float_column(values)));
    }
    let reasons = rows.iter().map(|row| match &row.outcome {
        Outcome::Nothing(reason) => Some(reason),
        Outcome::Class { .. } | Outcome::Value(_) => None,
    });
    columns.push(("reason".to_owned(), text_column(reasons)));
    Frame::new(columns)
}
