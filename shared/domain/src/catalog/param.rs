//! One parameter's type, bounds and default, and the check of given values against them.

use serde::{Deserialize, Serialize};

use crate::{
    value::{Object, Value},
    violation::Violation,
};

/// One parameter of a model or a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParamSpec {
    /// The name used in configs.
    pub name: String,
    /// Its type and bounds.
    pub kind: ParamKind,
    /// The value used when it is left out; null where nothing stands for something, such as "no limit".
    pub default: Value,
    /// Whether it must be given.
    pub required: bool,
    /// One line: what it does.
    pub doc: String,
}

/// A parameter's type and bounds. Null is accepted where the default is null or a choice offers the word `none`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamKind {
    /// True or false.
    Boolean,
    /// A whole number within inclusive bounds.
    Integer {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// A finite number within bounds.
    Number {
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
        /// Whether `min` itself is refused.
        above_min: bool,
        /// Whether `max` itself is refused.
        below_max: bool,
    },
    /// Text of at most 4,096 characters.
    Text,
    /// One of these words.
    Choice(Vec<String>),
    /// The name of the target column.
    Target,
    /// Names of feature columns.
    Columns,
    /// Text, a number or a boolean.
    Scalar,
    /// Any value; what it means is checked elsewhere.
    Any,
    /// One of several types.
    OneOf(Vec<ParamKind>),
    /// Values of one type, in order.
    List(Box<ParamKind>),
    /// Values of one type, by name.
    Map(Box<ParamKind>),
    /// An object with parameters of its own.
    Object(Vec<ParamSpec>),
}

impl ParamKind {
    /// The type in words, as catalogues and errors tell it.
    pub fn describe(&self) -> String {
        match self {
            ParamKind::Boolean => "boolean".into(),
            ParamKind::Integer { min, max } => {
                format!(
                    "integer in [{min}, {}",
                    upper(*max as f64, i64::MAX as f64, false)
                )
            }
            ParamKind::Number {
                min,
                max,
                above_min,
                below_max,
            } => format!(
                "number in {}, {}",
                lower(*min, f64::MAX, *above_min),
                upper(*max, f64::MAX, *below_max),
            ),
            ParamKind::Text => "text".into(),
            ParamKind::Choice(words) => format!("one of {}", words.join(", ")),
            ParamKind::Target => "column name (the target)".into(),
            ParamKind::Columns => "list of column names".into(),
            ParamKind::Scalar => "text, number or boolean".into(),
            ParamKind::Any => "any value".into(),
            ParamKind::OneOf(kinds) => kinds
                .iter()
                .map(ParamKind::describe)
                .collect::<Vec<_>>()
                .join(" or "),
            ParamKind::List(item) => format!("list of {}", item.describe()),
            ParamKind::Map(item) => format!("map from name to {}", item.describe()),
            ParamKind::Object(fields) => {
                let field = |spec: &ParamSpec| format!("{} ({})", spec.name, spec.kind.describe());
                let fields: Vec<String> = fields.iter().map(field).collect();
                format!("object {{{}}}", fields.join(", "))
            }
        }
    }

    fn check(&self, path: &str, value: &Value, violations: &mut Vec<Violation>) {
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
            (ParamKind::Text, Value::String(text)) => text.chars().count() <= 4096,
            (ParamKind::Target, Value::String(text)) => !text.is_empty(),
            (ParamKind::Choice(words), Value::String(text)) => words.contains(text),
            (ParamKind::Choice(words), Value::Null) => words.iter().any(|word| word == "none"),
            (ParamKind::Columns, Value::List(items)) => {
                items.iter().all(|v| v.as_str().is_some_and(|t| !t.is_empty()))
            }
            (ParamKind::OneOf(kinds), value) => kinds.iter().any(|kind| {
                let mut inner = Vec::new();
                kind.check(path, value, &mut inner);
                inner.is_empty()
            }),
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
            violations.push(Violation::new(
                path,
                format!("must be {}, not {}", self.describe(), shown(value)),
            ));
        }
    }
}

fn lower(value: f64, unbounded: f64, open: bool) -> String {
    if value <= -unbounded {
        "(-∞".into()
    } else {
        format!("{}{value}", if open { '(' } else { '[' })
    }
}

fn upper(value: f64, unbounded: f64, open: bool) -> String {
    if value >= unbounded {
        "∞)".into()
    } else {
        format!("{value}{}", if open { ')' } else { ']' })
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
                let known = if known.is_empty() {
                    "nothing".into()
                } else {
                    known.join(", ")
                };
                violations.push(Violation::new(
                    field,
                    format!("unknown parameter; accepted are {known}"),
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

/// `given` with the defaults of `specs` filled in, nested objects included.
pub fn resolve(specs: &[ParamSpec], given: &Object) -> Object {
    let mut all = Object::new();
    for spec in specs {
        let value = given.get(&spec.name).unwrap_or(&spec.default);
        all.insert(spec.name.clone(), resolve_value(&spec.kind, value));
    }
    all
}

fn resolve_value(kind: &ParamKind, value: &Value) -> Value {
    match (kind, value) {
        (ParamKind::Object(specs), Value::Object(fields)) => Value::Object(resolve(specs, fields)),
        (ParamKind::List(item), Value::List(values)) => {
            Value::List(values.iter().map(|value| resolve_value(item, value)).collect())
        }
        (ParamKind::Map(item), Value::Object(fields)) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), resolve_value(item, value)))
                .collect(),
        ),
        (_, value) => value.clone(),
    }
}

/// An integer parameter within inclusive bounds.
pub fn integer(name: &str, default: impl Into<Value>, min: i64, max: i64, doc: &str) -> ParamSpec {
    ParamSpec::new(name, ParamKind::Integer { min, max }, default, doc)
}

/// A number parameter within inclusive bounds.
pub fn number(name: &str, default: impl Into<Value>, min: f64, max: f64, doc: &str) -> ParamSpec {
    ParamSpec::new(
        name,
        ParamKind::Number {
            min,
            max,
            above_min: false,
            below_max: false,
        },
        default,
        doc,
    )
}

/// A boolean parameter.
pub fn boolean(name: &str, default: bool, doc: &str) -> ParamSpec {
    ParamSpec::new(name, ParamKind::Boolean, default, doc)
}

/// A parameter that is one of some words.
pub fn choice(name: &str, default: impl Into<Value>, words: &[&str], doc: &str) -> ParamSpec {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    ParamSpec::new(name, ParamKind::Choice(words), default, doc)
}

/// A text parameter.
pub fn text(name: &str, default: impl Into<Value>, doc: &str) -> ParamSpec {
    ParamSpec::new(name, ParamKind::Text, default, doc)
}

/// A parameter that lists feature columns; blank unless required.
pub fn columns(name: &str, doc: &str) -> ParamSpec {
    ParamSpec::new(name, ParamKind::Columns, Value::List(Vec::new()), doc)
}

/// The parameter that names the target column; blank unless required.
pub fn target(name: &str, doc: &str) -> ParamSpec {
    ParamSpec::new(name, ParamKind::Target, Value::Null, doc)
}

impl ParamSpec {
    /// A parameter that may be left out.
    pub fn new(name: &str, kind: ParamKind, default: impl Into<Value>, doc: &str) -> Self {
        Self {
            name: name.into(),
            kind,
            default: default.into(),
            required: false,
            doc: doc.into(),
        }
    }

    /// Whether its text, or the keys of its map, are names of feature columns: a text named `column` and maps whose
    /// names begin with `column_` are, such as `column_methods`, and `custom_bins`. Lists of columns have a kind of
    /// their own.
    pub fn names_features(&self) -> bool {
        match &self.kind {
            ParamKind::Text => self.name == "column",
            ParamKind::Map(_) => self.name.starts_with("column_") || self.name == "custom_bins",
            ParamKind::Boolean
            | ParamKind::Integer { .. }
            | ParamKind::Number { .. }
            | ParamKind::Choice(_)
            | ParamKind::Target
            | ParamKind::Columns
            | ParamKind::Scalar
            | ParamKind::Any
            | ParamKind::OneOf(_)
            | ParamKind::List(_)
            | ParamKind::Object(_) => false,
        }
    }

    /// Whether its text is the name of a column that the node makes: a text named `output_column` is.
    pub fn names_output(&self) -> bool {
        self.kind == ParamKind::Text && self.name == "output_column"
    }

    /// The same, but it must be given.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same, but a number's least value itself is refused.
    pub fn above_min(mut self) -> Self {
        if let ParamKind::Number { above_min, .. } = &mut self.kind {
            *above_min = true;
        }
        self
    }

    /// The same, but a number's greatest value itself is refused.
    pub fn below_max(mut self) -> Self {
        if let ParamKind::Number { below_max, .. } = &mut self.kind {
            *below_max = true;
        }
        self
    }
}

#[cfg(test)]
mod tests;
