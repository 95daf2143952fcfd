//! Whether a graph without a training node can work.

use super::{Catalog, Graph, Violation, columns, members, no_such_node, rules, shape, target, told};

/// Checks a graph that only prepares a table, up to the node `node_id`. It need name neither a data source nor a target.
///
/// # Errors
///
/// Every violation found, as [`check`](super::check()) finds them.
pub fn check_preparation(graph: &Graph, node_id: &str, catalog: &Catalog) -> Result<(), Vec<Violation>> {
    let mut violations = Vec::new();
    let sound = shape::check(graph, catalog, &mut violations);
    if graph.node(node_id).is_none() {
        violations.push(no_such_node(node_id));
    } else if let (true, Some(members)) = (sound, members(graph, node_id, catalog)) {
        rules::source(graph, &members, &format!("node {node_id:?}"), &mut violations);
        rules::splitter(graph, &members, &mut violations);
        target::check_named(&members, &mut violations);
        columns::check(graph, &members, &mut violations);
        for last in members.iter().filter(|member| member.node.id == node_id) {
            rules::feeding(graph, &members, *last, &mut violations);
            rules::added_rows(graph, &members, *last, &mut violations);
        }
    }
    if violations.is_empty() {
        return Ok(());
    }
    Err(told::all(graph, violations))
}
