//! The growing of one tree: nodes are split depth first or, with a limit to leaves, the most gaining node first.

use std::{cmp::Ordering, collections::BinaryHeap, ops::Range};

use super::{
    bag::Sample,
    bins::Bins,
    fitted::{Node, Tree},
    leaves::Leaves,
    objective::Split,
    rows::Strip,
};
use crate::model::FitError;

/// When a node becomes a leaf. Rows are counted once however often they were drawn, as scikit-learn counts them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// Splits between the root and a leaf at most.
    pub(crate) max_depth: usize,
    /// Rows a node must have to be split.
    pub(crate) min_samples_split: usize,
    /// Rows both sides of a split must have.
    pub(crate) min_samples_leaf: usize,
    /// Leaves at most; the most gaining splits come first.
    pub(crate) max_leaf_nodes: Option<usize>,
    /// What a split must take from the impurity, as a share of the weight of all rows; none for nothing.
    pub(crate) min_impurity_decrease: Option<f64>,
}

/// Finds the splits of nodes.
pub(crate) trait Splitter<M: Copy> {
    /// What a node keeps for its children.
    type Held;

    /// The root's split, and what all its rows weigh.
    fn root(&mut self, samples: &[Sample<M>]) -> Result<(Judged<Self::Held>, f64), FitError>;

    /// The splits of a node's children, where these may be split.
    fn children(
        &mut self,
        held: Self::Held,
        sides: [&[Sample<M>]; 2],
        may: [bool; 2],
    ) -> Result<[Judged<Self::Held>; 2], FitError>;

    /// The bins from a feature on, where those of so many rows were read there just now; else its column is read.
    fn strip(&self, _feature: u32, _rows: usize) -> Option<Strip<'_>> {
        None
    }

    /// Takes back what a node kept that will not be split.
    fn reclaim(&mut self, held: Self::Held);
}

/// What is known of a node.
pub(crate) struct Judged<H> {
    /// Its best split, if it is to be split.
    pub(crate) split: Option<Split>,
    /// What it keeps for its children.
    pub(crate) held: H,
}

/// A grown tree.
pub(crate) struct Grown {
    /// The tree.
    pub(crate) tree: Tree,
    /// What splits by each feature took from weight × impurity.
    pub(crate) gains: Vec<f64>,
}

/// A node that will be split.
struct Open<H> {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
    split: Split,
    held: H,
}

/// Nodes that wait.
struct Waiting<H> {
    best_first: bool,
    stack: Vec<Open<H>>,
    heap: BinaryHeap<Ranked<H>>,
}

struct Ranked<H>(Open<H>);

impl<H> Ord for Ranked<H> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (&self.0, &other.0);
        one.split
            .gain
            .total_cmp(&two.split.gain)
            .then(two.node.cmp(&one.node))
    }
}

impl<H> PartialOrd for Ranked<H> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<H> PartialEq for Ranked<H> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<H> Eq for Ranked<H> {}

impl<H> Waiting<H> {
    fn push(&mut self, open: Open<H>) {
        if self.best_first {
            self.heap.push(Ranked(open));
        } else {
            self.stack.push(open);
        }
    }

    fn pop(&mut self) -> Option<Open<H>> {
        if self.best_first {
            self.heap.pop().map(|ranked| ranked.0)
        } else {
            self.stack.pop()
        }
    }
}

struct Growing<'a, M: Copy, L> {
    bins: &'a Bins,
    limits: Limits,
    /// What a split must gain.
    least_gain: f64,
    samples: Vec<Sample<M>>,
    nodes: Vec<Node>,
    gains: Vec<f64>,
    leaf: L,
}

/// Grows a tree on a bag; `leaf` puts the leaf of some rows among the others and returns its place.
pub(crate) fn grow<M: Copy, S: Splitter<M>>(
    bins: &Bins,
    samples: Vec<Sample<M>>,
    limits: Limits,
    splitter: &mut S,
    outputs: usize,
    leaf: impl FnMut(&[Sample<M>], &mut Leaves) -> u32,
) -> Result<Grown, FitError> {
    let mut growing = Growing {
        bins,
        limits,
        least_gain: f64::NEG_INFINITY,
        nodes: vec![Node::leaf(0)],
        gains: vec![0.0; bins.len()],
        samples,
        leaf,
    };
    let mut leaves = Leaves::new(outputs);
    let mut waiting = Waiting {
        best_first: limits.max_leaf_nodes.is_some(),
        stack: Vec::new(),
        heap: BinaryHeap::new(),
    };
    let rows = growing.samples.len();
    let mut root = None;
    if growing.may_split(rows, 0) {
        let (judged, weight) = splitter.root(&growing.samples)?;
        if let Some(decrease) = limits.min_impurity_decrease {
            growing.least_gain = decrease * weight;
        }
        root = Some(judged);
    }
    growing.place((0, 0), 0..rows, root, splitter, &mut waiting, &mut leaves);
    let mut aside = growing.samples.clone();
    let most_leaves = limits.max_leaf_nodes.unwrap_or(usize::MAX);
    let mut count = 1;
    while count < most_leaves {
        let Some(open) = waiting.pop() else { break };
        growing.split(open, splitter, &mut aside, &mut waiting, &mut leaves)?;
        count += 1;
    }
    while let Some(open) = waiting.pop() {
        growing.end(open.node, open.start..open.end, &mut leaves);
        splitter.reclaim(open.held);
    }
    // A forest keeps many.
    growing.nodes.shrink_to_fit();
    Ok(Grown {
        tree: Tree {
            nodes: growing.nodes,
            values: leaves.into_values(),
        },
        gains: growing.gains,
    })
}

impl<M: Copy, L: FnMut(&[Sample<M>], &mut Leaves) -> u32> Growing<'_, M, L> {
    fn may_split(&self, rows: usize, depth: usize) -> bool {
        depth < self.limits.max_depth
            && rows >= self.limits.min_samples_split
            && rows / 2 >= self.limits.min_samples_leaf
    }

    /// Lets a node wait to be split, or makes it a leaf.
    fn place<S: Splitter<M>>(
        &mut self,
        (node, depth): (usize, usize),
        rows: Range<usize>,
        judged: Option<Judged<S::Held>>,
        splitter: &mut S,
        waiting: &mut Waiting<S::Held>,
        leaves: &mut Leaves,
    ) {
        let gains = |split: &Split| split.gain >= self.least_gain;
        match judged {
            Some(Judged {
                split: Some(split),
                held,
            }) if gains(&split) => waiting.push(Open {
                node,
                start: rows.start,
                end: rows.end,
                depth,
                split,
                held,
            }),
            Some(Judged { held, .. }) => {
                splitter.reclaim(held);
                self.end(node, rows, leaves);
            }
            None => self.end(node, rows, leaves),
        }
    }

    fn end(&mut self, node: usize, rows: Range<usize>, leaves: &mut Leaves) {
        self.nodes[node] = Node::leaf((self.leaf)(&self.samples[rows], leaves));
    }

    fn split<S: Splitter<M>>(
        &mut self,
        open: Open<S::Held>,
        splitter: &mut S,
        aside: &mut [Sample<M>],
        waiting: &mut Waiting<S::Held>,
        leaves: &mut Leaves,
    ) -> Result<(), FitError> {
        let Open {
            start, end, split, ..
        } = open;
        let feature = self.bins.feature(split.feature);
        let cut = feature.cut(split.cut.low, split.cut.high);
        let missing_left = split.cut.missing_left == Some(true);
        let here = &mut self.samples[start..end];
        let count = match splitter.strip(split.feature, here.len()) {
            Some(strip) => partition(|row| strip.row(row, 1)[0], cut, missing_left, here, aside),
            None => {
                let column = feature.column.as_slice();
                partition(|row| column[row as usize], cut, missing_left, here, aside)
            }
        };
        let (left, right) = here.split_at(count);
        // Where training saw no missing values, they go to the side with more rows.
        let missing_left = split.cut.missing_left.unwrap_or(left.len() > right.len());
        let first = self.nodes.len();
        self.nodes[open.node] = Node::split(split.feature, cut, missing_left, first as u32);
        self.nodes.extend([Node::leaf(0), Node::leaf(0)]);
        self.gains[split.feature as usize] += split.gain;
        let depth = open.depth + 1;
        let sides = [
            &self.samples[start..start + count],
            &self.samples[start + count..end],
        ];
        let may = sides.map(|side| self.may_split(side.len(), depth));
        let [left, right] = splitter.children(open.held, sides, may)?;
        let middle = start + count;
        self.place(
            (first + 1, depth),
            middle..end,
            Some(right),
            splitter,
            waiting,
            leaves,
        );
        self.place(
            (first, depth),
            start..middle,
            Some(left),
            splitter,
            waiting,
            leaves,
        );
        Ok(())
    }
}

/// Moves the rows that go left to the front, both sides staying in order, and returns how many they are.
// On its own it has all registers to itself.
#[inline(never)]
fn partition<M: Copy>(
    bin: impl Fn(u32) -> u8,
    cut: u8,
    missing_left: bool,
    samples: &mut [Sample<M>],
    aside: &mut [Sample<M>],
) -> usize {
    let aside = &mut aside[..samples.len()];
    // Where missing values go left, bins are counted from theirs on.
    let by = u8::from(missing_left);
    let last = cut.wrapping_add(by);
    let (mut left, mut right) = (0, 0);
    for i in 0..samples.len() {
        let sample = samples[i];
        let goes_left = bin(sample.row).wrapping_add(by) <= last;
        // Both are written and one is kept: cheaper than a branch that is taken every other time.
        samples[left] = sample;
        aside[right] = sample;
        left += usize::from(goes_left);
        right += usize::from(!goes_left);
    }
    samples[left..].copy_from_slice(&aside[..right]);
    left
}
