//! Random forests: the mean of trees that are each grown on their own draw of rows and look at a draw of features
//! at every node. What the classifier and the regressor share.
//!
//! Source: Breiman, "Random Forests", Machine Learning 2001. As in scikit-learn, classifiers average the leaves'
//! probabilities instead of counting votes, and rows are drawn as weights. Unlike scikit-learn, splits lie between
//! bins of values (at most 255 per feature), missing and infinite values need no preparation and `random_state`
//! always has a value.

mod params;
mod saved;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use ndarray::{ArrayView2, Axis, s};
use rayon::prelude::*;

pub(crate) use params::{MaxFeatures, OrNone, specs};
pub(crate) use saved::Forest;

use crate::{
    model::{FitContext, FitError},
    models::tree::{
        bag::RowWeights,
        bins::Bins,
        grow::{Limits, grow},
        objective::Objective,
    },
    observer::Step,
    random::stream,
};

/// Rows that a tree predicts before the next tree does: few enough to stay in the cache with it.
const BLOCK: usize = 512;

/// How a forest is to be grown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// How many trees.
    pub(crate) trees: usize,
    /// Whether every tree has its own draw of rows.
    pub(crate) bootstrap: bool,
    /// What all streams derive from.
    pub(crate) seed: u64,
    /// The trees' limits.
    pub(crate) limits: Limits,
}

/// Grows the trees in parallel; each depends on its own stream alone, so not on the number of threads.
pub(crate) fn fit<O: Objective>(
    plan: Plan,
    objective: &O,
    bins: &Bins,
    weights: &RowWeights,
    ctx: &FitContext,
) -> Result<Forest, FitError> {
    let total = plan.trees as u64;
    let completed = Mutex::new(0);
    let trees = (0..plan.trees)
        .into_par_iter()
        .map(|i| {
            ctx.go_on()?;
            let mut stream = stream(plan.seed, &["tree", &i.to_string()]);
            let bag = weights.bag(plan.bootstrap, &mut stream, |row| objective.mark(row));
            let tree = grow(objective, bins, bag, plan.limits, stream, ctx)?;
            // Told under the lock, so that the observer never sees the count go back.
            let mut completed = completed.lock().unwrap_or_else(PoisonError::into_inner);
            *completed += 1;
            ctx.observer.step(Step {
                completed: *completed,
                total,
                unit: "trees",
            });
            Ok(tree)
        })
        .collect::<Result<_, FitError>>()?;
    Ok(Forest {
        features: bins.len(),
        outputs: objective.outputs(),
        trees,
    })
}

impl Forest {
    /// The mean of the trees' leaves: rows × outputs, row by row.
    pub(crate) fn predict(&self, x: ArrayView2<f64>) -> Vec<f64> {
        let mut means = vec![0.0; x.nrows() * self.outputs];
        let blocks = means.par_chunks_mut(BLOCK * self.outputs).enumerate();
        blocks.for_each(|(block, means)| {
            let rows = means.len() / self.outputs;
            let block = x.slice_axis(Axis(0), (block * BLOCK..block * BLOCK + rows).into());
            let rows = block
                .slice(s![.., ..self.features])
                .as_standard_layout()
                .into_owned();
            for tree in &self.trees {
                for (row, means) in rows.rows().into_iter().zip(means.chunks_mut(self.outputs)) {
                    let place = tree.place(row.to_slice().unwrap_or_default());
                    let leaf = &tree.values[place * self.outputs..][..self.outputs];
                    means
                        .iter_mut()
                        .zip(leaf)
                        .for_each(|(mean, value)| *mean += value);
                }
            }
            means.iter_mut().for_each(|mean| *mean /= self.trees.len() as f64);
        });
        means
    }
}
