//! A fitted tree: nodes in one list, leaves' numbers in another. It works on bins.

use ndarray::ArrayView2;

use super::{bins::MISSING, thresholds::Thresholds};

/// Marks a leaf.
const LEAF: u32 = u32::MAX;
/// Marks that missing values go left.
const MISSING_LEFT: u32 = 1 << 8;
/// Where a node's feature begins.
const FEATURE: u32 = 9;
/// Rows that go down a tree together.
const LANES: usize = 8;

/// A fitted tree.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Tree {
    /// The root, then each split's left and right child beside each other.
    pub(crate) nodes: Vec<Node>,
    /// The numbers of leaf after leaf.
    pub(crate) values: Vec<f64>,
}

/// A split or a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    /// A split's feature, missing values' side and last bin that goes left; or the mark of leaves.
    what: u32,
    /// Of a split the left child, to the right of which is the other; of a leaf its place among the leaves.
    next: u32,
}

impl Node {
    /// A leaf.
    pub(crate) fn leaf(place: u32) -> Self {
        Self {
            what: LEAF,
            next: place,
        }
    }

    /// A split: rows of bins up to `cut` go left.
    pub(crate) fn split(feature: u32, cut: u8, missing_left: bool, left: u32) -> Self {
        let missing = if missing_left { MISSING_LEFT } else { 0 };
        Self {
            what: feature << FEATURE | missing | u32::from(cut),
            next: left,
        }
    }

    /// Whether it is a leaf.
    #[inline]
    pub(crate) fn is_leaf(self) -> bool {
        self.what == LEAF
    }

    /// A split's feature.
    #[inline]
    pub(crate) fn feature(self) -> usize {
        (self.what >> FEATURE) as usize
    }

    /// The last bin that goes left at a split.
    #[inline]
    pub(crate) fn cut(self) -> u8 {
        self.what as u8
    }

    /// Whether missing values go left at a split.
    #[inline]
    pub(crate) fn missing_left(self) -> bool {
        self.what & MISSING_LEFT != 0
    }

    /// A split's left child, or a leaf's place.
    #[inline]
    pub(crate) fn next(self) -> usize {
        self.next as usize
    }

    /// Where a row of this bin goes from a split.
    #[inline]
    fn child(self, bin: u8) -> usize {
        let right = (bin > self.cut()) ^ (bin == MISSING && self.missing_left());
        self.next() + usize::from(right)
    }

    /// Where a row of this value goes from a split whose feature's bins have these tops.
    #[inline]
    fn child_of(self, value: f64, tops: &[f64]) -> usize {
        let above = tops.get(usize::from(self.cut())).is_some_and(|top| value > *top);
        let right = above || (value.is_nan() && !self.missing_left());
        self.next() + usize::from(right)
    }
}

impl Tree {
    /// The place of the leaf a row ends in, of which `bin` tells the bin in a feature.
    #[inline]
    pub(crate) fn place(&self, bin: impl Fn(usize) -> u8) -> usize {
        let mut node = self.nodes[0];
        while !node.is_leaf() {
            node = self.nodes[node.child(bin(node.feature()))];
        }
        node.next()
    }

    /// The places of the leaves rows end in; `bins` holds feature after feature, a bin for each place.
    pub(crate) fn places(&self, bins: &[u8], places: &mut [u32]) {
        let rows = places.len();
        self.descend(places, |node, row| node.child(bins[node.feature() * rows + row]));
    }

    /// As `places`, of rows that are not binned.
    pub(crate) fn places_of(&self, x: ArrayView2<f64>, thresholds: &Thresholds, places: &mut [u32]) {
        self.descend(places, |node, row| {
            let feature = node.feature();
            node.child_of(x[[row, feature]], &thresholds.0[feature])
        });
    }

    /// Goes down from node to child with every row. Several rows go together, so that none waits for another's memory.
    #[inline(always)]
    fn descend(&self, places: &mut [u32], child: impl Fn(Node, usize) -> usize) {
        let (groups, rest) = places.as_chunks_mut::<LANES>();
        let first_left = groups.len() * LANES;
        for (group, places) in groups.iter_mut().enumerate() {
            let mut at = [self.nodes[0]; LANES];
            loop {
                let mut on_the_way = false;
                for (lane, node) in at.iter_mut().enumerate() {
                    if !node.is_leaf() {
                        *node = self.nodes[child(*node, group * LANES + lane)];
                        on_the_way = true;
                    }
                }
                if !on_the_way {
                    break;
                }
            }
            *places = at.map(|node| node.next);
        }
        for (row, place) in (first_left..).zip(rest) {
            let mut node = self.nodes[0];
            while !node.is_leaf() {
                node = self.nodes[child(node, row)];
            }
            *place = node.next;
        }
    }

    /// Whether every row of `features` bins ends in a leaf of `outputs` numbers.
    fn sound(&self, features: usize, outputs: usize) -> bool {
        let leaves = self.values.len() / outputs.max(1);
        !self.nodes.is_empty()
            && self.nodes.iter().enumerate().all(|(i, node)| {
                if node.is_leaf() {
                    node.next() < leaves
                } else {
                    node.feature() < features && i < node.next() && node.next() + 1 < self.nodes.len()
                }
            })
    }

    /// The tree as bytes: nodes of 8 bytes each and numbers of 8, little-endian.
    pub(crate) fn to_bytes(&self) -> (Vec<u8>, Vec<u8>) {
        let mut nodes = Vec::with_capacity(8 * self.nodes.len());
        for node in &self.nodes {
            nodes.extend(node.what.to_le_bytes());
            nodes.extend(node.next.to_le_bytes());
        }
        (
            nodes,
            self.values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        )
    }

    /// The tree of these bytes; none if they are no tree for rows of `features` bins and leaves of `outputs`.
    pub(crate) fn from_bytes(nodes: &[u8], values: &[u8], features: usize, outputs: usize) -> Option<Self> {
        let (nodes, rest) = nodes.as_chunks::<8>();
        let (values, left) = values.as_chunks::<8>();
        let nodes = nodes.iter().map(|bytes| {
            let (words, _) = bytes.as_chunks::<4>();
            Node {
                what: u32::from_le_bytes(words[0]),
                next: u32::from_le_bytes(words[1]),
            }
        });
        let tree = Self {
            nodes: nodes.collect(),
            values: values.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect(),
        };
        (rest.is_empty() && left.is_empty() && tree.sound(features, outputs)).then_some(tree)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    fn tree() -> Tree {
        let nodes = vec![Node::split(1, 4, true, 1), Node::leaf(1), Node::leaf(0)];
        Tree {
            nodes,
            values: vec![7.0, 8.0],
        }
    }

    #[test]
    fn rows_go_left_up_to_the_cut_and_missing_values_where_told() {
        let bins = [0, 4, 5, 254, MISSING];
        assert_eq!(bins.map(|bin| tree().place(|_| bin)), [1, 1, 0, 0, 1]);
        let mut table = [9u8; 2 * 19];
        for (i, bin) in table[19..].iter_mut().enumerate() {
            *bin = bins[i % 5];
        }
        let mut places = [0; 19];
        tree().places(&table, &mut places);
        assert!(
            places
                .iter()
                .enumerate()
                .all(|(i, place)| *place == [1, 1, 0, 0, 1][i % 5])
        );
    }

    #[test]
    fn values_go_where_their_bins_go() {
        let thresholds = Thresholds(vec![vec![], (0..6).map(f64::from).collect()]);
        let binner = &thresholds.binners()[1];
        let values = [
            f64::NEG_INFINITY,
            0.0,
            3.9,
            4.0,
            4.1,
            5.0,
            9.0,
            f64::INFINITY,
            f64::NAN,
        ];
        let x = Array2::from_shape_fn((values.len(), 2), |(i, j)| if j == 1 { values[i] } else { 0.0 });
        for (cut, missing_left) in [(4, true), (4, false), (5, true), (6, false), (200, false)] {
            let tree = Tree {
                nodes: vec![Node::split(1, cut, missing_left, 1), Node::leaf(0), Node::leaf(1)],
                values: vec![7.0, 8.0],
            };
            let mut places = [9; 9];
            tree.places_of(x.view(), &thresholds, &mut places);
            assert_eq!(
                places,
                values.map(|value| tree.place(|_| binner.bin(value)) as u32)
            );
        }
    }

    #[test]
    fn bytes_hold_the_tree_and_damaged_ones_are_refused() {
        let (nodes, values) = tree().to_bytes();
        assert_eq!(Tree::from_bytes(&nodes, &values, 2, 1), Some(tree()));
        assert_eq!(Tree::from_bytes(&nodes, &values, 1, 1), None);
        assert_eq!(Tree::from_bytes(&nodes, &values[..8], 2, 1), None);
        assert_eq!(Tree::from_bytes(&nodes[..20], &values, 2, 1), None);
        let mut looping = nodes.clone();
        looping[4] = 0;
        assert_eq!(Tree::from_bytes(&looping, &values, 2, 1), None);
    }
}
