//! The saved form of a fitted forest, in which trees are byte strings: short to write and quick to read.

use std::sync::Arc;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

use super::Forest;
use crate::models::tree::{fitted::Tree, thresholds::Thresholds};

impl Serialize for Forest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Saved {
            thresholds: SavedThresholds::of(&self.thresholds),
            outputs: self.outputs,
            trees: SavingTrees(&self.trees),
            importances: self.importances.clone(),
            outside: self.outside,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Forest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::<Vec<SavedTree>>::deserialize(deserializer)?;
        let thresholds = saved
            .thresholds
            .thresholds()
            .ok_or_else(|| D::Error::custom("thresholds are damaged"))?;
        let outputs = saved.outputs;
        let trees = saved
            .trees
            .iter()
            .map(|tree| tree.tree(thresholds.features(), outputs));
        match trees.collect::<Option<Vec<Tree>>>() {
            Some(trees) if !trees.is_empty() && outputs > 0 => Ok(Self {
                thresholds: Arc::new(thresholds),
                outputs,
                trees: Arc::new(trees),
                importances: saved.importances,
                outside: saved.outside,
            }),
            Some(_) | None => Err(D::Error::custom("a tree is damaged")),
        }
    }
}

/// `T` is the trees: all of them where they are read, and where they are written one after the other.
#[derive(Serialize, Deserialize)]
struct Saved<T> {
    thresholds: SavedThresholds,
    outputs: usize,
    trees: T,
    importances: Vec<f64>,
    outside: Option<f64>,
}

/// Thresholds as bytes, feature after feature.
#[derive(Serialize, Deserialize)]
pub(crate) struct SavedThresholds(Vec<Bytes>);

impl SavedThresholds {
    pub(crate) fn of(thresholds: &Thresholds) -> Self {
        let bytes =
            |feature: &Vec<f64>| Bytes(feature.iter().flat_map(|number| number.to_le_bytes()).collect());
        Self(thresholds.0.iter().map(bytes).collect())
    }

    /// The thresholds, unless they are damaged.
    pub(crate) fn thresholds(&self) -> Option<Thresholds> {
        let feature = |bytes: &Bytes| {
            let (numbers, rest) = bytes.0.as_chunks::<8>();
            rest.is_empty()
                .then(|| numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
        };
        let thresholds = Thresholds(self.0.iter().map(feature).collect::<Option<_>>()?);
        thresholds.sound().then_some(thresholds)
    }
}

/// A tree as bytes.
#[derive(Serialize, Deserialize)]
pub(crate) struct SavedTree {
    nodes: Bytes,
    values: Bytes,
}

impl SavedTree {
    pub(crate) fn of(tree: &Tree) -> Self {
        let (nodes, values) = tree.to_bytes();
        Self {
            nodes: Bytes(nodes),
            values: Bytes(values),
        }
    }

    /// The tree, unless it is damaged.
    pub(crate) fn tree(&self, features: usize, outputs: usize) -> Option<Tree> {
        Tree::from_bytes(&self.nodes.0, &self.values.0, features, outputs)
    }
}

/// Trees that become bytes one after the other, so that no two lie in memory as such.
pub(crate) struct SavingTrees<'t>(pub(crate) &'t [Tree]);

impl Serialize for SavingTrees<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(SavedTree::of))
    }
}

/// A byte string, which serde would write as a list of numbers.
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BytesVisitor;
        impl Visitor<'_> for BytesVisitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a byte string")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}
