//! Figures of probabilities: how high the truth's is, and how well they rank the rows of a class above the rest.

use super::{ClassificationInput, Figures, add as figure};

pub(super) fn add(input: &ClassificationInput, figures: &mut Figures) {
    let classes = input.probabilities.ncols();
    let rows: Vec<usize> = (0..input.truth.len())
        .filter(|row| (input.truth[*row] as usize) < classes && input.weight(*row) > 0.0)
        .collect();
    let total: f64 = rows.iter().map(|row| input.weight(*row)).sum();
    let loss: f64 = rows
        .iter()
        .map(|row| input.weight(*row) * surprise(input, *row))
        .sum();
    figure(figures, "log_loss", loss / total);
    if let Some(positive) = input.positive() {
        let (roc, precision) = areas(input, &rows, positive);
        figure(figures, "roc_auc", roc);
        figure(figures, "pr_auc", precision);
        return;
    }
    let (mut sums, mut weights) = ([0.0; 2], [0.0; 2]);
    for class in 0..classes {
        let (roc, precision) = areas(input, &rows, class);
        let of_class = rows.iter().filter(|row| input.truth[**row] as usize == class);
        let size: f64 = of_class.map(|row| input.weight(*row)).sum();
        for (i, area) in [roc, precision]
            .into_iter()
            .enumerate()
            .filter(|(_, area)| area.is_finite())
        {
            sums[i] += size * area;
            weights[i] += size;
        }
    }
    figure(figures, "roc_auc_weighted", sums[0] / weights[0]);
    figure(figures, "pr_auc_weighted", sums[1] / weights[1]);
}

/// `−ln P(truth)`, the probability kept off 0 and 1 as scikit-learn does.
fn surprise(input: &ClassificationInput, row: usize) -> f64 {
    let probability = input.probabilities[[row, input.truth[row] as usize]];
    -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

/// The areas under the ROC curve (trapezoids) and the precision-recall curve (steps) of a class against the rest;
/// not finite where undefined.
fn areas(input: &ClassificationInput, rows: &[usize], class: usize) -> (f64, f64) {
    let score = |row: &usize| input.probabilities[[*row, class]];
    let mut order = rows.to_vec();
    order.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let (mut hits, mut misses, mut under_roc, mut under_pr) = (0.0, 0.0, 0.0, 0.0);
    for equals in order.chunk_by(|a, b| score(a) == score(b)) {
        let (mut more_hits, mut more_misses) = (0.0, 0.0);
        for row in equals {
            let weight = input.weight(*row);
            if input.truth[*row] as usize == class {
                more_hits += weight
            } else {
                more_misses += weight
            }
        }
        under_roc += more_misses * (hits + more_hits / 2.0);
        hits += more_hits;
        misses += more_misses;
        under_pr += more_hits * hits / (hits + misses);
    }
    (under_roc / (hits * misses), under_pr / hits)
}
