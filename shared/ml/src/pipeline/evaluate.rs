//! Predictions compared with what is true. Training and a later evaluation of the same rows both come here, so
//! that their figures are equal to the last bit.

use std::ops::Range;

use super::Classes;
use crate::{
    Error,
    error::Result,
    metrics::{self, ClassificationInput, Figures},
    model::Prediction,
};

/// Metrics by name.
pub type Metrics = Figures;

/// What is true of rows.
pub(crate) enum Truth {
    /// Each row's class; a label not seen in training has a number beyond the classes.
    Classes(Vec<u32>),
    /// Each row's number.
    Values(Vec<f64>),
}

/// What is true of some of the rows.
#[derive(Clone, Copy)]
pub(crate) enum TruthView<'a> {
    Classes(&'a [u32]),
    Values(&'a [f64]),
}

impl Truth {
    /// All rows.
    pub(crate) fn view(&self) -> TruthView<'_> {
        match self {
            Self::Classes(codes) => TruthView::Classes(codes),
            Self::Values(values) => TruthView::Values(values),
        }
    }

    /// The rows in a range.
    pub(crate) fn slice(&self, range: Range<usize>) -> TruthView<'_> {
        match self {
            Self::Classes(codes) => TruthView::Classes(&codes[range]),
            Self::Values(values) => TruthView::Values(&values[range]),
        }
    }
}

/// The metrics of predictions; `warn` is told of labels not seen in training.
///
/// # Errors
/// `MODEL_MISMATCH` where a model answers with something else than was asked, a defect.
pub(crate) fn evaluate(
    prediction: &Prediction,
    truth: TruthView<'_>,
    classes: Option<&Classes>,
    warn: &dyn Fn(&str),
) -> Result<Metrics> {
    match (prediction, truth, classes) {
        (
            Prediction::Probabilities(columns) | Prediction::Scores(columns),
            TruthView::Classes(codes),
            Some(classes),
        ) => {
            let unseen = codes
                .iter()
                .filter(|code| **code as usize >= classes.count())
                .count();
            if unseen > 0 {
                warn(&format!(
                    "{unseen} rows have a label not seen in training; they count as wrong and not in metrics of probabilities"
                ));
            }
            let mut figures = metrics::classification(&ClassificationInput {
                truth: codes,
                probabilities: columns.view(),
                weights: None,
                positive: classes.positive.map(|class| class as u32),
            });
            if matches!(prediction, Prediction::Scores(_)) {
                // Scores rank rows as probabilities do, but say not how sure they are.
                figures.remove("log_loss");
            }
            Ok(figures)
        }
        (Prediction::Values(values), TruthView::Values(actual), None) => {
            Ok(metrics::regression(actual, values, None))
        }
        (Prediction::Probabilities(_) | Prediction::Scores(_) | Prediction::Values(_), _, _) => {
            Err(Error::unsupported(
                "MODEL_MISMATCH",
                "the model does not predict what was asked of it",
            ))
        }
    }
}
