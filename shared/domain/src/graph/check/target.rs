//! The rules on the target column: it is named, all that name it agree, and no feature node touches or makes it. Neither
//! do they touch or make the column of sample weights, which is no feature and is read from the table as it is.

use super::Member;
use crate::{
    catalog::{ColumnEffect, Names, NodeRole, ParamKind, ParamSpec, resolve},
    graph::columns,
    value::{Object, Value},
    violation::Violation,
};

pub(super) fn check(members: &[Member<'_>], violations: &mut Vec<Violation>) {
    if !check_named(members, violations) {
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
    }
}

/// Whether a node names the target. Where one does, the rules on it are checked.
pub(super) fn check_named(members: &[Member<'_>], violations: &mut Vec<Violation>) -> bool {
    let named: Vec<(&Member<'_>, &str, &str)> = members.iter().flat_map(named_by).collect();
    let Some((first, _, target)) = named
        .iter()
        .rev()
        .find(|(m, _, _)| m.spec.role == NodeRole::Training)
        .or(named.first())
    else {
        return false;
    };
    for (member, parameter, other) in named.iter().filter(|(_, _, other)| other != target) {
        let field = format!("{}.config.{parameter}", member.path());
        let message = format!(
            "names the target {other:?}, but node {:?} names {target:?}",
            first.node.id
        );
        violations.push(Violation::new(field, message));
    }
    let mut reserved = vec![(*target, Reserved::Target)];
    let training = members.iter().find(|m| m.spec.role == NodeRole::Training);
    if let Some((training, weights)) =
        training.and_then(|training| Some((training, training.text("sample_weight_column")?)))
    {
        if weights == *target {
            let field = format!("{}.config.sample_weight_column", training.path());
            violations.push(Violation::new(
                field,
                format!("must not be the target {target:?}"),
            ));
        }
        reserved.push((weights, Reserved::Weights));
    }
    if let Some(training) = training.filter(|training| training.is("cv_enabled", true))
        && training.text("cv_order_column") == Some(*target)
    {
        let field = format!("{}.config.cv_order_column", training.path());
        violations.push(Violation::new(
            field,
            format!("must not be the target {target:?}"),
        ));
    }
    for member in members.iter().filter(|m| m.spec.role != NodeRole::Training) {
        for &(column, reserved) in &reserved {
            let (given, told) = (&member.node.config, violations.len());
            let mut search = Search {
                column,
                reserved,
                violations,
            };
            search.object(
                &member.spec.parameters,
                given,
                &format!("{}.config", member.path()),
            );
            // A name that is made up of others, such as `{column}_year`.
            let makes = || {
                let config = resolve(&member.spec.parameters, given);
                [ColumnEffect::Adds, ColumnEffect::Sets]
                    .iter()
                    .flat_map(|effect| columns::named(member.spec, &config, *effect).columns)
                    .any(|made| made == column)
            };
            if violations.len() == told && makes() {
                let message = format!(
                    "would make a column {column:?}, which is the name of {}",
                    reserved.as_str()
                );
                violations.push(Violation::new(format!("{}.config", member.path()), message));
            }
        }
    }
    true
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

/// What a column is for, other than being a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reserved {
    Target,
    Weights,
}

impl Reserved {
    fn as_str(self) -> &'static str {
        match self {
            Reserved::Target => "the target",
            Reserved::Weights => "the sample weights",
        }
    }
}

/// Looks for a column among the feature columns that a config names, and tells where it is.
struct Search<'a> {
    column: &'a str,
    reserved: Reserved,
    violations: &'a mut Vec<Violation>,
}

impl Search<'_> {
    fn object(&mut self, specs: &[ParamSpec], given: &Object, path: &str) {
        for (name, value) in given {
            if let Some(spec) = specs.iter().find(|spec| &spec.name == name) {
                let path = format!("{path}.{name}");
                match spec.names {
                    Some(Names::Features) => self.names(value, &path),
                    Some(Names::Output) => self.output(value, &path),
                    None => {}
                }
                self.value(&spec.kind, value, &path);
            }
        }
    }

    /// The value of a parameter that names features: one, or each by its name.
    fn names(&mut self, value: &Value, path: &str) {
        let named = match value {
            Value::String(text) => text == self.column,
            Value::Object(fields) => fields.contains_key(self.column),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) => false,
        };
        if named {
            self.tell(path);
        }
    }

    /// The value of a parameter that names a column to make.
    fn output(&mut self, value: &Value, path: &str) {
        if value.as_str() == Some(self.column) {
            let message = format!("must not be {} {:?}", self.reserved.as_str(), self.column);
            self.violations.push(Violation::new(path, message));
        }
    }

    fn value(&mut self, kind: &ParamKind, value: &Value, path: &str) {
        match (kind, value) {
            (ParamKind::Columns, Value::List(items)) => {
                if items.iter().any(|item| item.as_str() == Some(self.column)) {
                    self.tell(path);
                }
            }
            (ParamKind::List(item), Value::List(values)) => {
                for (i, value) in values.iter().enumerate() {
                    self.value(item, value, &format!("{path}[{i}]"));
                }
            }
            (ParamKind::Map(item), Value::Object(fields)) => {
                for (name, value) in fields {
                    self.value(item, value, &format!("{path}.{name}"));
                }
            }
            (ParamKind::OneOf(kinds), value) => {
                for kind in kinds {
                    self.value(kind, value, path);
                }
            }
            (ParamKind::Object(specs), Value::Object(fields)) => self.object(specs, fields, path),
            (_, _) => {}
        }
    }

    fn tell(&mut self, path: &str) {
        let message = format!("must not list {} {:?}", self.reserved.as_str(), self.column);
        self.violations.push(Violation::new(path, message));
    }
}
