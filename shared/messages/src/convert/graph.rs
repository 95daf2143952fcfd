//! Graphs.

use domain::graph::{Edge, Graph, Node};

use super::{object_from_pb, object_to_pb};
use crate::v1;

/// The graph a message holds.
pub fn graph_from_pb(graph: v1::Graph) -> Graph {
    let node = |node: v1::Node| Node {
        id: node.id,
        kind: node.r#type,
        config: node.config.map(object_from_pb).unwrap_or_default(),
    };
    let edge = |edge: v1::Edge| Edge {
        source: edge.source,
        target: edge.target,
        source_handle: edge.source_handle,
        target_handle: edge.target_handle,
    };
    Graph {
        nodes: graph.nodes.into_iter().map(node).collect(),
        edges: graph.edges.into_iter().map(edge).collect(),
    }
}

/// A graph as a message.
pub fn graph_to_pb(graph: &Graph) -> v1::Graph {
    let node = |node: &Node| v1::Node {
        id: node.id.clone(),
        r#type: node.kind.clone(),
        config: Some(object_to_pb(&node.config)),
    };
    let edge = |edge: &Edge| v1::Edge {
        source: edge.source.clone(),
        target: edge.target.clone(),
        source_handle: edge.source_handle.clone(),
        target_handle: edge.target_handle.clone(),
    };
    v1::Graph {
        nodes: graph.nodes.iter().map(node).collect(),
        edges: graph.edges.iter().map(edge).collect(),
    }
}
