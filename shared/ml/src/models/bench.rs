//! The door by which `benches/kernels.rs` reaches kernels that nobody else may call, open with feature `bench` only. What
//! a public entry of the library does alone is measured through that.

use ndarray::ArrayView2;

pub use super::logistic_regression::bench::Blocks;
use super::{
    linear::centred::Centred,
    tree::{
        bag::{RowWeights, Sample},
        bins::{Bins, MOST_BINS},
        cell::Narrow,
        classes::TwoClasses,
        objective::{Found, Objective, Search},
        score::Gini,
    },
};
use crate::{
    Silent,
    instructions::Instructions,
    model::{FitContext, Target, TrainingSet},
    random,
};

/// What surrounds a kernel: nobody listens, and rayon's threads are used as they are.
pub(super) fn around() -> FitContext<'static> {
    FitContext {
        observer: &Silent,
        threads: rayon::current_num_threads(),
        fold: None,
        memory: None,
    }
}

/// A table in bins.
pub struct Binned(Bins);

impl Binned {
    /// Cuts each feature of `x` (rows × features) into at most 255 bins by its quantiles, features in parallel.
    pub fn of(x: ArrayView2<f64>) -> Self {
        Self(Bins::of(x, MOST_BINS, &around()).expect("nobody cancels, and the table is small"))
    }
}

/// All rows of a table of two classes, as the root of a tree has them.
pub struct Root<'a> {
    bins: &'a Bins,
    objective: TwoClasses<'a, Narrow, Gini>,
    samples: Vec<Sample<u64>>,
}

impl<'a> Root<'a> {
    /// Takes each row once; `codes` are zeros and ones.
    pub fn of(binned: &'a Binned, codes: &'a [u32]) -> Self {
        let objective = TwoClasses::new(codes, 2, Gini);
        let mark = |row, weight| objective.mark(row, weight);
        let samples =
            RowWeights::of(None, codes.len()).bag(false, &mut random::stream(0, &[]), &around(), mark);
        Self {
            bins: &binned.0,
            samples: samples.expect("nobody cancels"),
            objective,
        }
    }

    /// Fills a histogram of each feature, finds its best cut, and returns the best cut's score; on one thread.
    pub fn best_cut(&self) -> f64 {
        let mut search = self.objective.search();
        search.start(&self.samples);
        let scores = (0..self.bins.len() as u32).filter_map(|feature| {
            match search.best(&self.bins.feature(feature).column, &self.samples, 1) {
                Found::Cut(cut) => Some(cut.score),
                Found::Constant | Found::Nothing => None,
            }
        });
        scores.fold(f64::NEG_INFINITY, f64::max)
    }
}

/// The centred Gram matrix of `x` (rows × features) and `y`, by parts of the rows in parallel; its last number, which is
/// the target's sum of squares.
pub fn gram<'a>(x: ArrayView2<'a, f64>, y: &'a [f64]) -> f64 {
    let set = TrainingSet {
        x,
        target: Target::Values(y),
        weights: None,
        feature_names: &[],
    };
    let ctx = around();
    let with_gram = Centred::with_gram(&set, true, Instructions::widest(), &ctx);
    let (_, gram) = with_gram.expect("nobody cancels");
    *gram.last().expect("a target")
}
