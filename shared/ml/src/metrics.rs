//! Figures that say how good predictions are, by scikit-learn's names and to the same values.
//!
//! A figure that is undefined on the rows at hand, such as an area under the curve with one class only, is absent,
//! never NaN. Where scikit-learn defines a division by zero as 0 (precision of a class never predicted, the
//! Matthews coefficient of a constant prediction), so does this. With weights, every figure but `max_error` is
//! weighted.

mod labels;
mod ranking;
mod regression;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use ndarray::ArrayView2;

pub use regression::regression;

pub(crate) use labels::{Class, confusion, count, most_probable};
pub(crate) use ranking::{Areas, Step, rank, ranked_rows};

/// Figures by name.
pub type Figures = BTreeMap<String, f64>;

/// What a classifier's figures are computed from.
#[derive(Debug, Clone, Copy)]
pub struct ClassificationInput<'a> {
    /// Every row's class: a column of `probabilities`; or, for a label the model never saw, a number beyond them,
    /// best a different one for each such label. Those count as wrong in figures of labels and are left out of
    /// figures of probabilities.
    pub truth: &'a [u32],
    /// Rows × classes.
    pub probabilities: ArrayView2<'a, f64>,
    /// Whether these are scores, which rank rows as probabilities do, but say not how sure they are: then there is no
    /// `log_loss`.
    pub scores: bool,
    /// How much each row counts; all the same if absent.
    pub weights: Option<&'a [f64]>,
    /// The class that `precision`, `recall`, `f1`, `roc_auc` and `pr_auc` are of, where there are two classes; the
    /// last if absent.
    pub positive: Option<u32>,
}

impl ClassificationInput<'_> {
    /// How many classes the model knows.
    pub(crate) fn classes(&self) -> usize {
        self.probabilities.ncols()
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    pub(crate) fn is(&self, row: usize, class: usize) -> bool {
        self.truth[row] as usize == class
    }

    fn positive(&self) -> Option<usize> {
        (self.classes() == 2).then(|| self.positive.map_or(1, |class| class as usize))
    }
}

/// The figures of a classifier.
///
/// Of labels (the most probable class, the first of equals): `accuracy`; `balanced_accuracy`, the mean of recalls;
/// `precision_weighted`, `_macro`, `recall_weighted`, `_macro`, `f1_weighted`, `_macro`; `g_score`, the geometric
/// mean of recalls (Kubat and Matwin, 1997); `matthews_corrcoef`. Of two classes also `precision`, `recall` and
/// `f1` of the positive one. Of probabilities: `log_loss`; of two classes `roc_auc` and `pr_auc` (average
/// precision), of more `roc_auc_weighted` and `pr_auc_weighted`, one against the rest, weighted by class size.
pub fn classification(input: &ClassificationInput) -> Figures {
    let rows = ranked_rows(input);
    let areas = |class| rank(input, &rows, class, |_| {});
    figures(input, &count(&confusion(input), input.classes()), &rows, areas)
}

/// The figures of a classifier whose classes are counted, from the areas under each class's curves.
pub(crate) fn figures(
    input: &ClassificationInput,
    classes: &[Class],
    rows: &[u32],
    areas: impl Fn(usize) -> Areas,
) -> Figures {
    let mut figures = Figures::new();
    labels::add(classes, input.positive(), &mut figures);
    ranking::add(input, rows, areas, &mut figures);
    figures
}

/// Whether less of a figure is better: it says how far off predictions are, and not how good they are.
pub fn less_is_better(name: &str) -> bool {
    matches!(name, "log_loss" | "mae" | "mse" | "rmse" | "mape" | "max_error")
}

/// Adds a figure, unless it is undefined.
fn add(figures: &mut Figures, name: &str, value: f64) {
    if value.is_finite() {
        figures.insert(name.to_owned(), value);
    }
}
