//! Violations as they are told: in order, each once, and with the id of the node they are about. The path of a field
//! counts the nodes of a graph that a person may only know drawn.

use crate::{
    graph::{Graph, Node},
    id::Name,
    violation::Violation,
};

/// The violations of a graph, ready to be told.
pub(super) fn all(graph: &Graph, mut violations: Vec<Violation>) -> Vec<Violation> {
    for violation in &mut violations {
        if let Some(node) = node(graph, &violation.field)
            && node.id.parse::<Name>().is_ok()
        {
            let (message, id) = (&mut violation.message, format!("{:?}", node.id));
            let named = format!("node {id}");
            if !message.starts_with(&id) && !message.contains(&named) {
                *message += &format!(" ({named})");
            }
        }
    }
    violations.sort();
    violations.dedup();
    violations
}

/// The node that a field such as `graph.nodes[3].config.columns` belongs to.
fn node<'a>(graph: &'a Graph, field: &str) -> Option<&'a Node> {
    let (position, _) = field.strip_prefix("graph.nodes[")?.split_once(']')?;
    graph.nodes.get(position.parse::<usize>().ok()?)
}
