//! Predictions for raw rows, one per row: a class with its probabilities, a value, or nothing and why.

use std::sync::Arc;

use ndarray::ArrayView1;

use super::{FittedPipeline, Judged, Label, Metrics, matrix, prepare::truth};
use crate::{Observer, error::Result, frame::Frame, model::Prediction};

/// What is predicted for a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// The classes, in the order of the probabilities; none for a regression.
    pub labels: Vec<Label>,
    /// One per row of the table, in its order.
    pub rows: Vec<RowPrediction>,
}

/// What is predicted for a row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowPrediction {
    /// The row's number in the source, from 0.
    pub row: u64,
    /// The prediction.
    pub outcome: Outcome,
}

/// A prediction.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A class.
    Class {
        /// Its place among the labels.
        class: usize,
        /// Each class's probability; empty where the model knows none.
        probabilities: Vec<f64>,
    },
    /// A number.
    Value(f64),
    /// Nothing, for this reason.
    Nothing(Arc<str>),
}

/// The rows that the model can take and what it says about them.
struct Answered {
    /// The prepared frame.
    frame: Frame,
    /// The places in `frame` of the rows that were answered.
    places: Vec<u32>,
    /// The answers, in the order of `places`.
    prediction: Prediction,
    /// The reasons of the rows of `frame` that were not.
    refused: Vec<(u32, Arc<str>)>,
}

impl FittedPipeline {
    /// Predicts every row of a table that was read by [`FittedPipeline::schema`].
    ///
    /// # Errors
    /// When a node cannot be applied; cancellation.
    pub fn predict(&self, source: Frame, observer: &dyn Observer) -> Result<Predictions> {
        let rows = source.rows().to_vec();
        Ok(self.tell(&rows, &self.answer(source, observer)?))
    }

    /// Predicts every row of a table with a target, and measures the predictions.
    ///
    /// # Errors
    /// As [`FittedPipeline::predict`], and when the target is missing.
    pub(crate) fn judge(&self, source: Frame, observer: &dyn Observer) -> Result<(Predictions, Metrics)> {
        let rows = source.rows().to_vec();
        let answered = self.answer(source, observer)?;
        let truth = truth(
            &answered.frame,
            &self.target,
            self.classes.as_ref(),
            &answered.places,
        )?;
        let warn = |message: &str| observer.warning(None, message);
        let judged = Judged::new(&answered.prediction, truth.view(), self.classes.as_ref(), &warn)?;
        Ok((self.tell(&rows, &answered), judged.metrics()))
    }

    fn tell(&self, rows: &[u64], answered: &Answered) -> Predictions {
        let unknown = Outcome::Nothing("a node dropped the row".into());
        let mut told: Vec<RowPrediction> = rows
            .iter()
            .map(|&row| RowPrediction {
                row,
                outcome: unknown.clone(),
            })
            .collect();
        let mut tell = |row: u64, outcome: Outcome| {
            if let Ok(at) = rows.binary_search(&row) {
                told[at].outcome = outcome;
            }
        };
        for gone in answered.frame.dropped() {
            tell(gone.row, Outcome::Nothing(Arc::clone(&gone.reason)));
        }
        let number = |place: u32| answered.frame.rows()[place as usize];
        for (place, reason) in &answered.refused {
            tell(number(*place), Outcome::Nothing(Arc::clone(reason)));
        }
        for (at, place) in answered.places.iter().enumerate() {
            tell(number(*place), outcome(&answered.prediction, at));
        }
        let labels = self
            .classes
            .as_ref()
            .map_or_else(Vec::new, |classes| classes.labels.clone());
        Predictions { labels, rows: told }
    }

    fn answer(&self, source: Frame, observer: &dyn Observer) -> Result<Answered> {
        let frame = self.steps.apply(source, &self.target, observer)?;
        let all: Vec<u32> = (0..frame.height() as u32).collect();
        let x = matrix::gather(&frame, &self.features, &all)?;
        let (mut places, mut refused) = (Vec::with_capacity(all.len()), Vec::new());
        for (&place, row) in all.iter().zip(x.rows()) {
            match self.refusal(row) {
                Some(reason) => refused.push((place, reason)),
                None => places.push(place),
            }
        }
        let x = if refused.is_empty() {
            x
        } else {
            matrix::gather(&frame, &self.features, &places)?
        };
        let prediction = self.model.fitted.predict(x.view());
        Ok(Answered {
            frame,
            places,
            prediction,
            refused,
        })
    }

    /// Why the model cannot take a row.
    fn refusal(&self, row: ArrayView1<'_, f64>) -> Option<Arc<str>> {
        let handles_missing = self.model.handles_missing;
        let bad = |value: &f64| value.is_infinite() || (value.is_nan() && !handles_missing);
        let at = row.iter().position(bad)?;
        let what = if row[at].is_nan() { "missing" } else { "infinite" };
        Some(format!("{:?} is {what}", self.features[at]).into())
    }
}

fn outcome(prediction: &Prediction, at: usize) -> Outcome {
    match prediction {
        Prediction::Values(values) => Outcome::Value(values[at]),
        Prediction::Scores(all) => Outcome::Class {
            class: likeliest(all.row(at)),
            probabilities: Vec::new(),
        },
        Prediction::Probabilities(all) => {
            let probabilities = all.row(at);
            Outcome::Class {
                class: likeliest(probabilities),
                probabilities: probabilities.to_vec(),
            }
        }
    }
}

/// The first of the greatest.
fn likeliest(probabilities: ArrayView1<f64>) -> usize {
    let mut best = 0;
    for (class, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[best] {
            best = class;
        }
    }
    best
}
