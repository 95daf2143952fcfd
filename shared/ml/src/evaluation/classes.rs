//! The evaluation of a classifier.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Calibration, Detail, Evaluation, PrecisionRecallCurve, RocCurve,
    calibration::{Forecast, calibration},
    curves::curves,
    whole,
};
use crate::{
    metrics::{self, Areas, Class, ClassificationInput},
    pipeline::Label,
};

/// What lies behind the figures of a classifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// Each class that the model knows, in the order of the probabilities, then each other label that rows have.
    pub classes: Vec<ClassEvaluation>,
    /// What rows of each class were taken for: the pairs that have rows which count, in the order of the classes.
    pub confusion: Vec<ConfusionCell>,
    /// How the probability of the class that is predicted compares with how often that is right; none for scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
}

/// A class against the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassEvaluation {
    /// The class.
    pub label: Label,
    /// The weight of its rows, which is their number where rows have none.
    #[serde(serialize_with = "whole")]
    pub support: f64,
    /// The weight of the rows that were taken for it.
    #[serde(serialize_with = "whole")]
    pub predicted: f64,
    /// The share of those that are of it; 0 where there are none.
    pub precision: f64,
    /// The share of its rows that were taken for it; 0 where there are none.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// The share of the other rows that were not taken for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specificity: Option<f64>,
    /// The area under the ROC curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc: Option<f64>,
    /// The average precision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pr_auc: Option<f64>,
    /// The ROC curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc: Option<RocCurve>,
    /// The precision-recall curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision_recall: Option<PrecisionRecallCurve>,
    /// How its probability compares with how often rows are of it; none for scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
}

/// How often rows of one class were taken for a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfusionCell {
    /// The class they are of.
    pub truth: Label,
    /// The class they were taken for.
    pub predicted: Label,
    /// Their weight, which is their number where rows have none.
    #[serde(serialize_with = "whole")]
    pub support: f64,
}

/// What needs the probabilities of a class.
struct Ranked {
    areas: Areas,
    roc: Option<RocCurve>,
    precision_recall: Option<PrecisionRecallCurve>,
    calibration: Option<Calibration>,
}

/// Evaluates a classifier, on the threads of the current rayon pool. `labels` are the classes, in the order of the
/// probabilities' columns, and after them the labels beyond, by the numbers they have in the truth.
///
/// # Panics
/// When a row's class has no label.
pub fn classification(input: &ClassificationInput, labels: &[Label]) -> Evaluation {
    let rows = metrics::ranked_rows(input);
    let cells = metrics::confusion(input);
    let counts = metrics::count(&cells, input.classes());
    let mut ranked: Vec<Ranked> = (0..input.classes())
        .into_par_iter()
        .map(|class| rank(input, &rows, class))
        .collect();
    let figures = metrics::figures(input, &counts, &rows, |class| ranked[class].areas);
    let total: f64 = counts.iter().map(|class| class.truth).sum();
    let told = counts.iter().zip(labels).enumerate();
    let told = told.filter(|(class, (count, _))| *class < input.classes() || count.present);
    let classes = told.map(|(class, (count, label))| {
        let ranked = ranked.get_mut(class);
        of_class(label, count, total, ranked)
    });
    let classes = classes.collect();
    let cells = cells.iter().filter(|(_, support)| **support > 0.0);
    let confusion = cells.map(|((truth, predicted), support)| ConfusionCell {
        truth: labels[*truth].clone(),
        predicted: labels[*predicted].clone(),
        support: *support,
    });
    Evaluation {
        rows: input.truth.len(),
        metrics: figures,
        detail: Detail::Classification(Classification {
            classes,
            confusion: confusion.collect(),
            calibration: overall(input, &rows),
        }),
    }
}

fn of_class(label: &Label, count: &Class, total: f64, ranked: Option<&mut Ranked>) -> ClassEvaluation {
    let others = total - count.truth;
    let spared = others - (count.predicted - count.hits);
    let mut told = ClassEvaluation {
        label: label.clone(),
        support: count.truth,
        predicted: count.predicted,
        precision: count.precision(),
        recall: count.recall(),
        f1: count.f1(),
        specificity: (others > 0.0).then(|| spared / others),
        roc_auc: None,
        pr_auc: None,
        roc: None,
        precision_recall: None,
        calibration: None,
    };
    if let Some(ranked) = ranked {
        told.roc_auc = ranked.areas.roc;
        told.pr_auc = ranked.areas.precision_recall;
        told.roc = ranked.roc.take();
        told.precision_recall = ranked.precision_recall.take();
        told.calibration = ranked.calibration.take();
    }
    told
}

fn rank(input: &ClassificationInput, rows: &[u32], class: usize) -> Ranked {
    let curves = curves(input, rows, class);
    let forecast = |row: &u32| {
        let row = *row as usize;
        let (probability, came_true) = (input.probabilities[[row, class]], input.is(row, class));
        Forecast {
            probability,
            came_true,
            square: (probability - f64::from(came_true)).powi(2),
            weight: input.weight(row),
        }
    };
    let calibrated = (!input.scores).then(|| calibration(rows.iter().map(forecast)));
    Ranked {
        areas: curves.areas,
        roc: curves.roc,
        precision_recall: curves.precision_recall,
        calibration: calibrated.flatten(),
    }
}

/// The calibration of the class that is predicted.
fn overall(input: &ClassificationInput, rows: &[u32]) -> Option<Calibration> {
    if input.scores {
        return None;
    }
    // Of two classes both are off by the same.
    let share = if input.classes() == 2 { 0.5 } else { 1.0 };
    let forecast = |row: &u32| {
        let row = *row as usize;
        let probabilities = input.probabilities.row(row);
        let predicted = metrics::most_probable(probabilities);
        let off = |(class, said): (usize, &f64)| (said - f64::from(input.is(row, class))).powi(2);
        Forecast {
            probability: probabilities[predicted],
            came_true: input.is(row, predicted),
            square: share * probabilities.iter().enumerate().map(off).sum::<f64>(),
            weight: input.weight(row),
        }
    };
    calibration(rows.iter().map(forecast))
}
