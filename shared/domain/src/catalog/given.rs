//! The parameters that a config gives, those in nested objects included: which have no effect in it, such as those of
//! another mode, and which columns the others name.

use super::{Condition, Names, ParamKind, ParamSpec, resolve};
use crate::value::{Object, Value};

/// The parameters that are given and have no effect, with the path of each and why. Blank ones and defaults, which a
/// form writes, say nothing.
pub(super) fn unused(specs: &[ParamSpec], config: &Object) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(specs, config, &mut |parameter| {
        if let Some(reason) = parameter.unused
            && !parameter.value.is_blank()
            && *parameter.value != parameter.spec.default
        {
            found.push((parameter.path, reason));
        }
    });
    found
}

/// The feature columns that a config names one by one where that has an effect, with the path of each. The keys of a
/// map for whose path `looked_up` holds are left out: it may have keys that nothing is looked up by.
pub(super) fn features<'a>(
    specs: &'a [ParamSpec],
    config: &'a Object,
    looked_up: impl Fn(&str) -> bool,
) -> Vec<(String, &'a str)> {
    let mut found = Vec::new();
    walk(specs, config, &mut |Parameter {
                                  spec,
                                  value,
                                  path,
                                  unused,
                              }| match value {
        _ if unused.is_some() => {}
        Value::List(items) if spec.kind == ParamKind::Columns => {
            let items = items.iter().filter_map(Value::as_str);
            found.extend(items.map(|name| (path.clone(), name)));
        }
        Value::String(name) if spec.names == Some(Names::Features) && !name.is_empty() => {
            found.push((path, name.as_str()));
        }
        Value::Object(map) if spec.names == Some(Names::Features) && !looked_up(&path) => {
            let given = map
                .iter()
                .filter(|(name, value)| !name.is_empty() && **value != Value::Null);
            found.extend(given.map(|(name, _)| (format!("{path}.{name}"), name.as_str())));
        }
        _ => {}
    });
    found
}

/// A parameter that is given.
struct Parameter<'a> {
    spec: &'a ParamSpec,
    value: &'a Value,
    path: String,
    /// Why it has no effect, if it has none.
    unused: Option<String>,
}

/// Shows every parameter that is given, but none inside one without effect.
fn walk<'a>(specs: &'a [ParamSpec], config: &'a Object, show: &mut dyn FnMut(Parameter<'a>)) {
    let resolved = resolve(specs, config);
    let level = Level {
        resolved: &resolved,
        outer: None,
    };
    level.object(specs, config, "", show);
}

/// An object with its defaults, and those around it.
struct Level<'a> {
    resolved: &'a Object,
    outer: Option<&'a Level<'a>>,
}

impl Level<'_> {
    fn object<'g>(
        &self,
        specs: &'g [ParamSpec],
        given: &'g Object,
        path: &str,
        show: &mut dyn FnMut(Parameter<'g>),
    ) {
        for spec in specs {
            let Some(value) = given.get(&spec.name) else {
                continue;
            };
            let path = format!("{path}{}", spec.name);
            let used = spec.used_if.is_empty() || spec.used_if.iter().any(|condition| self.holds(condition));
            let unused = (!used).then(|| self.reason(&spec.used_if));
            if used {
                let resolved = self.resolved.get(&spec.name).unwrap_or(&Value::Null);
                self.inside(&spec.kind, value, resolved, &path, show);
            }
            show(Parameter {
                spec,
                value,
                path,
                unused,
            });
        }
    }

    /// The objects that a value holds.
    fn inside<'g>(
        &self,
        kind: &'g ParamKind,
        given: &'g Value,
        resolved: &Value,
        path: &str,
        show: &mut dyn FnMut(Parameter<'g>),
    ) {
        match (kind, given, resolved) {
            (ParamKind::Object(specs), Value::Object(given), Value::Object(resolved)) => {
                let level = Level {
                    resolved,
                    outer: Some(self),
                };
                level.object(specs, given, &format!("{path}."), show);
            }
            (ParamKind::List(item), Value::List(given), Value::List(resolved)) => {
                for (place, (given, resolved)) in given.iter().zip(resolved).enumerate() {
                    self.inside(item, given, resolved, &format!("{path}[{place}]"), show);
                }
            }
            (ParamKind::Map(item), Value::Object(given), Value::Object(resolved)) => {
                for ((name, given), resolved) in given.iter().zip(resolved.values()) {
                    self.inside(item, given, resolved, &format!("{path}.{name}"), show);
                }
            }
            (_, _, _) => {}
        }
    }

    fn holds(&self, condition: &Condition) -> bool {
        condition.holds(self.value(&condition.parameter))
    }

    fn value(&self, parameter: &str) -> Option<&Value> {
        let outer = || self.outer.and_then(|outer| outer.value(parameter));
        self.resolved.get(parameter).or_else(outer)
    }

    /// Why none of these holds.
    fn reason(&self, conditions: &[Condition]) -> String {
        let state = |condition: &Condition| match self.value(&condition.parameter) {
            Some(value) if !value.is_blank() => match value {
                Value::List(_) | Value::Object(_) => format!("no {condition}"),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    format!("{} is {value}", condition.parameter)
                }
            },
            Some(_) | None => format!("{} is blank", condition.parameter),
        };
        let states: Vec<String> = conditions.iter().map(state).collect();
        states.join(" and ")
    }
}

#[cfg(test)]
mod tests;
