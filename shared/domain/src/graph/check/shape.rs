//! The rules on a graph's shape: sizes, ids, types, configs, edges, cycles.

use std::collections::{BTreeMap, BTreeSet};

use super::order;
use crate::{
    catalog::Catalog,
    graph::{Graph, MAX_EDGES, MAX_NODES},
    hint::did_you_mean,
    id::{NAME_RULE, Name},
    violation::Violation,
};

/// Whether ids, types, edges and sizes are sound, so that rules on what stands where can be told. Configs are
/// checked too, but wrong ones leave the shape sound.
pub(super) fn check(graph: &Graph, catalog: &Catalog, violations: &mut Vec<Violation>) -> bool {
    if graph.nodes.is_empty() {
        violations.push(Violation::new(
            "graph.nodes",
            "must hold at least a dataset node and a training node",
        ));
    }
    if graph.nodes.len() > MAX_NODES {
        let message = format!(
            "holds {} nodes; at most {MAX_NODES} are accepted",
            graph.nodes.len()
        );
        violations.push(Violation::new("graph.nodes", message));
        return false;
    }
    if graph.edges.len() > MAX_EDGES {
        let message = format!(
            "holds {} edges; at most {MAX_EDGES} are accepted",
            graph.edges.len()
        );
        violations.push(Violation::new("graph.edges", message));
        return false;
    }
    configs(graph, catalog, violations);
    let before = violations.len();
    nodes(graph, catalog, violations);
    if edges(graph, violations) {
        cycles(graph, violations);
    }
    violations.len() == before && !graph.nodes.is_empty()
}

fn configs(graph: &Graph, catalog: &Catalog, violations: &mut Vec<Violation>) {
    for (i, node) in graph.nodes.iter().enumerate() {
        if let Some(spec) = catalog.node(&node.kind) {
            let path = format!("graph.nodes[{i}].config");
            spec.check(&node.config, &path, violations);
        }
    }
}

fn nodes(graph: &Graph, catalog: &Catalog, violations: &mut Vec<Violation>) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, node) in graph.nodes.iter().enumerate() {
        let path = format!("graph.nodes[{i}]");
        if node.id.parse::<Name>().is_err() {
            violations.push(Violation::new(format!("{path}.id"), NAME_RULE));
        }
        if let Some(earlier) = first.get(node.id.as_str()) {
            let message = format!("{:?} is the id of graph.nodes[{earlier}] too", node.id);
            violations.push(Violation::new(format!("{path}.id"), message));
        }
        first.entry(&node.id).or_insert(i);
        if catalog.node(&node.kind).is_none() {
            let known: Vec<&str> = catalog.nodes.iter().map(|n| n.key.as_str()).collect();
            let message = format!(
                "unknown node type {:?}; {}known are {}",
                node.kind,
                did_you_mean(&node.kind, known.iter().copied()),
                known.join(", ")
            );
            violations.push(Violation::new(format!("{path}.type"), message));
        }
    }
}

/// Whether every edge ties two different nodes of the graph.
fn edges(graph: &Graph, violations: &mut Vec<Violation>) -> bool {
    let ids: BTreeSet<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    let mut sound = true;
    for (i, edge) in graph.edges.iter().enumerate() {
        for (end, id) in [("source", &edge.source), ("target", &edge.target)] {
            if !ids.contains(id.as_str()) {
                let field = format!("graph.edges[{i}].{end}");
                violations.push(Violation::new(field, format!("no node has the id {id:?}")));
                sound = false;
            }
        }
        if !seen.insert((&edge.source, &edge.target)) {
            let message = format!("{:?} to {:?} is drawn twice", edge.source, edge.target);
            violations.push(Violation::new(format!("graph.edges[{i}]"), message));
        }
    }
    sound
}

fn cycles(graph: &Graph, violations: &mut Vec<Violation>) {
    let all = (0..graph.nodes.len()).collect();
    let Err(behind) = order::topological(graph, &all) else {
        return;
    };
    let on_cycle = |i: &usize| {
        let id = graph.nodes[*i].id.as_str();
        let reached = order::descendants(graph, id, None);
        let reached: BTreeSet<&str> = reached.iter().map(|at| graph.nodes[*at].id.as_str()).collect();
        let mut back = graph.edges.iter().filter(|edge| edge.target == id);
        back.any(|edge| reached.contains(edge.source.as_str()))
    };
    let names: Vec<&str> = behind
        .iter()
        .filter(|i| on_cycle(i))
        .map(|i| graph.nodes[*i].id.as_str())
        .collect();
    let message = format!("must not run in a circle; on one lie {}", names.join(", "));
    violations.push(Violation::new("graph.edges", message));
}
