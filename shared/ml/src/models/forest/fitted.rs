//! A fitted forest and its predictions: rows become bins, and several go down a tree together.

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

use crate::models::tree::{
    fitted::Tree,
    thresholds::{Binner, Thresholds},
};

/// Rows that a tree predicts at most before the next tree does: many enough to be worth bringing a large tree into the
/// cache.
const BLOCK: usize = 2048;
/// Rows up to which waking a thread would take longer.
const FEW: usize = 512;

/// A fitted forest.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// Between the bins of every feature.
    pub(crate) thresholds: Thresholds,
    /// Numbers per leaf.
    pub(crate) outputs: usize,
    /// Its trees; at least one.
    pub(crate) trees: Vec<Tree>,
    /// Every feature's share in what splits gained.
    pub(crate) importances: Vec<f64>,
    /// The out-of-bag score, if it was asked for and there is one.
    pub(crate) outside: Option<f64>,
}

impl Forest {
    /// How many features it was fitted on.
    pub(crate) fn features(&self) -> usize {
        self.thresholds.features()
    }

    /// About how many nanoseconds a row takes: a tree's path.
    pub(crate) fn row_cost(&self) -> usize {
        30 * self.trees.len()
    }

    /// The mean of the trees' leaves: rows × outputs, row by row.
    pub(crate) fn predict(&self, x: ArrayView2<f64>) -> Vec<f64> {
        let mut means = vec![0.0; x.nrows() * self.outputs];
        let together = x.nrows().div_ceil(rayon::current_num_threads()).clamp(FEW, BLOCK);
        let binners = self.thresholds.binners();
        let predict = |(block, means): (usize, &mut [f64])| {
            let (rows, start) = (means.len() / self.outputs, block * together);
            let x = x.slice_axis(Axis(0), (start..start + rows).into());
            self.add_up(&bins_of(&binners, x), rows, means);
            means.iter_mut().for_each(|mean| *mean /= self.trees.len() as f64);
        };
        let size = together * self.outputs;
        if x.nrows() <= FEW {
            means.chunks_mut(size).enumerate().for_each(predict);
        } else {
            means.par_chunks_mut(size).enumerate().for_each(predict);
        }
        means
    }

    fn add_up(&self, bins: &[u8], rows: usize, sums: &mut [f64]) {
        let mut places = [0; BLOCK];
        let places = &mut places[..rows];
        for tree in &self.trees {
            tree.places(bins, rows, places);
            for (place, sums) in places.iter().zip(sums.chunks_exact_mut(self.outputs)) {
                let leaf = &tree.values[*place as usize * self.outputs..][..self.outputs];
                sums.iter_mut().zip(leaf).for_each(|(sum, value)| *sum += value);
            }
        }
    }
}

/// The bins of rows, feature after feature.
pub(crate) fn bins_of(binners: &[Binner], x: ArrayView2<f64>) -> Vec<u8> {
    let mut bins = Vec::with_capacity(x.len());
    for (binner, column) in binners.iter().zip(x.columns()) {
        bins.extend(column.iter().map(|value| binner.bin(*value)));
    }
    bins
}
