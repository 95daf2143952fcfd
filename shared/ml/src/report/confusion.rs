//! What rows of each class were taken for.

use std::{collections::HashMap, fmt::Write as _};

use super::{
    section as part, table,
    text::{clip, count, figure, percent, support},
};
use crate::evaluation::{ClassEvaluation, Classification, ConfusionCell};

/// The most classes that a square shows; of more, the pairs that are most often mistaken.
const MOST_CLASSES: usize = 16;
const MOST_PAIRS: usize = 20;
const MOST_ROWS: usize = 60;

/// The confusion matrix and the table of classes of one split.
pub(super) fn section(split: &str, detail: &Classification) -> String {
    if detail.confusion.is_empty() {
        return String::new();
    }
    let (title, shown) = if detail.classes.len() <= MOST_CLASSES {
        let note = format!(
            "<p class=\"note\">How many {split} rows of each class were taken for which, and what share of the class that is.</p>\n"
        );
        ("Confusion matrix", note + &square(detail))
    } else {
        let note =
            format!("<p class=\"note\">The {split} rows that were taken for another class most often.</p>\n");
        ("Confusions", note + &pairs(detail))
    };
    let content = format!(
        "<div class=\"halves\">\n<div>{shown}</div>\n<div>{}</div>\n</div>\n",
        classes(detail)
    );
    part(title, "", &content)
}

fn name(class: &ClassEvaluation) -> String {
    clip(&class.label.to_string(), 24)
}

fn square(detail: &Classification) -> String {
    let key = |cell: &ConfusionCell| (cell.truth.to_string(), cell.predicted.to_string());
    let cells: HashMap<(String, String), f64> = detail
        .confusion
        .iter()
        .map(|cell| (key(cell), cell.support))
        .collect();
    let named = detail
        .classes
        .iter()
        .filter(|class| class.predicted > 0.0 || class.roc.is_some() || class.support > 0.0);
    let columns: Vec<&ClassEvaluation> = named.collect();
    let mut head = String::from("<th class=\"corner\">actual ↓ predicted →</th>");
    for class in &columns {
        _ = write!(head, "<th>{}</th>", name(class));
    }
    let mut rows = String::new();
    for truth in detail.classes.iter().filter(|class| class.support > 0.0) {
        _ = write!(rows, "<tr><th>{}</th>", name(truth));
        for predicted in &columns {
            let pair = (truth.label.to_string(), predicted.label.to_string());
            let weight = cells.get(&pair).copied().unwrap_or_default();
            let share = weight / truth.support;
            let kind = if truth.label == predicted.label {
                "right"
            } else {
                "wrong"
            };
            let strong = if share > 0.55 { " strong" } else { "" };
            _ = write!(
                rows,
                "<td class=\"{kind}{strong}\" style=\"--share:{share:.2}\">{}<small>{}</small></td>",
                support(weight),
                percent(share)
            );
        }
        rows += "</tr>\n";
    }
    table("confusion", &head, &rows)
}

fn pairs(detail: &Classification) -> String {
    let mut wrong: Vec<&ConfusionCell> = detail
        .confusion
        .iter()
        .filter(|cell| cell.truth != cell.predicted)
        .collect();
    wrong.sort_by(|a, b| b.support.total_cmp(&a.support));
    let mut rows = String::new();
    for cell in wrong.iter().take(MOST_PAIRS) {
        let [truth, predicted] = [&cell.truth, &cell.predicted].map(|label| clip(&label.to_string(), 24));
        _ = writeln!(
            rows,
            "<tr><th>{truth}</th><td>{predicted}</td><td class=\"n\">{}</td></tr>",
            support(cell.support)
        );
    }
    table(
        "",
        "<th>actual</th><th>predicted</th><th class=\"n\">rows</th>",
        &rows,
    )
}

fn classes(detail: &Classification) -> String {
    let head = "<th>class</th><th class=\"n\">rows</th><th class=\"n\">precision</th><th class=\"n\">recall</th><th class=\"n\">F1</th><th class=\"n\">ROC area</th>";
    let mut rows = String::new();
    for class in detail.classes.iter().take(MOST_ROWS) {
        let known = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), figure);
        let (has_rows, is_predicted) = (class.support > 0.0, class.predicted > 0.0);
        _ = write!(
            rows,
            "<tr><th>{}</th><td class=\"n\">{}</td>",
            name(class),
            support(class.support)
        );
        for value in [
            is_predicted.then_some(class.precision),
            has_rows.then_some(class.recall),
            has_rows.then_some(class.f1),
            class.roc_auc,
        ] {
            _ = write!(rows, "<td class=\"n\">{}</td>", known(value));
        }
        rows += "</tr>\n";
    }
    let more = match detail.classes.len().saturating_sub(MOST_ROWS) {
        0 => String::new(),
        more => format!(
            "<p class=\"note\">{} more classes are in <code>evaluation.json</code>.</p>\n",
            count(more as f64)
        ),
    };
    table("metrics", head, &rows) + &more
}
