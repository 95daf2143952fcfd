//! Trees in ONNX's operators: a row goes left up to a threshold, as it does by its bin, and a missing value where the
//! split sends it; beyond the last threshold every number goes left.
//!
//! A bin is the number of thresholds below a value, so that `bin ≤ cut` is `value ≤ thresholds[cut]`. There is an
//! operator for trees, [`ensemble`], and what walks down tables, [`walk`], for more trees than the operator is good for.

mod ensemble;
mod walk;

use std::sync::Arc;

use prost::encoding::encoded_len_varint;

use super::graph::{Graph, Value};
use crate::models::tree::{fitted::Tree, thresholds::Thresholds};

/// The most bytes that trees take in a model's file, where nothing else is asked for: some 9,000,000 splits and leaves
/// of one number. onnxruntime 1.32 takes about 20 times the memory of the operator's lists to load them, and maps tables into
/// its memory as they are.
pub(crate) const MOST_BYTES: u64 = 1 << 27;

/// The trees of a model and what their leaves add up to.
#[derive(Debug, Clone)]
pub(crate) struct Trees {
    /// One at least.
    pub(crate) trees: Arc<Vec<Tree>>,
    /// Between the bins of every feature.
    pub(crate) thresholds: Arc<Thresholds>,
    /// How many numbers a leaf has.
    pub(crate) outputs: usize,
    /// What is added up.
    pub(crate) adds: Adds,
}

/// What is added up of the numbers of the leaves that a row ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adds {
    /// Those at one place.
    One(usize),
    /// All, place by place.
    All,
    /// Those of every so many-th tree, whose leaves have one number.
    InTurn(usize),
}

impl Trees {
    /// How many sums there are.
    fn sums(&self) -> usize {
        match self.adds {
            Adds::One(_) => 1,
            Adds::All => self.outputs,
            Adds::InTurn(sums) => sums,
        }
    }

    /// The sums of each row, `[N, sums]`.
    pub(crate) fn onnx(&self, x: &Value, graph: &mut Graph) -> Value {
        if self.bytes() > graph.most_bytes_of_trees() {
            walk::sums(self, x, graph)
        } else {
            ensemble::sums(self, x, graph)
        }
    }

    /// About as many bytes as the operator's lists take, and not less.
    fn bytes(&self) -> u64 {
        let varint = |most: usize| encoded_len_varint(most as u64) as u64;
        let nodes: usize = self.trees.iter().map(|tree| tree.nodes.len()).sum();
        // Of two children each; a tree that is a leaf gets one, too.
        let splits: usize = self.trees.iter().map(|tree| (tree.nodes.len() / 2).max(1)).sum();
        let numbers: usize = match self.adds {
            Adds::All => self.trees.iter().map(|tree| tree.values.len()).sum(),
            Adds::One(_) | Adds::InTurn(_) => 0,
        };
        let leaves = nodes - splits + self.trees.len();
        // A threshold, its comparison, the side of missing values, whether children are leaves and where they are.
        let split = varint(self.thresholds.features()) + 8 + 1 + 1 + 2 + 2 * varint(nodes);
        let leaf = varint(self.sums()) + 8;
        splits as u64 * split + leaves as u64 * leaf + numbers as u64 * 8
    }
}
