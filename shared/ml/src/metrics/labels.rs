//! Figures of labels: what share of the rows is named rightly, overall and by class.

use std::collections::BTreeMap;

use ndarray::ArrayView1;

use super::{ClassificationInput, Figures, add as figure};

/// How much the rows of a class that were taken for a class count, by both; of pairs that have rows.
pub(crate) type Cells = BTreeMap<(usize, usize), f64>;

/// One class's weights.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Class {
    /// Whether a row is of it or was taken for it, though it may count for nothing.
    pub(crate) present: bool,
    pub(crate) hits: f64,
    pub(crate) truth: f64,
    pub(crate) predicted: f64,
}

impl Class {
    pub(crate) fn precision(&self) -> f64 {
        ratio(self.hits, self.predicted)
    }

    pub(crate) fn recall(&self) -> f64 {
        ratio(self.hits, self.truth)
    }

    pub(crate) fn f1(&self) -> f64 {
        ratio(2.0 * self.hits, self.truth + self.predicted)
    }
}

/// A figure's name and what it is of one class.
type OfClass = (&'static str, fn(&Class) -> f64);

/// A division in which scikit-learn takes nothing of nothing for 0.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

/// What each class was taken for.
pub(crate) fn confusion(input: &ClassificationInput) -> Cells {
    let mut cells = Cells::new();
    for (row, (code, probabilities)) in input.truth.iter().zip(input.probabilities.rows()).enumerate() {
        let pair = (*code as usize, most_probable(probabilities));
        *cells.entry(pair).or_default() += input.weight(row);
    }
    cells
}

/// The first of the most probable classes.
pub(crate) fn most_probable(probabilities: ArrayView1<f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (class, probability) in probabilities.iter().enumerate() {
        if *probability > best.1 {
            best = (class, *probability);
        }
    }
    best.0
}

/// Each class's weights: of those that the model knows, `known` of them, and of all beyond that have rows.
pub(crate) fn count(cells: &Cells, known: usize) -> Vec<Class> {
    let beyond = cells.last_key_value().map_or(0, |((truth, _), _)| truth + 1);
    let mut classes = vec![Class::default(); known.max(beyond)];
    for ((truth, predicted), weight) in cells {
        for class in [truth, predicted] {
            classes[*class].present = true;
        }
        classes[*truth].truth += weight;
        classes[*predicted].predicted += weight;
        if truth == predicted {
            classes[*truth].hits += weight;
        }
    }
    classes
}

pub(super) fn add(classes: &[Class], positive: Option<usize>, figures: &mut Figures) {
    let total: f64 = classes.iter().map(|class| class.truth).sum();
    if total == 0.0 {
        return;
    }
    figure(
        figures,
        "accuracy",
        classes.iter().map(|class| class.hits).sum::<f64>() / total,
    );
    let recalls: Vec<f64> = classes
        .iter()
        .filter(|class| class.truth > 0.0)
        .map(Class::recall)
        .collect();
    let n = recalls.len() as f64;
    figure(figures, "balanced_accuracy", recalls.iter().sum::<f64>() / n);
    figure(
        figures,
        "g_score",
        recalls.iter().map(|recall| recall.powf(1.0 / n)).product(),
    );
    figure(figures, "matthews_corrcoef", matthews(classes, total));
    let present: Vec<&Class> = classes.iter().filter(|class| class.present).collect();
    let by_name: [OfClass; 3] = [
        ("precision", Class::precision),
        ("recall", Class::recall),
        ("f1", Class::f1),
    ];
    for (name, of) in by_name {
        let weighted: f64 = present.iter().map(|class| of(class) * class.truth).sum();
        figure(figures, &format!("{name}_weighted"), weighted / total);
        let plain: f64 = present.iter().map(|class| of(class)).sum();
        figure(figures, &format!("{name}_macro"), plain / present.len() as f64);
        if let Some(class) = positive.and_then(|positive| classes.get(positive)) {
            figure(figures, name, of(class));
        }
    }
}

/// The correlation between truth and prediction for any number of classes (Gorodkin, 2004).
fn matthews(classes: &[Class], total: f64) -> f64 {
    let sum = |of: fn(&Class) -> f64| classes.iter().map(of).sum::<f64>();
    let covariance = sum(|class| class.hits) * total - sum(|class| class.truth * class.predicted);
    let truth = total * total - sum(|class| class.truth * class.truth);
    let predicted = total * total - sum(|class| class.predicted * class.predicted);
    // What rounding leaves of a variance that is zero.
    let floor = 1e-14 * total * total;
    if truth <= floor || predicted <= floor {
        0.0
    } else {
        covariance / (truth.sqrt() * predicted.sqrt())
    }
}
