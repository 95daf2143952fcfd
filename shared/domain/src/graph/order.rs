//! The order in which a graph runs, and what is told of it before it does.

use std::collections::{BTreeMap, BTreeSet};

use super::{ColumnChange, Graph, Node};
use crate::catalog::RowEffect;

/// What a trainer will do with a graph, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The nodes the training node depends on, and itself, in the order they run.
    pub steps: Vec<PlanStep>,
}

/// One node of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanStep {
    /// The node's id.
    pub node_id: String,
    /// The node type's key, aliases resolved.
    pub kind: String,
    /// Whether it learns from data.
    pub learns: bool,
    /// The rows it learns from, in words; empty where it learns nothing.
    pub fitted_on: String,
    /// What it does to the number of rows.
    pub rows: RowEffect,
    /// What it does to columns, where its config alone decides.
    pub columns: ColumnChange,
}

/// Positions in `graph.nodes` of everything from which `start` can be reached against the edges, `start` included.
pub(super) fn ancestors(graph: &Graph, start: &str) -> BTreeSet<usize> {
    let steps = graph.edges.iter();
    walk(
        graph,
        start,
        steps.map(|edge| (edge.target.as_str(), edge.source.as_str())),
    )
}

/// Positions in `graph.nodes` of everything that can be reached from `start` along the edges without passing
/// `barred`, `start` included.
pub(super) fn descendants(graph: &Graph, start: &str, barred: Option<&str>) -> BTreeSet<usize> {
    let steps = graph.edges.iter();
    let steps = steps.map(|edge| (edge.source.as_str(), edge.target.as_str()));
    walk(graph, start, steps.filter(|(_, target)| Some(*target) != barred))
}

/// Where steps, each from one node to another, lead from `start`.
fn walk<'a>(
    graph: &'a Graph,
    start: &'a str,
    steps: impl Iterator<Item = (&'a str, &'a str)>,
) -> BTreeSet<usize> {
    let positions: BTreeMap<&str, usize> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(i, n)| (n.id.as_str(), i))
        .collect();
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in steps {
        next.entry(from).or_default().push(to);
    }
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(id) = open.pop() {
        if let Some(position) = positions.get(id)
            && found.insert(*position)
        {
            open.extend(next.get(id).into_iter().flatten());
        }
    }
    found
}

/// The positions of `members` in a stable topological order, or the positions that lie on or behind a cycle.
pub(super) fn topological(graph: &Graph, members: &BTreeSet<usize>) -> Result<Vec<usize>, Vec<usize>> {
    let positions: BTreeMap<&str, usize> = members
        .iter()
        .map(|i| (graph.nodes[*i].id.as_str(), *i))
        .collect();
    let mut waits_for: BTreeMap<usize, BTreeSet<usize>> =
        members.iter().map(|i| (*i, BTreeSet::new())).collect();
    for edge in &graph.edges {
        if let (Some(source), Some(target)) = (
            positions.get(edge.source.as_str()),
            positions.get(edge.target.as_str()),
        ) {
            waits_for.entry(*target).or_default().insert(*source);
        }
    }
    let mut order = Vec::with_capacity(members.len());
    while let Some(ready) = waits_for
        .iter()
        .find(|(_, inputs)| inputs.is_empty())
        .map(|(i, _)| *i)
    {
        waits_for.remove(&ready);
        waits_for.values_mut().for_each(|inputs| {
            inputs.remove(&ready);
        });
        order.push(ready);
    }
    if waits_for.is_empty() {
        Ok(order)
    } else {
        Err(waits_for.into_keys().collect())
    }
}

pub(super) fn execution_order<'a>(graph: &'a Graph, training: &'a str) -> Option<Vec<&'a Node>> {
    graph.node(training)?;
    let members = ancestors(graph, training);
    let order = topological(graph, &members).ok()?;
    Some(order.into_iter().map(|i| &graph.nodes[i]).collect())
}
