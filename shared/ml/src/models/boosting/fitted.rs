//! A fitted boosting model: what it starts from, and the trees that correct it.

use std::sync::Arc;

use ndarray::ArrayView2;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::loss;
use crate::{
    model::Prediction,
    models::{
        forest::{SavedThresholds, SavedTree, SavingTrees},
        tree::{
            blocks::{BLOCK, bins_of, by_blocks},
            fitted::Tree,
            thresholds::Thresholds,
        },
    },
};

/// A fitted boosting model.
#[derive(Debug, Clone, PartialEq)]
pub struct Boosted {
    /// Between the bins of every feature.
    pub(crate) thresholds: Arc<Thresholds>,
    /// How many classes there are, none for a number.
    pub(crate) classes: Option<usize>,
    /// The raw numbers before any tree, one per output.
    pub(crate) baseline: Vec<f64>,
    /// Iteration after iteration a tree per output.
    pub(crate) trees: Arc<Vec<Tree>>,
    /// Every feature's share in what splits gained.
    pub(crate) importances: Vec<f64>,
}

impl Boosted {
    /// How many features it was fitted on.
    pub(crate) fn features(&self) -> usize {
        self.thresholds.features()
    }

    /// About how many nanoseconds a row takes: a tree's path.
    pub(crate) fn row_cost(&self) -> usize {
        15 * self.trees.len()
    }

    /// What it says about rows.
    pub(crate) fn predict(&self, x: ArrayView2<f64>) -> Prediction {
        let outputs = self.baseline.len();
        let binners = self.thresholds.binners();
        let raw = by_blocks(x, outputs, |x, raw| {
            let bins = bins_of(&binners, x);
            raw.chunks_exact_mut(outputs)
                .for_each(|row| row.copy_from_slice(&self.baseline));
            let mut places = [0; BLOCK];
            let places = &mut places[..x.nrows()];
            for (i, tree) in self.trees.iter().enumerate() {
                tree.places(&bins, places);
                for (place, row) in places.iter().zip(raw.chunks_exact_mut(outputs)) {
                    row[i % outputs] += tree.values[*place as usize];
                }
            }
        });
        loss::prediction(raw, self.classes)
    }

    fn sound(&self) -> bool {
        let outputs = match self.classes {
            None | Some(1 | 2) => 1,
            Some(classes) => classes,
        };
        outputs > 0 && self.baseline.len() == outputs && self.trees.len().is_multiple_of(outputs)
    }
}

/// `T` is the trees: all of them where they are read, and where they are written one after the other.
#[derive(Serialize, Deserialize)]
struct Saved<T> {
    thresholds: SavedThresholds,
    classes: Option<usize>,
    baseline: Vec<f64>,
    trees: T,
    importances: Vec<f64>,
}

impl Serialize for Boosted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Saved {
            thresholds: SavedThresholds::of(&self.thresholds),
            classes: self.classes,
            baseline: self.baseline.clone(),
            trees: SavingTrees(&self.trees),
            importances: self.importances.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Boosted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::<Vec<SavedTree>>::deserialize(deserializer)?;
        let damaged = || D::Error::custom("a boosting model is damaged");
        let thresholds = saved.thresholds.thresholds().ok_or_else(damaged)?;
        let trees = saved.trees.iter().map(|tree| tree.tree(thresholds.features(), 1));
        let boosted = Self {
            trees: Arc::new(trees.collect::<Option<_>>().ok_or_else(damaged)?),
            thresholds: Arc::new(thresholds),
            classes: saved.classes,
            baseline: saved.baseline,
            importances: saved.importances,
        };
        if boosted.sound() {
            Ok(boosted)
        } else {
            Err(damaged())
        }
    }
}
