//! A condition on a parameter of a config, by which a spec tells what depends on it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::{Object, Value};

/// A condition on a parameter of a config.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The parameter.
    pub parameter: String,
    /// The values with one of which the condition holds, be it the parameter's own or one of a map's; none means:
    /// it holds when the parameter is blank.
    pub values: Vec<Value>,
}

impl Condition {
    /// That a parameter has one of these values.
    pub fn is_one_of<V: Into<Value>>(parameter: &str, values: impl IntoIterator<Item = V>) -> Self {
        Self {
            parameter: parameter.to_owned(),
            values: values.into_iter().map(Into::into).collect(),
        }
    }

    /// That a parameter is blank.
    pub fn is_blank(parameter: &str) -> Self {
        Self {
            parameter: parameter.to_owned(),
            values: Vec::new(),
        }
    }

    pub(super) fn holds_in(&self, config: &Object) -> bool {
        self.holds(config.get(&self.parameter))
    }

    /// Whether it holds for this value of the parameter.
    pub(crate) fn holds(&self, value: Option<&Value>) -> bool {
        let value = value.unwrap_or(&Value::Null);
        if self.values.is_empty() {
            value.is_blank()
        } else {
            match value {
                Value::Object(fields) => fields.values().any(|value| self.values.contains(value)),
                value => self.values.contains(value),
            }
        }
    }

    /// The conditions in words, joined by one.
    pub(super) fn told(conditions: &[Condition], joint: &str) -> String {
        let words: Vec<String> = conditions.iter().map(ToString::to_string).collect();
        words.join(joint)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> = self.values.iter().map(ToString::to_string).collect();
        match &values[..] {
            [] => write!(f, "{} is blank", self.parameter),
            values => write!(f, "{} is {}", self.parameter, values.join(" or ")),
        }
    }
}
