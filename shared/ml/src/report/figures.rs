//! The figures by the names and in the form that people know them by.

use std::borrow::Cow;

use super::text::figure;

/// Each figure's key, the one that says most first, and its name.
const NAMES: [(&str, &str); 25] = [
    ("accuracy", "accuracy"),
    ("balanced_accuracy", "balanced accuracy"),
    ("roc_auc", "area under the ROC curve"),
    ("roc_auc_weighted", "area under the ROC curves"),
    ("pr_auc", "average precision"),
    ("pr_auc_weighted", "average precision of classes"),
    ("log_loss", "log loss"),
    ("f1", "F1"),
    ("f1_macro", "F1, mean of classes"),
    ("f1_weighted", "F1, weighted by class"),
    ("precision", "precision"),
    ("precision_macro", "precision, mean of classes"),
    ("precision_weighted", "precision, weighted by class"),
    ("recall", "recall"),
    ("recall_macro", "recall, mean of classes"),
    ("recall_weighted", "recall, weighted by class"),
    ("g_score", "recall, geometric mean of classes"),
    ("matthews_corrcoef", "Matthews correlation coefficient"),
    ("r2", "R²"),
    ("explained_variance", "explained variance"),
    ("rmse", "root mean squared error"),
    ("mse", "mean squared error"),
    ("mae", "mean absolute error"),
    ("mape", "mean absolute percentage error"),
    ("max_error", "largest error"),
];

/// What a figure is called: its name, or its key in words if it has none here.
pub(super) fn name(key: &str) -> Cow<'static, str> {
    match NAMES.iter().find(|(known, _)| *known == key) {
        Some((_, name)) => Cow::Borrowed(name),
        None => Cow::Owned(key.replace('_', " ")),
    }
}

/// From where on an error in percent says nothing but that targets are nearly 0.
const IMMENSE: f64 = 10.0;

/// A figure as people read it: what is called a percentage in percent.
pub(super) fn shown(key: &str, value: f64) -> String {
    match key {
        "mape" if tells(key, value) => figure(100.0 * value) + " %",
        "mape" => "> 999 %".to_owned(),
        _ => figure(value),
    }
}

/// Whether a figure says something.
pub(super) fn tells(key: &str, value: f64) -> bool {
    key != "mape" || value < IMMENSE
}

/// Where a figure stands among others: those without a name come last.
pub(super) fn place(key: &str) -> usize {
    NAMES
        .iter()
        .position(|(known, _)| *known == key)
        .unwrap_or(NAMES.len())
}
