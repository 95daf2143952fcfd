//! The growing of one tree: nodes are split depth first or, with a limit to leaves, the most gaining node first.

mod waiting;

use std::{mem::take, ops::Range};

use rayon::prelude::*;

use self::waiting::{Open, Parted, State, Waiting};
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

impl Limits {
    fn may_split(&self, rows: usize, depth: usize) -> bool {
        depth < self.max_depth && rows >= self.min_samples_split && rows / 2 >= self.min_samples_leaf
    }
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

struct Growing<'a, M: Copy, L> {
    bins: &'a Bins,
    limits: Limits,
    /// What a split must gain.
    least_gain: f64,
    samples: Vec<Sample<M>>,
    /// Room for what goes right while rows are parted.
    aside: Vec<Sample<M>>,
    nodes: Vec<Node>,
    gains: Vec<f64>,
    leaf: L,
}

/// Grows a tree on a bag; `leaf` puts the leaf of some rows among the others and returns its place. As many nodes as there
/// are splitters are worked at in parallel, which changes nothing if these draw nothing.
pub(crate) fn grow<M: Copy + Send, S: Splitter<M, Held: Send> + Send>(
    bins: &Bins,
    samples: Vec<Sample<M>>,
    limits: Limits,
    splitters: &mut [S],
    outputs: usize,
    leaf: impl FnMut(&[Sample<M>], &mut Leaves) -> u32,
) -> Result<Grown, FitError> {
    let mut growing = Growing {
        bins,
        limits,
        least_gain: f64::NEG_INFINITY,
        nodes: vec![Node::leaf(0)],
        gains: vec![0.0; bins.len()],
        aside: Vec::new(),
        samples,
        leaf,
    };
    let mut leaves = Leaves::new(outputs);
    let mut waiting = Waiting::new(limits.max_leaf_nodes.is_some());
    let rows = growing.samples.len();
    let mut root = None;
    if limits.may_split(rows, 0) {
        let (judged, weight) = splitters[0].root(&growing.samples)?;
        if let Some(decrease) = limits.min_impurity_decrease {
            growing.least_gain = decrease * weight;
        }
        root = Some(judged);
        growing.aside = growing.samples.clone();
    }
    growing.place(
        (0, 0),
        0..rows,
        root,
        &mut splitters[0],
        &mut waiting,
        &mut leaves,
    );
    let most_leaves = limits.max_leaf_nodes.unwrap_or(usize::MAX);
    let mut count = 1;
    while count < most_leaves {
        let Some(open) = waiting.pop() else { break };
        let Some(open) = growing.part(open, splitters, &mut waiting, most_leaves - count)? else {
            continue;
        };
        growing.split(open, &mut splitters[0], &mut waiting, &mut leaves);
        count += 1;
    }
    while let Some(open) = waiting.pop() {
        growing.end(open.node, open.start..open.end, &mut leaves);
        match open.state {
            State::Judged(held) => splitters[0].reclaim(held),
            State::Parted(parted) => {
                let held = parted.children.into_iter().map(|child| child.held);
                held.for_each(|held| splitters[0].reclaim(held));
            }
        }
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
                state: State::Judged(held),
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

    /// Parts the rows of a node and judges its children, and does so with those that come next for the other splitters.
    /// The node, or none if several wait again.
    fn part<S: Splitter<M, Held: Send> + Send>(
        &mut self,
        open: Open<S::Held>,
        splitters: &mut [S],
        waiting: &mut Waiting<S::Held>,
        left: usize,
    ) -> Result<Option<Open<S::Held>>, FitError>
    where
        M: Send,
    {
        if matches!(open.state, State::Parted(_)) {
            return Ok(Some(open));
        }
        let (bins, limits) = (self.bins, self.limits);
        if let [splitter] = splitters {
            let rows = open.start..open.end;
            let (samples, aside) = (&mut self.samples[rows.clone()], &mut self.aside[rows]);
            return parted(open, samples, aside, splitter, bins, limits).map(Some);
        }
        let mut front = vec![open];
        let mut ready = Vec::new();
        while front.len() + ready.len() < splitters.len().min(left)
            && let Some(open) = waiting.pop()
        {
            match open.state {
                State::Judged(_) => front.push(open),
                State::Parted(_) => ready.push(open),
            }
        }
        ready.into_iter().for_each(|open| waiting.push(open));
        front.sort_unstable_by_key(|open| open.start);
        let (mut samples, mut aside) = (self.samples.as_mut_slice(), self.aside.as_mut_slice());
        let mut from = 0;
        let mut works = Vec::with_capacity(front.len());
        for (open, splitter) in front.into_iter().zip(splitters) {
            let own = open.start - from..open.end - from;
            from = open.end;
            works.push((open, taken(&mut samples, &own), taken(&mut aside, &own), splitter));
        }
        let step = |(open, samples, aside, splitter)| parted(open, samples, aside, splitter, bins, limits);
        if works.len() == 1 {
            return works.pop().map(step).transpose();
        }
        let front: Vec<Open<S::Held>> = works.into_par_iter().map(step).collect::<Result<_, FitError>>()?;
        front.into_iter().for_each(|open| waiting.push(open));
        Ok(None)
    }

    /// Puts the children of a node whose rows are parted into the tree.
    fn split<S: Splitter<M>>(
        &mut self,
        open: Open<S::Held>,
        splitter: &mut S,
        waiting: &mut Waiting<S::Held>,
        leaves: &mut Leaves,
    ) {
        let State::Parted(Parted {
            left,
            missing_left,
            children,
        }) = open.state
        else {
            return;
        };
        let Split { feature, cut, gain } = open.split;
        let cut = self.bins.feature(feature).cut(cut.low, cut.high);
        let first = self.nodes.len();
        self.nodes[open.node] = Node::split(feature, cut, missing_left, first as u32);
        self.nodes.extend([Node::leaf(0), Node::leaf(0)]);
        self.gains[feature as usize] += gain;
        let (depth, middle) = (open.depth + 1, open.start + left);
        let [left, right] = children;
        let mut place = |node, rows, judged| {
            self.place((node, depth), rows, Some(judged), splitter, waiting, leaves);
        };
        place(first + 1, middle..open.end, right);
        place(first, open.start..middle, left);
    }
}

/// Takes off what comes until the end of a range, and returns the range.
fn taken<'a, T>(all: &mut &'a mut [T], range: &Range<usize>) -> &'a mut [T] {
    let (until, rest) = take(all).split_at_mut(range.end);
    *all = rest;
    &mut until[range.start..]
}

/// Parts a node's rows, which are these, and judges its children.
fn parted<M: Copy, S: Splitter<M>>(
    open: Open<S::Held>,
    samples: &mut [Sample<M>],
    aside: &mut [Sample<M>],
    splitter: &mut S,
    bins: &Bins,
    limits: Limits,
) -> Result<Open<S::Held>, FitError> {
    let State::Judged(held) = open.state else {
        return Ok(open);
    };
    let split = open.split;
    let feature = bins.feature(split.feature);
    let cut = feature.cut(split.cut.low, split.cut.high);
    let missing_left = split.cut.missing_left == Some(true);
    let left = match splitter.strip(split.feature, samples.len()) {
        Some(strip) => partition(|row| strip.row(row, 1)[0], cut, missing_left, samples, aside),
        None => {
            let column = feature.column.as_slice();
            partition(|row| column[row as usize], cut, missing_left, samples, aside)
        }
    };
    let (one, other) = samples.split_at(left);
    let sides = [one, other];
    let may = sides.map(|side| limits.may_split(side.len(), open.depth + 1));
    let children = splitter.children(held, sides, may)?;
    // Where training saw no missing values, they go to the side with more rows.
    let missing_left = split.cut.missing_left.unwrap_or(one.len() > other.len());
    Ok(Open {
        state: State::Parted(Parted {
            left,
            missing_left,
            children,
        }),
        ..open
    })
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
