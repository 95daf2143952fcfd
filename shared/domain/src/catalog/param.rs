//! One parameter: its type, bounds and default.

mod check;

use serde::{Deserialize, Serialize};

pub use check::check;

use super::Condition;
use crate::value::{Object, Value};

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
    /// What it names, if that is columns and its kind does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Names>,
    /// It has an effect if any of these holds; always if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_if: Vec<Condition>,
}

/// What a text, or each key of a map, names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// Feature columns.
    Features,
    /// A column that the node makes.
    Output,
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
    /// A regular expression of the `regex` crate, of at most 4,096 characters.
    Pattern,
    /// Pairs of texts, such as `st => Street`, in lines or between semicolons; at most 4,096 characters.
    Pairs,
    /// One of these words, or a multiple of it such as `1.25*mean`.
    Multiple(Vec<String>),
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
    /// Two or more numbers, each above the one before.
    Edges,
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
            ParamKind::Pattern => "regular expression".into(),
            ParamKind::Pairs => "lines of pairs such as `st => Street`".into(),
            ParamKind::Multiple(words) => {
                let word = words.first().map_or("", String::as_str);
                format!("{} or a multiple such as `1.25*{word}`", words.join(", "))
            }
            ParamKind::Edges => "list of two or more ascending numbers".into(),
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
            names: None,
            used_if: Vec::new(),
        }
    }

    /// The same, but its text, or each key of its map, names a feature column.
    pub fn of_features(mut self) -> Self {
        self.names = Some(Names::Features);
        self
    }

    /// The same, but its text names a column that the node makes.
    pub fn of_output(mut self) -> Self {
        self.names = Some(Names::Output);
        self
    }

    /// The same, but it has an effect only if the parameter has one of these values, or another condition given so
    /// holds.
    pub fn used_if<V: Into<Value>>(mut self, parameter: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.used_if.push(Condition::is_one_of(parameter, values));
        self
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
