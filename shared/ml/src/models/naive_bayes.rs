//! What the naive Bayes models share: sums by class, shares of classes, and probabilities from joint logarithms.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::{
    model::{FitContext, FitError, Need, Prediction, Shape, TrainingSet},
    models::linear::require_finite,
    observer::Step,
    onnx::{Answer, Graph, Value, of_several},
};

/// Rows between two questions whether to stop.
const ROWS: usize = 65_536;
/// The least joint logarithm: where all classes are this unlikely, none is preferred.
const LEAST: f64 = -1e300;

/// Refuses what no naive Bayes model can take.
///
/// # Errors
/// `TARGET_NOT_CATEGORICAL`, `NO_ROWS`, `MISSING_VALUES`, `INFINITE_VALUES`; cancellation.
pub(crate) fn require(set: &TrainingSet, ctx: &FitContext) -> Result<(), FitError> {
    set.classes()?;
    set.require_rows()?;
    require_finite(set, ctx)
}

/// What a fit needs of memory: at most two lists of numbers per class and feature, each computed by feature, turned
/// into one by class, and worked on.
pub(crate) fn memory(shape: &Shape) -> Need {
    Need {
        bytes: shape.classes.unwrap_or(1.0) * (shape.features + 1.0) * 6.0 * size_of::<f64>() as f64,
        instead: "fewer features",
    }
}

/// What the rows of each class weigh.
pub(crate) fn class_weights(set: &TrainingSet) -> Result<Vec<f64>, FitError> {
    let (codes, labels) = set.classes()?;
    let mut sums = vec![0.0; labels.len()];
    for (row, code) in codes.iter().enumerate() {
        sums[*code as usize] += set.weights.map_or(1.0, |weights| weights[row]);
    }
    Ok(sums)
}

/// Each class's share of the rows' weight; equal ones unless `fit_prior`.
pub(crate) fn shares(class_weights: &[f64], fit_prior: bool) -> Vec<f64> {
    let total: f64 = class_weights.iter().sum();
    let equal = 1.0 / class_weights.len() as f64;
    class_weights
        .iter()
        .map(|weight| if fit_prior { weight / total } else { equal })
        .collect()
}

/// Classes × features: the weighted sums of `value(class, feature, cell)`. Each is summed in row order, so threads
/// do not matter.
pub(crate) fn sums_by_class(
    set: &TrainingSet,
    value: impl Fn(usize, usize, f64) -> f64 + Sync,
    ctx: &FitContext,
) -> Result<Vec<Vec<f64>>, FitError> {
    let (codes, labels) = set.classes()?;
    let by_feature: Vec<Vec<f64>> = (0..set.x.ncols())
        .into_par_iter()
        .map(|feature| {
            let mut sums = vec![0.0; labels.len()];
            let mut add = |row: usize, cell: f64| {
                let class = codes[row] as usize;
                let weight = set.weights.map_or(1.0, |weights| weights[row]);
                sums[class] += weight * value(class, feature, cell);
            };
            for (part, cells) in set
                .x
                .column(feature)
                .axis_chunks_iter(ndarray::Axis(0), ROWS)
                .enumerate()
            {
                ctx.go_on()?;
                for (i, cell) in cells.iter().enumerate() {
                    add(part * ROWS + i, *cell);
                }
            }
            Ok(sums)
        })
        .collect::<Result<_, FitError>>()?;
    Ok((0..labels.len())
        .map(|class| by_feature.iter().map(|sums| sums[class]).collect())
        .collect())
}

/// Tells that all is done.
pub(crate) fn done(ctx: &FitContext) {
    ctx.observer.step(Step {
        completed: 1,
        total: 1,
        unit: "passes",
    });
}

/// Whether there is a list per class, and in it a finite number per feature.
pub(crate) fn suits(shares: &[f64], lists: &[Vec<f64>], features: usize, classes: Option<usize>) -> bool {
    classes == Some(shares.len())
        && lists.len() == shares.len()
        && shares.iter().all(|share| share.is_finite())
        && lists
            .iter()
            .all(|list| list.len() == features && list.iter().all(|number| number.is_finite()))
}

/// `P(class | x)` where `ln P(x | class)` is `constants[class]` and what each feature adds for its cell.
pub(crate) fn probabilities(
    x: ArrayView2<f64>,
    shares: &[f64],
    constants: &[f64],
    add: impl Fn(usize, usize, f64) -> f64,
) -> Prediction {
    let mut joint = Array2::zeros((shares.len(), x.nrows()));
    for (class, mut joint) in joint.rows_mut().into_iter().enumerate() {
        joint.fill(shares[class].ln() + constants[class]);
        for (feature, column) in x.columns().into_iter().enumerate() {
            joint.zip_mut_with(&column, |joint, cell| *joint += add(class, feature, *cell));
        }
    }
    let mut probabilities = Array2::zeros((x.nrows(), shares.len()));
    for (mut row, joint) in probabilities.rows_mut().into_iter().zip(joint.columns()) {
        row.zip_mut_with(&joint, |p, joint| *p = joint.max(LEAST));
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        row.mapv_inplace(|joint| (joint - largest).exp());
        let sum = row.sum();
        row.mapv_inplace(|p| p / sum);
    }
    Prediction::Probabilities(probabilities)
}

/// The probabilities of classes from what features add to their joint logarithms, `[N, classes]`.
pub(crate) fn onnx(graph: &mut Graph, added: &Value, shares: &[f64], constants: &[f64]) -> Answer {
    let prior = shares
        .iter()
        .zip(constants)
        .map(|(share, constant)| share.ln() + constant);
    let prior = graph.doubles(&[1, shares.len()], prior);
    let joint = graph.op("Add", [added, &prior]);
    let least = graph.number(LEAST);
    let joint = graph.op("Max", [&joint, &least]);
    of_several(graph, &joint)
}
