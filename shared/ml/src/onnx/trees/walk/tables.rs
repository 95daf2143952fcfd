//! The tables of trees. Nodes of all trees are numbered one after the other, and so are leaves.

use std::{
    io::{self, Write},
    rc::Rc,
};

use super::{Adds, Graph, Trees, Value};
use crate::{
    models::tree::{fitted::Node, thresholds::Thresholds},
    onnx::{graph::Element, proto::DataType},
};

/// What rows are walked down by.
pub(super) struct Tables {
    /// By tree its first node, `[trees]`.
    pub(super) roots: Value,
    /// By node its test, `[nodes]`; of leaves any.
    pub(super) tests: Value,
    /// By node of a split the left child, to the right of which is the other, and of a leaf −1 − its place, `[nodes]`.
    pub(super) next: Value,
    /// By test the feature, the greatest number that goes left, and whether missing values do, `[tests]`.
    pub(super) features: Value,
    pub(super) tops: Value,
    pub(super) missing_left: Value,
    /// By leaf its numbers, `[leaves, width]`.
    leaves: Value,
    /// How many numbers of a leaf are looked up.
    pub(super) width: usize,
    /// By tree 1 at the sum that it adds to, `[trees, sums]`.
    pub(super) turns: Value,
}

impl Tables {
    /// The tables as constants outside the file.
    pub(super) fn of(trees: &Trees, graph: &mut Graph) -> Self {
        let nodes = trees.trees.iter().map(|tree| tree.nodes.len()).sum();
        let leaves = trees
            .trees
            .iter()
            .map(|tree| tree.values.len() / trees.outputs)
            .sum();
        let (sums, tests) = (trees.sums(), Tests::of(&trees.thresholds).count());
        let width = match trees.adds {
            Adds::One(_) | Adds::InTurn(_) => 1,
            Adds::All => trees.outputs,
        };
        let mut of = |dims: &[usize], (data_type, bytes), write: fn(&Trees, &mut dyn Write) -> _| {
            let trees = trees.clone();
            graph.outside(dims, data_type, bytes, Rc::new(move |out| write(&trees, out)))
        };
        let (whole, double) = ((DataType::Int32, 4), (DataType::Double, 8));
        Self {
            roots: of(&[trees.trees.len()], whole, write_roots),
            tests: of(&[nodes], whole, write_tests),
            next: of(&[nodes], whole, write_next),
            features: of(&[tests], whole, write_features),
            tops: of(&[tests], double, write_tops),
            missing_left: of(&[tests], (DataType::Bool, 1), write_missing_left),
            leaves: of(&[leaves, width], double, write_leaves),
            width,
            turns: turns(trees.trees.len(), sums, graph),
        }
    }

    /// The numbers of leaves, `[N, trees]` nodes, as `[N, trees, width]`.
    pub(super) fn numbers(&self, nodes: &Value, graph: &mut Graph) -> Value {
        let last = graph.integers(&[], [-1]);
        let next = graph.gather(&self.next, nodes);
        let places = graph.op("Sub", [&last, &next]);
        graph.gather(&self.leaves, &places)
    }
}

/// Trees add to one sum after the other.
fn turns(trees: usize, sums: usize, graph: &mut Graph) -> Value {
    let own = graph.longs(&[trees, 1], (0..trees).map(|tree| (tree % sums) as i64));
    let each = graph.longs(&[1, sums], 0..sums as i64);
    let same = graph.op("Equal", [&own, &each]);
    graph.cast(&same, Element::Double)
}

/// All tests that a split can make, numbered: of each feature at each threshold, and beyond the last, whether a number
/// lies below, with missing values to the right and to the left.
struct Tests<'t> {
    thresholds: &'t Thresholds,
    /// By feature how many thresholds those before it have, with what is beyond their last.
    before: Vec<usize>,
}

impl<'t> Tests<'t> {
    fn of(thresholds: &'t Thresholds) -> Self {
        let mut sum = 0;
        let before = thresholds.0.iter().map(|tops| {
            let before = sum;
            sum += tops.len() + 1;
            before
        });
        Self {
            before: before.collect(),
            thresholds,
        }
    }

    fn count(&self) -> usize {
        2 * self.thresholds.0.iter().map(|tops| tops.len() + 1).sum::<usize>()
    }

    /// The number of a split's test.
    fn number(&self, node: Node) -> usize {
        let (feature, cut) = (node.feature(), usize::from(node.cut()));
        let top = cut.min(self.thresholds.0[feature].len());
        2 * (self.before[feature] + top) + usize::from(node.missing_left())
    }

    /// The features and the greatest numbers that go left, of tests in pairs.
    fn pairs(&self) -> impl Iterator<Item = (usize, f64)> {
        let features = self.thresholds.0.iter().enumerate();
        features.flat_map(|(feature, tops)| {
            let tops = tops.iter().copied().chain([f64::INFINITY]);
            tops.map(move |top| (feature, top))
        })
    }
}

// Numbers of 32 bits are enough: `pipeline.tyd` takes 8 bytes a node and is refused where it takes more than 2³³.
fn whole(number: usize, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&(number as i32).to_le_bytes())
}

fn write_roots(trees: &Trees, out: &mut dyn Write) -> io::Result<()> {
    let mut first = 0;
    trees.trees.iter().try_for_each(|tree| {
        whole(first, out)?;
        first += tree.nodes.len();
        Ok(())
    })
}

fn write_tests(trees: &Trees, out: &mut dyn Write) -> io::Result<()> {
    let tests = Tests::of(&trees.thresholds);
    let mut nodes = trees.trees.iter().flat_map(|tree| &tree.nodes);
    nodes.try_for_each(|node| {
        let number = if node.is_leaf() { 0 } else { tests.number(*node) };
        whole(number, out)
    })
}

fn write_next(trees: &Trees, out: &mut dyn Write) -> io::Result<()> {
    let (mut nodes, mut leaves) = (0, 0);
    for tree in trees.trees.iter() {
        for node in &tree.nodes {
            if node.is_leaf() {
                let place = (leaves + node.next()) as i32;
                out.write_all(&(-1 - place).to_le_bytes())?;
            } else {
                whole(nodes + node.next(), out)?;
            }
        }
        nodes += tree.nodes.len();
        leaves += tree.values.len() / trees.outputs;
    }
    Ok(())
}

fn write_features(trees: &Trees, out: &mut dyn Write) -> io::Result<()> {
    Tests::of(&trees.thresholds).pairs().try_for_each(|(feature, _)| {
        whole(feature, out)?;
        whole(feature, out)
    })
}

fn write_tops(trees: &Trees, out: &mut dyn Write) -> io::Result<()> {
    Tests::of(&trees.thresholds).pairs().try_for_each(|(_, top)| {
        out.write_all(&top.to_le_bytes())?;
        out.write_all(&top.to_le_bytes())
    })
}

fn write_missing_left(trees: &Trees, out: &mut dyn Write) -> io::Result<()> {
    let tests = Tests::of(&trees.thresholds);
    (0..tests.count()).try_for_each(|number| out.write_all(&[u8::from(number % 2 == 1)]))
}

fn write_leaves(trees: &Trees, out: &mut dyn Write) -> io::Result<()> {
    let mut leaves = trees
        .trees
        .iter()
        .flat_map(|tree| tree.values.chunks_exact(trees.outputs));
    leaves.try_for_each(|leaf| {
        let mut numbers = match trees.adds {
            Adds::One(output) => leaf[output..=output].iter(),
            Adds::All | Adds::InTurn(_) => leaf.iter(),
        };
        numbers.try_for_each(|number| out.write_all(&number.to_le_bytes()))
    })
}
