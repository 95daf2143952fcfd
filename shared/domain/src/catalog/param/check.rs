//! The check of given values against the types and bounds of parameters.

use super::{ParamKind, ParamSpec};
use crate::{
    catalog::text::{are_edges, multiple, pairs, pattern_fault},
    hint::did_you_mean,
    value::{Object, Value},
    violation::Violation,
};

/// The most characters of a text.
const LONGEST_TEXT: usize = 4096;

impl ParamKind {
    pub(in crate::catalog) fn check(&self, path: &str, value: &Value, violations: &mut Vec<Violation>) {
        let fits = match (self, value) {
            (ParamKind::Boolean, Value::Bool(_))
            | (ParamKind::Any, _)
            | (ParamKind::Scalar, Value::String(_) | Value::Number(_) | Value::Bool(_)) => true,
            (ParamKind::Integer { min, max }, value) => {
                value.as_integer().is_some_and(|n| (*min..=*max).contains(&n))
            }
            (
                ParamKind::Number {
                    min,
                    max,
                    above_min,
                    below_max,
                },
                Value::Number(n),
            ) => {
                n.is_finite()
                    && (min < n || (!above_min && min == n))
                    && (n < max || (!below_max && n == max))
            }
            (ParamKind::Text, Value::String(text)) => text.chars().count() <= LONGEST_TEXT,
            (ParamKind::Target, Value::String(text)) => !text.is_empty(),
            (ParamKind::Choice(words), Value::String(text)) => words.contains(text),
            (ParamKind::Choice(words), Value::Null) => words.iter().any(|word| word == "none"),
            (ParamKind::Columns, Value::List(items)) => return check_names(items, path, violations),
            (ParamKind::Pattern, Value::String(text)) if text.chars().count() <= LONGEST_TEXT => {
                if let Some(fault) = pattern_fault(text) {
                    let message = format!("is no regular expression: {fault}");
                    violations.push(Violation::new(path, message));
                }
                return;
            }
            (ParamKind::Pairs, Value::String(text)) if text.chars().count() <= LONGEST_TEXT => {
                match pairs(text) {
                    Ok(pairs) if pairs.is_empty() && !text.is_empty() => {
                        violations.push(Violation::new(path, "holds no pair such as `st => Street`"));
                    }
                    Ok(_) => {}
                    Err(line) => {
                        let message = format!("holds {line:?}, which is no pair such as `st => Street`");
                        violations.push(Violation::new(path, message));
                    }
                }
                return;
            }
            (ParamKind::Multiple(words), Value::String(text)) => {
                multiple(text).is_some_and(|(_, word)| words.iter().any(|known| known == word))
            }
            (ParamKind::Edges, Value::List(items)) => are_edges(items),
            (ParamKind::OneOf(kinds), value) => {
                let Some(found) = self.of_none(kinds, path, value) else {
                    return;
                };
                return violations.extend(found);
            }
            (ParamKind::List(item), Value::List(values)) => {
                for (i, value) in values.iter().enumerate() {
                    item.check(&format!("{path}[{i}]"), value, violations);
                }
                return;
            }
            (ParamKind::Map(item), Value::Object(fields)) => {
                for (name, value) in fields {
                    item.check(&format!("{path}.{name}"), value, violations);
                }
                return;
            }
            (ParamKind::Object(specs), Value::Object(fields)) => {
                return check(specs, fields, path, violations);
            }
            (_, _) => false,
        };
        if !fits {
            violations.push(self.mismatch(path, value));
        }
    }

    fn mismatch(&self, path: &str, value: &Value) -> Violation {
        Violation::new(path, format!("must be {}, not {}", self.describe(), shown(value)))
    }

    /// What is wrong with a value that is of none of these kinds: what the only one finds that has more to say than
    /// that the value is of another kind, or else that it is of none.
    fn of_none(&self, kinds: &[ParamKind], path: &str, value: &Value) -> Option<Vec<Violation>> {
        let mut telling = Vec::new();
        for kind in kinds {
            let mut found = Vec::new();
            kind.check(path, value, &mut found);
            if found.is_empty() {
                return None;
            }
            if found != [kind.mismatch(path, value)] {
                telling.push(found);
            }
        }
        match telling.pop() {
            Some(found) if telling.is_empty() => Some(found),
            Some(_) | None => Some(vec![self.mismatch(path, value)]),
        }
    }
}

fn check_names(items: &[Value], path: &str, violations: &mut Vec<Violation>) {
    let is_name = |item: &Value| item.as_str().is_some_and(|name| !name.is_empty());
    for (i, item) in items.iter().enumerate().filter(|(_, item)| !is_name(item)) {
        let message = format!("must be a column name, not {}", shown(item));
        violations.push(Violation::new(format!("{path}[{i}]"), message));
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.chars().count() <= 40 => value.to_string(),
        Value::String(_) | Value::List(_) | Value::Object(_) => value.kind().into(),
    }
}

/// Checks `given` against `specs`: unknown names, missing required ones, types and bounds. Every violation is
/// added, with its path below `path`.
pub fn check(specs: &[ParamSpec], given: &Object, path: &str, violations: &mut Vec<Violation>) {
    for (name, value) in given {
        let field = format!("{path}.{name}");
        match specs.iter().find(|spec| &spec.name == name) {
            None => {
                let known = specs.iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>();
                let hint = did_you_mean(name, known.iter().copied());
                let known = if known.is_empty() {
                    "nothing".into()
                } else {
                    known.join(", ")
                };
                violations.push(Violation::new(
                    field,
                    format!("unknown parameter; {hint}accepted are {known}"),
                ));
            }
            Some(spec) if *value == Value::Null && spec.default == Value::Null && !spec.required => {}
            Some(spec) => spec.kind.check(&field, value, violations),
        }
    }
    for spec in specs.iter().filter(|spec| spec.required) {
        if given.get(&spec.name).is_none_or(Value::is_blank) {
            violations.push(Violation::new(format!("{path}.{}", spec.name), "must be given"));
        }
    }
}
