//! Figures of probabilities: how high the truth's is, and how well they rank the rows of a class above the rest.

use super::{ClassificationInput, Figures, add as figure};

/// What rows from the highest score down to one threshold come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    /// The least score among them.
    pub(crate) threshold: f64,
    /// The weight of those of the class.
    pub(crate) hits: f64,
    /// The weight of the others.
    pub(crate) misses: f64,
}

/// What lies under the curves of a class against the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Areas {
    /// Under the ROC curve, by trapezoids; none without rows of the class or without others.
    pub(crate) roc: Option<f64>,
    /// Under the precision-recall curve, by steps: the average precision; none without rows of the class.
    pub(crate) precision_recall: Option<f64>,
    /// The weight of the rows of the class.
    pub(crate) support: f64,
}

/// The rows that have a part in figures of probabilities: those that count and whose label the model knows.
pub(crate) fn ranked_rows(input: &ClassificationInput) -> Vec<u32> {
    (0_u32..)
        .zip(input.truth)
        .filter(|(row, code)| (**code as usize) < input.classes() && input.weight(*row as usize) > 0.0)
        .map(|(row, _)| row)
        .collect()
}

pub(super) fn add(
    input: &ClassificationInput,
    rows: &[u32],
    areas: impl Fn(usize) -> Areas,
    figures: &mut Figures,
) {
    if !input.scores {
        let total: f64 = rows.iter().map(|row| input.weight(*row as usize)).sum();
        let loss: f64 = rows.iter().map(|row| surprise(input, *row as usize)).sum();
        figure(figures, "log_loss", loss / total);
    }
    if let Some(positive) = input.positive() {
        let areas = areas(positive);
        figure(figures, "roc_auc", areas.roc.unwrap_or(f64::NAN));
        figure(figures, "pr_auc", areas.precision_recall.unwrap_or(f64::NAN));
        return;
    }
    let (mut sums, mut weights) = ([0.0; 2], [0.0; 2]);
    for areas in (0..input.classes()).map(areas) {
        for (i, area) in [areas.roc, areas.precision_recall].into_iter().enumerate() {
            if let Some(area) = area {
                sums[i] += areas.support * area;
                weights[i] += areas.support;
            }
        }
    }
    figure(figures, "roc_auc_weighted", sums[0] / weights[0]);
    figure(figures, "pr_auc_weighted", sums[1] / weights[1]);
}

/// `−ln P(truth)` as the row counts, the probability kept off 0 and 1 as scikit-learn does.
fn surprise(input: &ClassificationInput, row: usize) -> f64 {
    let probability = input.probabilities[[row, input.truth[row] as usize]];
    -input.weight(row) * probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

/// Ranks these rows by their score for a class, the highest first; tells of each distinct score with all above it, and
/// measures what lies under the curves.
pub(crate) fn rank(
    input: &ClassificationInput,
    rows: &[u32],
    class: usize,
    mut step: impl FnMut(Step),
) -> Areas {
    let mut order: Vec<(f64, u32)> = rows
        .iter()
        .map(|row| (input.probabilities[[*row as usize, class]], *row))
        .collect();
    order.sort_unstable_by(|(a, first), (b, second)| b.total_cmp(a).then(first.cmp(second)));
    let (mut hits, mut misses, mut under_roc, mut under_pr) = (0.0, 0.0, 0.0, 0.0);
    for equals in order.chunk_by(|(a, _), (b, _)| a == b) {
        let (mut more_hits, mut more_misses) = (0.0, 0.0);
        for (_, row) in equals {
            let weight = input.weight(*row as usize);
            if input.is(*row as usize, class) {
                more_hits += weight;
            } else {
                more_misses += weight;
            }
        }
        under_roc += more_misses * (hits + more_hits / 2.0);
        hits += more_hits;
        misses += more_misses;
        under_pr += more_hits * hits / (hits + misses);
        step(Step {
            threshold: equals[0].0,
            hits,
            misses,
        });
    }
    Areas {
        roc: (hits > 0.0 && misses > 0.0).then(|| under_roc / (hits * misses)),
        precision_recall: (hits > 0.0).then(|| under_pr / hits),
        support: hits,
    }
}
