//! The growing of one tree: nodes are split depth first or, with a limit to leaves, the most gaining node first.

mod waiting;

use std::{mem::take, ops::Range};

use rayon::prelude::*;

use self::waiting::{Open, Parted, Place, State, Waiting};
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

/// A node whose children are known.
type Known<H> = (Place, Parted<H>);

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
/// are splitters are worked at in parallel, which changes nothing if these draw nothing and a leaf does not depend on the
/// order of its rows.
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
        let parted = growing.part(open, splitters, &mut waiting, most_leaves - count)?;
        let Some((place, parted)) = parted else {
            continue;
        };
        growing.split(place, parted, &mut splitters[0], &mut waiting, &mut leaves);
        count += 1;
    }
    while let Some(open) = waiting.pop() {
        growing.end(open.place.node, open.place.start..open.place.end, &mut leaves);
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
                place: Place {
                    node,
                    start: rows.start,
                    end: rows.end,
                    depth,
                    split,
                },
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
    /// The node, or none if all of them wait again.
    fn part<S: Splitter<M, Held: Send> + Send>(
        &mut self,
        open: Open<S::Held>,
        splitters: &mut [S],
        waiting: &mut Waiting<S::Held>,
        left: usize,
    ) -> Result<Option<Known<S::Held>>, FitError>
    where
        M: Send,
    {
        let Open { place, state } = open;
        let held = match state {
            State::Parted(parted) => return Ok(Some((place, parted))),
            State::Judged(held) => held,
        };
        let (bins, limits) = (self.bins, self.limits);
        if splitters.len().min(left) == 1 {
            let rows = place.start..place.end;
            let (samples, aside) = (&mut self.samples[rows.clone()], &mut self.aside[rows]);
            let parted = parted((place, held), samples, aside, &mut splitters[0], bins, limits)?;
            return Ok(Some((place, parted)));
        }
        let state = State::Judged(held);
        let mut front = vec![(0, Open { place, state })];
        while front.len() < splitters.len().min(left)
            && let Some(open) = waiting.pop()
        {
            front.push((front.len(), open));
        }
        front.sort_unstable_by_key(|(_, open)| open.place.start);
        let (mut samples, mut aside) = (self.samples.as_mut_slice(), self.aside.as_mut_slice());
        let mut from = 0;
        let mut works = Vec::with_capacity(front.len());
        for (open, splitter) in front.into_iter().zip(splitters) {
            let Place { start, end, .. } = open.1.place;
            let own = start - from..end - from;
            from = end;
            works.push((open, taken(&mut samples, &own), taken(&mut aside, &own), splitter));
        }
        let step = |((turn, Open { place, state }), samples, aside, splitter)| {
            let parted = match state {
                State::Judged(held) => parted((place, held), samples, aside, splitter, bins, limits)?,
                State::Parted(parted) => parted,
            };
            let state = State::Parted(parted);
            Ok((turn, Open { place, state }))
        };
        let mut front: Vec<(usize, Open<S::Held>)> =
            works.into_par_iter().map(step).collect::<Result<_, FitError>>()?;
        // They wait as they waited before, so that their turns do not depend on how many splitters there are.
        front.sort_unstable_by_key(|(turn, _)| *turn);
        front.into_iter().rev().for_each(|(_, open)| waiting.push(open));
        Ok(None)
    }

    /// Puts the children of a node into the tree.
    fn split<S: Splitter<M>>(
        &mut self,
        place: Place,
        parted: Parted<S::Held>,
        splitter: &mut S,
        waiting: &mut Waiting<S::Held>,
        leaves: &mut Leaves,
    ) {
        let Split { feature, cut, gain } = place.split;
        let cut = self.bins.feature(feature).cut(cut.low, cut.high);
        let first = self.nodes.len();
        self.nodes[place.node] = Node::split(feature, cut, parted.missing_left, first as u32);
        self.nodes.extend([Node::leaf(0), Node::leaf(0)]);
        self.gains[feature as usize] += gain;
        let (depth, middle) = (place.depth + 1, place.start + parted.left);
        let [left, right] = parted.children;
        let mut wait = |node, rows, judged| {
            self.place((node, depth), rows, Some(judged), splitter, waiting, leaves);
        };
        wait(first + 1, middle..place.end, right);
        wait(first, place.start..middle, left);
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
    (place, held): (Place, S::Held),
    samples: &mut [Sample<M>],
    aside: &mut [Sample<M>],
    splitter: &mut S,
    bins: &Bins,
    limits: Limits,
) -> Result<Parted<S::Held>, FitError> {
    let split = place.split;
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
    let may = sides.map(|side| limits.may_split(side.len(), place.depth + 1));
    let children = splitter.children(held, sides, may)?;
    // Where training saw no missing values, they go to the side with more rows.
    let missing_left = split.cut.missing_left.unwrap_or(one.len() > other.len());
    Ok(Parted {
        left,
        missing_left,
        children,
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
