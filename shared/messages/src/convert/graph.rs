//! Graphs.

use domain::{
    graph::{Edge, Graph, Node},
    value::{Object, Value},
};

use super::{object_from_pb, object_to_pb};
use crate::v1;

/// The object that a JSON text holds, if it is one.
pub fn json_object(text: &str) -> Option<Object> {
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Some(fields),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_)) | Err(_) => {
            None
        }
    }
}

/// A node's config. Hyperparameters may come as JSON text and are an object from here on; text that is no object
/// stays, for the check of the graph to tell.
fn config_from_pb(config: prost_types::Struct) -> Object {
    let mut config = object_from_pb(config);
    if let Some(own @ Value::String(_)) = config.get_mut("hyperparameters")
        && let Some(fields) = own.as_str().and_then(json_object)
    {
        *own = Value::Object(fields);
    }
    config
}

/// The graph a message holds.
pub fn graph_from_pb(graph: v1::Graph) -> Graph {
    let node = |node: v1::Node| Node {
        id: node.id,
        kind: node.r#type,
        config: node.config.map(config_from_pb).unwrap_or_default(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyperparameters_in_json_text_are_read_and_other_text_stays() {
        let with = |text: &str| {
            let config = Object::from([("hyperparameters".to_owned(), text.into())]);
            let node = Node {
                id: "t".into(),
                kind: "train_model".into(),
                config,
            };
            let graph = Graph {
                nodes: vec![node],
                edges: Vec::new(),
            };
            let back = graph_from_pb(graph_to_pb(&graph));
            assert_eq!(graph_from_pb(graph_to_pb(&back)), back);
            back.nodes[0].config["hyperparameters"].clone()
        };
        let read = Object::from([("alpha".to_owned(), 2.5.into()), ("on".to_owned(), true.into())]);
        assert_eq!(with(r#" {"alpha": 2.5, "on": true} "#), Value::Object(read));
        for text in ["", "alpha: 2", "[1]", "{", "7"] {
            assert_eq!(with(text), text.into());
        }
    }
}
