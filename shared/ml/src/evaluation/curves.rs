//! The curves of a class against the rest: what is found and what is wrongly taken, as the threshold falls.
//!
//! A curve has at most [`MOST_POINTS`] points. Those between two that are on one line with them are left out; if more
//! are left, the ends, the corners of the convex hull and others spread evenly along the curve are kept. Areas are
//! measured before.

use serde::{Deserialize, Serialize};

use super::{
    MOST_POINTS,
    hull::{Point, thin},
};
use crate::metrics::{Areas, ClassificationInput, Step, rank};

/// The ROC curve of a class, from none of the rows to all of them: a point per threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RocCurve {
    /// The share of the other rows that score at least the threshold; rises from 0 to 1.
    pub false_positive_rate: Vec<f64>,
    /// The share of the class's rows that do; rises from 0 to 1.
    pub true_positive_rate: Vec<f64>,
    /// The thresholds, falling; the first point, of no rows, has none.
    pub threshold: Vec<Option<f64>>,
}

/// The precision-recall curve of a class, from none of the rows to all of them: a point per threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallCurve {
    /// The share of the class's rows that score at least the threshold; rises from 0 to 1.
    pub recall: Vec<f64>,
    /// The share of the rows that score so which are of the class; 1 at the first point.
    pub precision: Vec<f64>,
    /// The thresholds, falling; the first point, of no rows, has none.
    pub threshold: Vec<Option<f64>>,
}

/// The curves of a class and what lies under them.
pub(super) struct Curves {
    pub(super) areas: Areas,
    pub(super) roc: Option<RocCurve>,
    pub(super) precision_recall: Option<PrecisionRecallCurve>,
}

pub(super) fn curves(input: &ClassificationInput, rows: &[u32], class: usize) -> Curves {
    let mut steps: Vec<Step> = Vec::new();
    let areas = rank(input, rows, class, |step| {
        // Where no more rows of the class come, the line goes on straight in both curves.
        if let [.., before, last] = steps[..]
            && before.hits == last.hits
            && last.hits == step.hits
        {
            steps.pop();
        }
        steps.push(step);
    });
    let all = steps.last().copied();
    let (positives, negatives) = all.map_or((0.0, 0.0), |all| (all.hits, all.misses));
    let roc = areas.roc.map(|_| {
        let line = line((0.0, 0.0), &steps, |step| {
            (step.misses / negatives, step.hits / positives)
        });
        let (false_positive_rate, true_positive_rate, threshold) = drawn(&line, &steps);
        RocCurve {
            false_positive_rate,
            true_positive_rate,
            threshold,
        }
    });
    let precision_recall = areas.precision_recall.map(|_| {
        let line = line((0.0, 1.0), &steps, |step| {
            (step.hits / positives, step.hits / (step.hits + step.misses))
        });
        let (recall, precision, threshold) = drawn(&line, &steps);
        PrecisionRecallCurve {
            recall,
            precision,
            threshold,
        }
    });
    Curves {
        areas,
        roc,
        precision_recall,
    }
}

/// A start and a point for each step.
fn line(start: Point, steps: &[Step], point: impl Fn(&Step) -> Point) -> Vec<Point> {
    std::iter::once(start).chain(steps.iter().map(point)).collect()
}

/// The points that are kept, by coordinate, and their thresholds.
fn drawn(line: &[Point], steps: &[Step]) -> (Vec<f64>, Vec<f64>, Vec<Option<f64>>) {
    let kept = thin(line, MOST_POINTS);
    let threshold = |at: &usize| at.checked_sub(1).map(|step| steps[step].threshold);
    (
        kept.iter().map(|at| line[*at].0).collect(),
        kept.iter().map(|at| line[*at].1).collect(),
        kept.iter().map(threshold).collect(),
    )
}
