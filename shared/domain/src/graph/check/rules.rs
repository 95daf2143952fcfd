//! The rules on what may stand where: one data source, one splitter before everything that learns, added rows
//! only on the way to the model.

use super::{Member, Submission, order};
use crate::{
    catalog::{NodeRole, RowEffect},
    graph::Graph,
    violation::Violation,
};

/// Every node is fed, and none trains before the training node.
pub(super) fn feeding(
    graph: &Graph,
    members: &[Member<'_>],
    training: Member<'_>,
    violations: &mut Vec<Violation>,
) {
    for member in members.iter().filter(|m| m.spec.role != NodeRole::Source) {
        let id = &member.node.id;
        // That nothing at all feeds the training node is told by the rule on the dataset node.
        if graph.inputs(id).next().is_none() && member.position != training.position {
            let message = format!("{id:?} has no input; only a dataset node begins a graph");
            violations.push(Violation::new(member.path(), message));
        }
        if member.spec.role == NodeRole::Training && member.position != training.position {
            let message = format!(
                "{id:?} trains a model and cannot prepare rows for {:?}",
                training.node.id
            );
            violations.push(Violation::new(member.path(), message));
        }
    }
}

/// The data source that is read, by the dataset node or beside the graph.
pub(super) fn dataset(
    submission: Submission<'_>,
    members: &[Member<'_>],
    violations: &mut Vec<Violation>,
) -> String {
    let Some(source) = source(submission.graph, members, "the training node", violations) else {
        return submission.dataset_source_id.to_owned();
    };
    let field = format!("{}.config.dataset_source_id", source.path());
    match (source.text("dataset_source_id"), submission.dataset_source_id) {
        (Some(own), beside) if !beside.is_empty() && own != beside => {
            violations.push(Violation::new(
                field,
                format!("{own:?} does not agree with dataset_source_id {beside:?}"),
            ));
            own.to_owned()
        }
        (Some(own), _) => own.to_owned(),
        (None, "") => {
            violations.push(Violation::new(
                "dataset_source_id",
                "must be given, here or in the dataset node",
            ));
            String::new()
        }
        (None, beside) => beside.to_owned(),
    }
}

/// The one dataset node, before what is called `last`.
pub(super) fn source<'a>(
    graph: &Graph,
    members: &[Member<'a>],
    last: &str,
    violations: &mut Vec<Violation>,
) -> Option<Member<'a>> {
    let sources: Vec<&Member<'a>> = members
        .iter()
        .filter(|m| m.spec.role == NodeRole::Source)
        .collect();
    let [source] = sources[..] else {
        let message = match sources.len() {
            0 => format!("{last} has no dataset node before it"),
            _ => format!(
                "{last} must have one dataset node before it, not {}",
                names(&sources)
            ),
        };
        violations.push(Violation::new("graph.nodes", message));
        return None;
    };
    if graph.inputs(&source.node.id).next().is_some() {
        let message = format!(
            "dataset node {:?} reads a table and takes no input",
            source.node.id
        );
        violations.push(Violation::new(source.path(), message));
    }
    Some(*source)
}

/// The splitter, if there is one; everything that learns must come after it.
pub(super) fn splitter<'a>(
    graph: &Graph,
    members: &[Member<'a>],
    violations: &mut Vec<Violation>,
) -> Option<Member<'a>> {
    let splitters: Vec<&Member<'a>> = members
        .iter()
        .filter(|m| m.spec.role == NodeRole::Splitter)
        .collect();
    let first = **splitters.first()?;
    if splitters.len() > 1 {
        let message = format!("must run at most one splitter, not {}", names(&splitters));
        violations.push(Violation::new("graph.nodes", message));
        return Some(first);
    }
    let after = order::descendants(graph, &first.node.id, None);
    for member in members {
        let learns = member.spec.learns_with(&member.node.config) || member.rows() == RowEffect::Add;
        if member.spec.role != NodeRole::Source && learns && !after.contains(&member.position) {
            let message = format!(
                "{:?} learns from rows that {:?} has yet to split, so that test rows leak into training; place it after {:?}",
                member.node.id, first.node.id, first.node.id
            );
            violations.push(Violation::new(member.path(), message));
        }
    }
    Some(first)
}

/// Nodes that add rows stand on every path to the training node, and nothing after them changes rows again. Paths
/// around the splitter count too: where branches meet only the rows of all of them stay, and added ones would go.
pub(super) fn added_rows(
    graph: &Graph,
    members: &[Member<'_>],
    training: Member<'_>,
    violations: &mut Vec<Violation>,
) {
    let start = members.iter().find(|m| m.spec.role == NodeRole::Source);
    let Some(start) = start else { return };
    for adder in members.iter().filter(|m| m.rows() == RowEffect::Add) {
        let around = order::descendants(graph, &start.node.id, Some(&adder.node.id));
        if around.contains(&training.position) {
            let message = format!(
                "{:?} adds rows, so every path to {:?} must pass it",
                adder.node.id, training.node.id
            );
            violations.push(Violation::new(adder.path(), message));
        }
        let after = order::descendants(graph, &adder.node.id, None);
        for member in members.iter().filter(|member| after.contains(&member.position)) {
            if member.spec.cross_fitted {
                let message = format!(
                    "{:?} encodes rows by the targets of others, among which {:?} has put copies of them, so that their own targets leak; place it before",
                    member.node.id, adder.node.id
                );
                violations.push(Violation::new(member.path(), message));
            }
            if member.position != adder.position && member.rows() != RowEffect::Keep {
                let message = format!(
                    "{:?} changes rows after {:?} has added some; place it before",
                    member.node.id, adder.node.id
                );
                violations.push(Violation::new(member.path(), message));
            }
        }
    }
}

fn names(members: &[&Member<'_>]) -> String {
    members
        .iter()
        .map(|member| format!("{:?}", member.node.id))
        .collect::<Vec<_>>()
        .join(" and ")
}
