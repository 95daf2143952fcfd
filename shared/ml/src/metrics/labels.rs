//! Figures of labels: what share of the rows is named rightly, overall and by class.

use super::{ClassificationInput, Figures, add as figure};

/// One class's weights.
#[derive(Debug, Clone, Copy, Default)]
struct Class {
    hits: f64,
    truth: f64,
    predicted: f64,
}

impl Class {
    fn precision(&self) -> f64 {
        ratio(self.hits, self.predicted)
    }

    fn recall(&self) -> f64 {
        ratio(self.hits, self.truth)
    }

    fn f1(&self) -> f64 {
        ratio(2.0 * self.hits, self.truth + self.predicted)
    }
}

/// A figure's name and what it is of one class.
type OfClass = (&'static str, fn(&Class) -> f64);

/// A division in which scikit-learn takes nothing of nothing for 0.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

pub(super) fn add(input: &ClassificationInput, figures: &mut Figures) {
    let classes = count(input);
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
    figure(figures, "matthews_corrcoef", matthews(&classes, total));
    let present: Vec<&Class> = classes
        .iter()
        .filter(|class| class.truth > 0.0 || class.predicted > 0.0)
        .collect();
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
        if let Some(class) = input.positive().and_then(|positive| classes.get(positive)) {
            figure(figures, name, of(class));
        }
    }
}

fn count(input: &ClassificationInput) -> Vec<Class> {
    let seen = input.probabilities.ncols();
    let unseen = input
        .truth
        .iter()
        .map(|code| *code as usize + 1)
        .max()
        .unwrap_or(0);
    let mut classes = vec![Class::default(); seen.max(unseen)];
    for (row, (code, probabilities)) in input.truth.iter().zip(input.probabilities.rows()).enumerate() {
        let (truth, weight) = (*code as usize, input.weight(row));
        let predicted = most_probable(probabilities);
        classes[truth].truth += weight;
        classes[predicted].predicted += weight;
        if truth == predicted {
            classes[truth].hits += weight;
        }
    }
    classes
}

/// The first of the most probable classes.
fn most_probable(probabilities: ndarray::ArrayView1<f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (class, probability) in probabilities.iter().enumerate() {
        if *probability > best.1 {
            best = (class, *probability);
        }
    }
    best.0
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
