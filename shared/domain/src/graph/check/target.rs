//! The rules on the target column: it is named, all that name it agree, and no feature node touches it.

use super::Member;
use crate::{
    catalog::{NodeRole, ParamKind, ParamSpec},
    value::{Object, Value},
    violation::Violation,
};

pub(super) fn check(members: &[Member<'_>], violations: &mut Vec<Violation>) {
    let named: Vec<(&Member<'_>, &str, &str)> = members.iter().flat_map(named_by).collect();
    let Some((first, _, target)) = named
        .iter()
        .rev()
        .find(|(m, _, _)| m.spec.role == NodeRole::Training)
        .or(named.first())
    else {
        let training = members.iter().find(|m| m.spec.role == NodeRole::Training);
        let path = training.map_or_else(|| "graph.nodes".to_owned(), Member::path);
        if violations
            .iter()
            .any(|told| members.iter().any(|m| names_target(m, &told.field)))
        {
            return;
        }
        violations.push(Violation::new(
            format!("{path}.config.target_column"),
            "must be given: no node names the target",
        ));
        return;
    };
    for (member, parameter, other) in named.iter().filter(|(_, _, other)| other != target) {
        let field = format!("{}.config.{parameter}", member.path());
        let message = format!(
            "names the target {other:?}, but node {:?} names {target:?}",
            first.node.id
        );
        violations.push(Violation::new(field, message));
    }
    for member in members.iter().filter(|m| m.spec.role != NodeRole::Training) {
        let path = format!("{}.config", member.path());
        untouched(
            &member.spec.parameters,
            &member.node.config,
            target,
            &path,
            violations,
        );
    }
}

/// Whether a field is where a node names its target.
fn names_target(member: &Member<'_>, field: &str) -> bool {
    let path = member.path();
    let mut targets = member
        .spec
        .parameters
        .iter()
        .filter(|spec| spec.kind == ParamKind::Target);
    targets.any(|spec| field == format!("{path}.config.{}", spec.name))
}

fn named_by<'a, 'b>(member: &'b Member<'a>) -> impl Iterator<Item = (&'b Member<'a>, &'a str, &'a str)> {
    let targets = member
        .spec
        .parameters
        .iter()
        .filter(|spec| spec.kind == ParamKind::Target);
    targets.filter_map(move |spec| {
        member
            .node_text(&spec.name)
            .map(|target| (member, spec.name.as_str(), target))
    })
}

impl<'a> Member<'a> {
    fn node_text(&self, name: &str) -> Option<&'a str> {
        self.node
            .config
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }
}

/// Nowhere in `given` is `target` listed among feature columns.
fn untouched(specs: &[ParamSpec], given: &Object, target: &str, path: &str, violations: &mut Vec<Violation>) {
    for (name, value) in given {
        if let Some(spec) = specs.iter().find(|spec| &spec.name == name) {
            untouched_value(&spec.kind, value, target, &format!("{path}.{name}"), violations);
        }
    }
}

fn untouched_value(
    kind: &ParamKind,
    value: &Value,
    target: &str,
    path: &str,
    violations: &mut Vec<Violation>,
) {
    match (kind, value) {
        (ParamKind::Columns, Value::List(items))
            if items.iter().any(|item| item.as_str() == Some(target)) =>
        {
            violations.push(Violation::new(
                path,
                format!("must not list the target {target:?}"),
            ));
        }
        (ParamKind::List(item), Value::List(values)) => {
            for (i, value) in values.iter().enumerate() {
                untouched_value(item, value, target, &format!("{path}[{i}]"), violations);
            }
        }
        (ParamKind::Object(specs), Value::Object(fields)) => {
            untouched(specs, fields, target, path, violations)
        }
        (_, _) => {}
    }
}
