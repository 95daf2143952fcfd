//! Nodes of a canvas that show data and change nothing: a frame passes through them as it is, so that they are left
//! out and what they stood between is joined.

use std::collections::BTreeSet;

use domain::graph::{Edge, Graph};

/// The types of nodes that only look.
const TYPES: [&str; 7] = [
    "binned_distribution",
    "data_preview",
    "dataset_profile",
    "model_evaluation",
    "model_registry_overview",
    "skewness_distribution",
    "transformer_audit",
];

/// Takes them out of a graph. Edges that then join the same two nodes, as those from the handles of a splitter do
/// anyway, become one.
pub(super) fn leave_out(graph: &mut Graph) {
    let looks = |kind: &str| TYPES.contains(&kind);
    let gone = graph.nodes.iter().filter(|node| looks(&node.kind));
    let gone: BTreeSet<String> = gone.map(|node| node.id.clone()).collect();
    let mut edges: Vec<Edge> = Vec::with_capacity(graph.edges.len());
    let mut drawn = BTreeSet::new();
    for edge in graph.edges.iter().filter(|edge| !gone.contains(&edge.target)) {
        for source in sources(graph, &gone, &edge.source) {
            if drawn.insert((source.clone(), edge.target.clone())) {
                edges.push(Edge {
                    source,
                    ..edge.clone()
                });
            }
        }
    }
    graph.nodes.retain(|node| !gone.contains(&node.id));
    graph.edges = edges;
}

/// The nodes that stay whose frames leave a node: itself, or what stands before it.
fn sources(graph: &Graph, gone: &BTreeSet<String>, id: &str) -> Vec<String> {
    let (mut found, mut seen, mut open) = (Vec::new(), BTreeSet::new(), vec![id]);
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        if gone.contains(id) {
            // The last is taken first: the order of the edges stays.
            let mut before: Vec<&str> = graph.inputs(id).collect();
            before.reverse();
            open.extend(before);
        } else {
            found.push(id.to_owned());
        }
    }
    found
}
