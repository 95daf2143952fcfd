//! Nodes that wait to be split.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::{Judged, Split};

/// A node that will be split.
pub(super) struct Open<H> {
    pub(super) place: Place,
    pub(super) state: State<H>,
}

/// Where a node's rows and the node itself lie, and how it will be split.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) node: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) depth: usize,
    pub(super) split: Split,
}

/// How far a node has come.
pub(super) enum State<H> {
    /// Its rows lie as they lay in its parent; what it keeps for its children.
    Judged(H),
    /// Its rows are parted, and its children are judged.
    Parted(Parted<H>),
}

/// A node's children.
pub(super) struct Parted<H> {
    /// Rows of the left one.
    pub(super) left: usize,
    /// Where missing values go.
    pub(super) missing_left: bool,
    pub(super) children: [Judged<H>; 2],
}

/// Nodes that wait.
pub(super) struct Waiting<H> {
    best_first: bool,
    stack: Vec<Open<H>>,
    heap: BinaryHeap<Ranked<H>>,
}

struct Ranked<H>(Open<H>);

impl<H> Ord for Ranked<H> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (&self.0.place, &other.0.place);
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
    /// None yet; the most gaining is the next, or the last to come.
    pub(super) fn new(best_first: bool) -> Self {
        Self {
            best_first,
            stack: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    pub(super) fn push(&mut self, open: Open<H>) {
        if self.best_first {
            self.heap.push(Ranked(open));
        } else {
            self.stack.push(open);
        }
    }

    /// The one to split next.
    pub(super) fn pop(&mut self) -> Option<Open<H>> {
        if self.best_first {
            self.heap.pop().map(|ranked| ranked.0)
        } else {
            self.stack.pop()
        }
    }
}
