//! A fitted forest and its predictions.

use std::sync::Arc;

use ndarray::ArrayView2;

use crate::models::tree::{
    blocks::{BLOCK, bins_of, by_blocks},
    fitted::Tree,
    thresholds::Thresholds,
};

/// A fitted forest.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// Between the bins of every feature.
    pub(crate) thresholds: Arc<Thresholds>,
    /// Numbers per leaf.
    pub(crate) outputs: usize,
    /// Its trees; at least one.
    pub(crate) trees: Arc<Vec<Tree>>,
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
        // A tree asks for few of a row's bins; only together do trees ask for all.
        if let [tree] = &self.trees[..] {
            return by_blocks(x, self.outputs, |x, sums| {
                let mut places = [0; BLOCK];
                let places = &mut places[..x.nrows()];
                tree.places_of(x, &self.thresholds, places);
                self.add(tree, places, sums);
            });
        }
        let binners = self.thresholds.binners();
        by_blocks(x, self.outputs, |x, means| {
            let mut places = [0; BLOCK];
            let places = &mut places[..x.nrows()];
            let bins = bins_of(&binners, x);
            for tree in self.trees.iter() {
                tree.places(&bins, places);
                self.add(tree, places, means);
            }
            means.iter_mut().for_each(|mean| *mean /= self.trees.len() as f64);
        })
    }

    /// Adds the numbers of the leaves rows end in.
    fn add(&self, tree: &Tree, places: &[u32], sums: &mut [f64]) {
        for (place, sums) in places.iter().zip(sums.chunks_exact_mut(self.outputs)) {
            let leaf = &tree.values[*place as usize * self.outputs..][..self.outputs];
            sums.iter_mut().zip(leaf).for_each(|(sum, value)| *sum += value);
        }
    }
}
