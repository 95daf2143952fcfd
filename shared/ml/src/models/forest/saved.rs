//! A fitted forest and its saved form, in which trees are byte strings: short to write and quick to read.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

use crate::models::tree::fitted::Tree;

/// A fitted forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct Forest {
    /// Features it was fitted on.
    pub(crate) features: usize,
    /// Numbers per leaf.
    pub(crate) outputs: usize,
    /// Its trees; at least one.
    pub(crate) trees: Vec<Tree>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    features: usize,
    outputs: usize,
    trees: Vec<SavedTree>,
}

#[derive(Serialize, Deserialize)]
struct SavedTree {
    nodes: Bytes,
    values: Bytes,
}

impl From<Forest> for Saved {
    fn from(forest: Forest) -> Self {
        let trees = forest.trees.iter().map(|tree| {
            let (nodes, values) = tree.to_bytes();
            SavedTree {
                nodes: Bytes(nodes),
                values: Bytes(values),
            }
        });
        Self {
            features: forest.features,
            outputs: forest.outputs,
            trees: trees.collect(),
        }
    }
}

impl TryFrom<Saved> for Forest {
    type Error = &'static str;

    fn try_from(saved: Saved) -> Result<Self, &'static str> {
        let (features, outputs) = (saved.features, saved.outputs);
        let trees: Option<Vec<Tree>> = saved
            .trees
            .iter()
            .map(|tree| Tree::from_bytes(&tree.nodes.0, &tree.values.0, features, outputs))
            .collect();
        match trees {
            Some(trees) if !trees.is_empty() && outputs > 0 => Ok(Self {
                features,
                outputs,
                trees,
            }),
            Some(_) | None => Err("a tree is damaged"),
        }
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
