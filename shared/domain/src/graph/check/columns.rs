//! The rules on columns as far as configs decide them: none is named after a node has dropped it, none is added where
//! it is, and none is changed in two branches that meet. What depends on the table is left to the trainer.

mod added;
mod dropped;
mod effects;
mod meetings;
mod places;

use std::collections::BTreeSet;

use super::Member;
use crate::{catalog::ParamKind, graph::Graph, value::Value, violation::Violation};
use effects::{ByColumn, Effects};

pub(super) fn check(graph: &Graph, members: &[Member<'_>], violations: &mut Vec<Violation>) {
    let effects = Effects::all(graph, members);
    let by_column = ByColumn::new(&effects);
    let targets = targets(members);
    dropped::check(&effects, &by_column, &targets, violations);
    added::check(&effects, &by_column, violations);
    meetings::check(graph, &effects, &by_column, &targets, violations);
}

/// The names of the target, which no selection of columns removes.
fn targets<'a>(members: &[Member<'a>]) -> BTreeSet<&'a str> {
    let of = |member: &Member<'a>| {
        let (config, specs) = (&member.node.config, &member.spec.parameters);
        let targets = specs.iter().filter(|spec| spec.kind == ParamKind::Target);
        targets.filter_map(move |spec| config.get(&spec.name).and_then(Value::as_str))
    };
    members.iter().flat_map(of).collect()
}
