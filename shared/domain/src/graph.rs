//! A graph of data-preparation nodes that ends in a training node: its shape, what makes it valid, and the order
//! in which it runs.

mod check;
mod columns;
mod order;

use serde::{Deserialize, Serialize};

pub use check::{Checked, ModelChoice, Submission, check, check_preparation};
pub use columns::ColumnChange;
pub use order::{Plan, PlanStep};

use crate::value::Object;

/// The most nodes a graph may have.
pub const MAX_NODES: usize = 512;
/// The most edges a graph may have.
pub const MAX_EDGES: usize = 2048;

/// Nodes and the edges between them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Graph {
    /// The nodes. Their order breaks ties in the order of execution.
    pub nodes: Vec<Node>,
    /// The edges. Every edge carries the whole frame.
    pub edges: Vec<Edge>,
}

/// One step of data preparation, or the training node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Unique within the graph.
    pub id: String,
    /// The node type's key or one of its aliases.
    #[serde(rename = "type")]
    pub kind: String,
    /// Parameters by name.
    #[serde(default)]
    pub config: Object,
}

/// A data flow from one node to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The id of the node that the frame leaves.
    pub source: String,
    /// The id of the node that the frame enters.
    pub target: String,
    /// The handle a canvas drew the edge from; without effect.
    #[serde(default)]
    pub source_handle: String,
    /// The handle a canvas drew the edge to; without effect.
    #[serde(default)]
    pub target_handle: String,
}

impl Graph {
    /// The node with this id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// The ids of the nodes whose frames enter the node with this id, in the order of the edges.
    pub fn inputs<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        self.edges
            .iter()
            .filter(move |edge| edge.target == id)
            .map(|edge| edge.source.as_str())
    }

    /// The training node's ancestors and itself, in a stable topological order: among nodes that are ready, the
    /// one that stands first in `nodes` runs first. `None` if there is a cycle among them or `training` is unknown.
    pub fn execution_order<'a>(&'a self, training: &'a str) -> Option<Vec<&'a Node>> {
        order::execution_order(self, training)
    }
}
