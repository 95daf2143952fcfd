//! The growing of one tree: nodes are split depth first, each by the best split among features drawn at random.

use super::{
    bag::Sample,
    bins::Bins,
    fitted::{Node, Tree},
    objective::Objective,
    search::{Search, Split},
};
use crate::{
    model::{FitContext, FitError},
    random::Stream,
};

/// Rows × features between two looks at the cancel flag; a few milliseconds' work.
const STRIDE: usize = 1 << 20;

/// When a node becomes a leaf, and how many features are tried. Rows are counted once however often they were
/// drawn, as scikit-learn counts them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Splits between the root and a leaf at most.
    pub(crate) max_depth: usize,
    /// Rows a node must have to be split.
    pub(crate) min_samples_split: usize,
    /// Rows both sides of a split must have.
    pub(crate) min_samples_leaf: usize,
    /// Features tried per node; those in which the node's rows do not differ are not counted.
    pub(crate) max_features: usize,
}

struct Open {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
}

struct Growing<'a, O: Objective> {
    objective: &'a O,
    bins: &'a Bins,
    limits: Limits,
    ctx: &'a FitContext<'a>,
    stream: Stream,
    search: Search<O>,
    /// The features, the tried ones of the current node in front.
    order: Vec<u32>,
    tree: Tree,
    known_leaves: Vec<Option<u32>>,
    work: usize,
}

/// Grows a tree on a bag.
pub(crate) fn grow<O: Objective>(
    objective: &O,
    bins: &Bins,
    mut samples: Vec<Sample<O::Mark>>,
    limits: Limits,
    stream: Stream,
    ctx: &FitContext,
) -> Result<Tree, FitError> {
    let mut growing = Growing {
        objective,
        bins,
        limits,
        ctx,
        stream,
        search: Search::new(objective),
        order: (0..bins.len() as u32).collect(),
        tree: Tree {
            nodes: vec![Node::leaf(0)],
            values: Vec::new(),
        },
        known_leaves: Vec::new(),
        work: 0,
    };
    let mut aside = samples.clone();
    let mut open = vec![Open {
        node: 0,
        start: 0,
        end: samples.len(),
        depth: 0,
    }];
    while let Some(Open {
        node,
        start,
        end,
        depth,
    }) = open.pop()
    {
        let here = &mut samples[start..end];
        let Some(split) = growing.split(here, depth)? else {
            let place = objective.leaf(here, &mut growing.tree.values, &mut growing.known_leaves);
            growing.tree.nodes[node] = Node::leaf(place);
            continue;
        };
        let cut = start + partition(bins, &split, here, &mut aside);
        let left = growing.tree.nodes.len();
        let feature = bins.feature(split.feature);
        let missing_left = split.missing_left.unwrap_or(cut - start > end - cut);
        let threshold = feature.threshold(split.low, split.high);
        growing.tree.nodes[node] = Node::split(split.feature, threshold, missing_left, left as u32);
        growing.tree.nodes.extend([Node::leaf(0), Node::leaf(0)]);
        open.push(Open {
            node: left + 1,
            start: cut,
            end,
            depth: depth + 1,
        });
        open.push(Open {
            node: left,
            start,
            end: cut,
            depth: depth + 1,
        });
    }
    Ok(growing.tree)
}

impl<O: Objective> Growing<'_, O> {
    fn split(&mut self, samples: &[Sample<O::Mark>], depth: usize) -> Result<Option<Split>, FitError> {
        let limits = self.limits;
        if depth >= limits.max_depth
            || samples.len() < limits.min_samples_split
            || samples.len() < 2 * limits.min_samples_leaf
            || self.objective.pure(samples)
        {
            return Ok(None);
        }
        self.objective.start(samples, &mut self.search.sweep);
        let mut best = None;
        let mut tried = 0;
        for i in 0..self.order.len() {
            if tried == limits.max_features {
                break;
            }
            self.breathe(samples.len())?;
            let drawn = i + self.stream.below((self.order.len() - i) as u64) as usize;
            self.order.swap(i, drawn);
            let index = self.order[i];
            let feature = (index, self.bins.feature(index));
            let min_leaf = limits.min_samples_leaf as u64;
            let differs = self
                .search
                .improve(self.objective, feature, samples, min_leaf, &mut best);
            tried += usize::from(differs);
        }
        Ok(best)
    }

    fn breathe(&mut self, work: usize) -> Result<(), FitError> {
        self.work += work;
        if self.work < STRIDE {
            return Ok(());
        }
        self.work = 0;
        self.ctx.go_on()
    }
}

/// Moves the rows that go left to the front, both sides staying in order, and returns how many they are.
fn partition<M: Copy>(
    bins: &Bins,
    split: &Split,
    samples: &mut [Sample<M>],
    aside: &mut [Sample<M>],
) -> usize {
    let feature = bins.feature(split.feature);
    let (column, missing) = (feature.column.as_slice(), feature.missing());
    let missing_left = split.missing_left == Some(true);
    let (mut left, mut right) = (0, 0);
    for i in 0..samples.len() {
        let sample = samples[i];
        let bin = column[sample.row as usize];
        let goes_left = bin <= split.low || (missing_left && bin == missing);
        // Both are written and one is kept: cheaper than a branch that is taken every other time.
        samples[left] = sample;
        aside[right] = sample;
        left += usize::from(goes_left);
        right += usize::from(!goes_left);
    }
    samples[left..].copy_from_slice(&aside[..right]);
    left
}
