//! Trees as ONNX's `TreeEnsemble`, whose thresholds and leaves are doubles.

use super::{Adds, Trees};
use crate::{
    models::tree::{fitted::Tree, thresholds::Thresholds},
    onnx::{
        attribute::{Packed, byte_list, double_list, int, ints},
        graph::{Element, Graph, Value},
    },
};

/// The most numbers of leaves that a row takes up at a time where a leaf has several.
const TOGETHER: usize = 256;

/// `value ≤ split`.
const LESS_OR_EQUAL: u8 = 0;

/// Trees whose leaves are added up, each in one of several sums.
#[derive(Debug, Default)]
struct Ensemble {
    roots: Packed,
    features: Packed,
    splits: Vec<f64>,
    left: Children,
    right: Children,
    missing_left: Packed,
    targets: Packed,
    weights: Vec<f64>,
}

/// The children at one side.
#[derive(Debug, Default)]
struct Children {
    /// Their places among the splits or the leaves.
    places: Packed,
    /// Whether they are leaves.
    leaves: Packed,
}

/// A place among the splits, or among the leaves.
#[derive(Debug, Clone, Copy)]
enum Child {
    Split(usize),
    Leaf(usize),
}

impl Children {
    fn push(&mut self, child: Child) {
        let (place, is_leaf) = match child {
            Child::Split(place) => (place, 0),
            Child::Leaf(place) => (place, 1),
        };
        self.places.push(place);
        self.leaves.push(is_leaf);
    }
}

impl Ensemble {
    /// Adds a tree to the sum `target`; `number` says what a leaf adds, by its place.
    fn add(&mut self, tree: &Tree, thresholds: &Thresholds, target: usize, number: impl Fn(usize) -> f64) {
        let first = self.splits.len();
        self.roots.push(first);
        if tree.nodes[0].is_leaf() {
            // A tree begins with a split: one with the same leaf at both sides.
            let leaf = self.leaf(target, number(tree.nodes[0].next()));
            self.split(0, 0.0, true, [leaf, leaf]);
            return;
        }
        let mut children = Vec::with_capacity(tree.nodes.len());
        let mut splits = first..;
        for node in &tree.nodes {
            children.push(if node.is_leaf() {
                self.leaf(target, number(node.next()))
            } else {
                Child::Split(splits.next().unwrap_or(first))
            });
        }
        for node in tree.nodes.iter().filter(|node| !node.is_leaf()) {
            let top = thresholds.0[node.feature()].get(usize::from(node.cut()));
            let top = top.copied().unwrap_or(f64::INFINITY);
            let sides = [children[node.next()], children[node.next() + 1]];
            self.split(node.feature(), top, node.missing_left(), sides);
        }
    }

    fn leaf(&mut self, target: usize, number: f64) -> Child {
        self.targets.push(target);
        self.weights.push(number);
        Child::Leaf(self.weights.len() - 1)
    }

    fn split(&mut self, feature: usize, top: f64, missing_left: bool, [left, right]: [Child; 2]) {
        self.features.push(feature);
        self.splits.push(top);
        self.missing_left.push(usize::from(missing_left));
        self.left.push(left);
        self.right.push(right);
    }

    /// The sums of each row, `[N, sums]`.
    fn sums(self, graph: &mut Graph, x: &Value, sums: usize) -> Value {
        let attributes = vec![
            int("aggregate_function", 1),
            ints("leaf_targetids", self.targets),
            double_list("leaf_weights", self.weights),
            int("n_targets", sums as i64),
            ints("nodes_falseleafs", self.right.leaves),
            ints("nodes_falsenodeids", self.right.places),
            ints("nodes_featureids", self.features),
            ints("nodes_missing_value_tracks_true", self.missing_left),
            byte_list("nodes_modes", vec![LESS_OR_EQUAL; self.splits.len()]),
            double_list("nodes_splits", self.splits),
            ints("nodes_trueleafs", self.left.leaves),
            ints("nodes_truenodeids", self.left.places),
            int("post_transform", 0),
            ints("tree_roots", self.roots),
        ];
        graph.ml_op("TreeEnsemble", x, attributes)
    }
}

/// The sums of each row, `[N, sums]`.
pub(super) fn sums(trees: &Trees, x: &Value, graph: &mut Graph) -> Value {
    let (sums, output) = match trees.adds {
        Adds::One(output) => (1, output),
        Adds::InTurn(sums) => (sums, 0),
        Adds::All => return sums_of_several(trees, x, graph),
    };
    let mut ensemble = Ensemble::default();
    for (i, tree) in trees.trees.iter().enumerate() {
        let number = |place: usize| tree.values[place * trees.outputs + output];
        ensemble.add(tree, &trees.thresholds, i % sums, number);
    }
    ensemble.sums(graph, x, sums)
}

/// The sums over trees whose leaves have several numbers, `[N, outputs]`. A leaf of `TreeEnsemble` adds to one sum only,
/// so each tree tells its leaf's place instead, and a table the numbers.
fn sums_of_several(trees: &Trees, x: &Value, graph: &mut Graph) -> Value {
    let outputs = trees.outputs;
    let mut total: Option<Value> = None;
    for group in trees.trees.chunks((TOGETHER / outputs).max(1)) {
        let mut ensemble = Ensemble::default();
        let mut rows = 0;
        for (target, tree) in group.iter().enumerate() {
            ensemble.add(tree, &trees.thresholds, target, |place| (rows + place) as f64);
            rows += tree.values.len() / outputs;
        }
        let places = ensemble.sums(graph, x, group.len());
        let places = graph.cast(&places, Element::Long);
        let numbers = group.iter().flat_map(|tree| tree.values.iter().copied());
        let table = graph.doubles(&[rows, outputs], numbers);
        let leaves = graph.gather(&table, &places);
        let (axis, drop) = (graph.longs(&[1], [1]), int("keepdims", 0));
        let sums = graph.op_with("ReduceSum", &[&leaves, &axis], vec![drop]);
        total = Some(match total {
            Some(total) => graph.op("Add", [&total, &sums]),
            None => sums,
        });
    }
    // A forest has a tree at least.
    total.unwrap_or_else(|| graph.number(0.0))
}
