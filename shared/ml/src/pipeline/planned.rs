//! The nodes of a graph in the order they run.

use std::collections::BTreeMap;

use domain::{
    catalog::{NodeRole, NodeSpec},
    graph::{Graph, Node},
};

use crate::{Error, error::Result, node::ErasedNode, nodes};

/// A node that is to run, and where its input comes from.
pub(super) struct Planned<'a> {
    pub(super) node: &'a Node,
    pub(super) erased: &'static dyn ErasedNode,
    pub(super) spec: NodeSpec,
    pub(super) inputs: Vec<usize>,
}

/// The nodes that run, with their places instead of their ids.
pub(super) fn plan<'a>(graph: &'a Graph, training: &'a str) -> Result<Vec<Planned<'a>>> {
    let Some(order) = graph.execution_order(training) else {
        let message = format!("there is no node {training:?}, or a cycle leads to it");
        return Err(Error::spec("INVALID_GRAPH", message));
    };
    let places: BTreeMap<&str, usize> = order
        .iter()
        .enumerate()
        .map(|(at, node)| (node.id.as_str(), at))
        .collect();
    let mut planned = Vec::with_capacity(order.len());
    for node in order {
        let unknown = || {
            Error::spec(
                "UNKNOWN_NODE_TYPE",
                format!("there is no node type {:?}", node.kind),
            )
        };
        let (erased, spec) = nodes::get(&node.kind).ok_or_else(|| unknown().at(&node.id))?;
        let mut inputs: Vec<usize> = Vec::new();
        for source in graph.inputs(&node.id) {
            // Ancestors only: every input of a node that runs ran before it.
            let place = places
                .get(source)
                .copied()
                .filter(|place| !inputs.contains(place));
            inputs.extend(place);
        }
        if inputs.is_empty() != (spec.role == NodeRole::Source) {
            let message = "a graph begins at its dataset node, and nowhere else";
            return Err(Error::spec("INVALID_GRAPH", message).at(&node.id));
        }
        planned.push(Planned {
            node,
            erased,
            spec,
            inputs,
        });
    }
    Ok(planned)
}

/// The place of the node whose rows are dealt out to folds: the splitter, or the source where there is none.
pub(super) fn anchor(planned: &[Planned<'_>]) -> usize {
    let splitter = planned
        .iter()
        .position(|step| step.spec.role == NodeRole::Splitter);
    splitter.unwrap_or(0)
}

/// For each place whether it lies behind this one.
pub(super) fn behind(planned: &[Planned<'_>], anchor: usize) -> Vec<bool> {
    let mut behind = vec![false; planned.len()];
    for (at, step) in planned.iter().enumerate() {
        behind[at] = step.inputs.iter().any(|&input| input == anchor || behind[input]);
    }
    behind
}
