//! A fitted tree: nodes in one list, leaves' numbers in another. It works on raw rows.

/// Marks a leaf.
const LEAF: u32 = u32::MAX;
/// Marks, in a split's feature, that missing values go left.
const MISSING_LEFT: u32 = 1 << 31;

/// A fitted tree.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Tree {
    /// The root, then each split's left and right child beside each other.
    pub(crate) nodes: Vec<Node>,
    /// The numbers of leaf after leaf.
    pub(crate) values: Vec<f64>,
}

/// A split or a leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    threshold: f64,
    feature: u32,
    /// Of a split the left child, to the right of which is the other; of a leaf its place among the leaves.
    next: u32,
}

impl Node {
    /// A leaf.
    pub(crate) fn leaf(place: u32) -> Self {
        Self {
            threshold: 0.0,
            feature: LEAF,
            next: place,
        }
    }

    /// A split: rows with `x ≤ threshold` go left.
    pub(crate) fn split(feature: u32, threshold: f64, missing_left: bool, left: u32) -> Self {
        Self {
            threshold,
            feature: feature | if missing_left { MISSING_LEFT } else { 0 },
            next: left,
        }
    }
}

impl Tree {
    /// The place of the leaf a row ends in.
    #[inline]
    pub(crate) fn place(&self, row: &[f64]) -> usize {
        let mut node = self.nodes[0];
        while node.feature != LEAF {
            let value = row[(node.feature & !MISSING_LEFT) as usize];
            let left = if value.is_nan() {
                node.feature & MISSING_LEFT != 0
            } else {
                value <= node.threshold
            };
            node = self.nodes[node.next as usize + usize::from(!left)];
        }
        node.next as usize
    }

    /// Whether every row of `features` numbers ends in a leaf of `outputs` numbers.
    fn sound(&self, features: usize, outputs: usize) -> bool {
        let leaves = self.values.len() / outputs.max(1);
        !self.nodes.is_empty()
            && self.nodes.iter().enumerate().all(|(i, node)| {
                let next = node.next as usize;
                if node.feature == LEAF {
                    next < leaves
                } else {
                    let feature = (node.feature & !MISSING_LEFT) as usize;
                    feature < features && i < next && next + 1 < self.nodes.len()
                }
            })
    }

    /// The tree as bytes: nodes of 16 bytes each and numbers of 8, little-endian.
    pub(crate) fn to_bytes(&self) -> (Vec<u8>, Vec<u8>) {
        let mut nodes = Vec::with_capacity(16 * self.nodes.len());
        for node in &self.nodes {
            nodes.extend(node.threshold.to_le_bytes());
            nodes.extend(node.feature.to_le_bytes());
            nodes.extend(node.next.to_le_bytes());
        }
        (
            nodes,
            self.values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        )
    }

    /// The tree of these bytes; none if they are no tree for rows of `features` numbers and leaves of `outputs`.
    pub(crate) fn from_bytes(nodes: &[u8], values: &[u8], features: usize, outputs: usize) -> Option<Self> {
        let (nodes, rest) = nodes.as_chunks::<16>();
        let (values, left) = values.as_chunks::<8>();
        let nodes = nodes.iter().map(|bytes| {
            let (words, _) = bytes.as_chunks::<4>();
            let mut threshold = [0; 8];
            threshold.copy_from_slice(&bytes[..8]);
            Node {
                threshold: f64::from_le_bytes(threshold),
                feature: u32::from_le_bytes(words[2]),
                next: u32::from_le_bytes(words[3]),
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
    use super::*;

    fn tree() -> Tree {
        let nodes = vec![Node::split(1, 0.5, true, 1), Node::leaf(1), Node::leaf(0)];
        Tree {
            nodes,
            values: vec![7.0, 8.0],
        }
    }

    #[test]
    fn rows_go_left_up_to_the_threshold_and_missing_values_where_told() {
        let place = |value| tree().place(&[9.0, value]);
        assert_eq!(
            [
                place(0.5),
                place(0.5000001),
                place(f64::NAN),
                place(f64::INFINITY)
            ],
            [1, 0, 1, 0]
        );
    }

    #[test]
    fn bytes_hold_the_tree_and_damaged_ones_are_refused() {
        let (nodes, values) = tree().to_bytes();
        assert_eq!(Tree::from_bytes(&nodes, &values, 2, 1), Some(tree()));
        assert_eq!(Tree::from_bytes(&nodes, &values, 1, 1), None);
        assert_eq!(Tree::from_bytes(&nodes, &values[..8], 2, 1), None);
        assert_eq!(Tree::from_bytes(&nodes[..40], &values, 2, 1), None);
        let mut looping = nodes.clone();
        looping[12] = 0;
        assert_eq!(Tree::from_bytes(&looping, &values, 2, 1), None);
    }
}
