//! Predictions compared with what is true. Training and a later evaluation of the same rows both come here, so
//! that their figures are equal to the last bit.

use std::ops::Range;

use super::{Classes, Label};
use crate::{
    Error,
    error::Result,
    evaluation::{self, Evaluation},
    metrics::{self, ClassificationInput, Figures},
    model::Prediction,
};

/// Metrics by name.
pub type Metrics = Figures;

/// What is true of rows.
pub(crate) enum Truth {
    /// Classes.
    Classes {
        /// Each row's class; a label not seen in training has a number beyond the classes.
        codes: Vec<u32>,
        /// The labels by these numbers.
        labels: Vec<Label>,
    },
    /// Each row's number.
    Values(Vec<f64>),
}

/// What is true of some of the rows.
#[derive(Clone, Copy)]
pub(crate) enum TruthView<'a> {
    Classes { codes: &'a [u32], labels: &'a [Label] },
    Values(&'a [f64]),
}

impl Truth {
    /// All rows.
    pub(crate) fn view(&self) -> TruthView<'_> {
        match self {
            Self::Classes { codes, labels } => TruthView::Classes { codes, labels },
            Self::Values(values) => TruthView::Values(values),
        }
    }

    /// The rows in a range.
    pub(crate) fn slice(&self, range: Range<usize>) -> TruthView<'_> {
        match self {
            Self::Classes { codes, labels } => TruthView::Classes {
                codes: &codes[range],
                labels,
            },
            Self::Values(values) => TruthView::Values(&values[range]),
        }
    }
}

/// Predictions and what is true of the same rows.
pub(crate) enum Judged<'a> {
    Classes {
        input: ClassificationInput<'a>,
        labels: &'a [Label],
    },
    Values {
        truth: &'a [f64],
        predicted: &'a [f64],
    },
}

impl<'a> Judged<'a> {
    /// Holds predictions against the truth; `warn` is told of labels not seen in training.
    ///
    /// # Errors
    /// `MODEL_MISMATCH` where a model answers with something else than was asked, a defect.
    pub(crate) fn new(
        prediction: &'a Prediction,
        truth: TruthView<'a>,
        classes: Option<&Classes>,
        warn: &dyn Fn(&str),
    ) -> Result<Self> {
        match (prediction, truth, classes) {
            (
                Prediction::Probabilities(columns) | Prediction::Scores(columns),
                TruthView::Classes { codes, labels },
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
                let input = ClassificationInput {
                    truth: codes,
                    probabilities: columns.view(),
                    scores: matches!(prediction, Prediction::Scores(_)),
                    weights: None,
                    positive: classes.positive.map(|class| class as u32),
                };
                Ok(Self::Classes { input, labels })
            }
            (Prediction::Values(predicted), TruthView::Values(truth), None) => {
                Ok(Self::Values { truth, predicted })
            }
            (Prediction::Probabilities(_) | Prediction::Scores(_) | Prediction::Values(_), _, _) => {
                Err(Error::unsupported(
                    "MODEL_MISMATCH",
                    "the model does not predict what was asked of it",
                ))
            }
        }
    }

    /// The metrics alone.
    pub(crate) fn metrics(&self) -> Metrics {
        match self {
            Self::Classes { input, .. } => metrics::classification(input),
            Self::Values { truth, predicted } => metrics::regression(truth, predicted, None),
        }
    }

    /// The metrics and what lies behind them, on the threads of the current rayon pool.
    pub(crate) fn evaluation(&self) -> Evaluation {
        match self {
            Self::Classes { input, labels } => evaluation::classification(input, labels),
            Self::Values { truth, predicted } => evaluation::regression(truth, predicted, None),
        }
    }
}
