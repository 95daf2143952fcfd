//! What a node does to columns, told in its spec: a planner resolves it into names as far as a config decides them, and
//! documents show it as it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Condition;
use crate::value::Value;

/// One thing that a node does to columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnRule {
    /// What it does to them.
    pub effect: ColumnEffect,
    /// Their names, as text with placeholders:
    ///
    /// | placeholder | stands for |
    /// |---|---|
    /// | `{p}` | the value of the parameter `p`: for a list each item, for a map each key, each in a name of its own |
    /// | `{s:p}` | every item of the list `p` in the same name, each after the text `s` |
    /// | `{p^d}` | each product of two up to `d` items of the list `p`, such as `a^2 b`, in scikit-learn's order |
    /// | `{p*d}` | the same of items that differ, such as `a b` |
    ///
    /// A placeholder that is no parameter, such as `{category}`, stands for what only the table tells.
    pub name: String,
    /// It does so if all of these hold,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// and none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unless: Vec<Condition>,
    /// The parameter, a list of objects, for each of which the rule is read: what the object holds goes before what
    /// the config holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
}

/// What a node does to columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnEffect {
    /// Adds them.
    Adds,
    /// Removes them.
    Drops,
    /// Removes every other feature.
    KeepsOnly,
    /// Changes their values or types; their names stay.
    Changes,
    /// Adds them, or replaces those of the same name.
    Sets,
}

impl ColumnRule {
    /// Adds columns with this name.
    pub fn adds(name: &str) -> Self {
        Self::new(ColumnEffect::Adds, name)
    }

    /// Removes columns with this name.
    pub fn drops(name: &str) -> Self {
        Self::new(ColumnEffect::Drops, name)
    }

    /// Removes every feature with another name.
    pub fn keeps_only(name: &str) -> Self {
        Self::new(ColumnEffect::KeepsOnly, name)
    }

    /// Changes columns with this name in place.
    pub fn changes(name: &str) -> Self {
        Self::new(ColumnEffect::Changes, name)
    }

    /// Adds columns with this name, or replaces them.
    pub fn sets(name: &str) -> Self {
        Self::new(ColumnEffect::Sets, name)
    }

    /// The same, if the parameter has one of these values.
    pub fn when<V: Into<Value>>(mut self, parameter: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.when.push(Condition::is_one_of(parameter, values));
        self
    }

    /// The same, if the parameter is blank.
    pub fn when_blank(mut self, parameter: &str) -> Self {
        self.when.push(Condition::is_blank(parameter));
        self
    }

    /// The same, unless the parameter is blank.
    pub fn unless_blank(mut self, parameter: &str) -> Self {
        self.unless.push(Condition::is_blank(parameter));
        self
    }

    /// The same, for each object of a list.
    pub fn each(mut self, parameter: &str) -> Self {
        self.each = Some(parameter.to_owned());
        self
    }

    fn new(effect: ColumnEffect, name: &str) -> Self {
        Self {
            effect,
            name: name.to_owned(),
            when: Vec::new(),
            unless: Vec::new(),
            each: None,
        }
    }
}

impl fmt::Display for ColumnRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = match self.effect {
            ColumnEffect::Adds => ("adds", ""),
            ColumnEffect::Drops => ("drops", ""),
            ColumnEffect::KeepsOnly => ("keeps only", " and the target"),
            ColumnEffect::Changes => ("changes", " in place"),
            ColumnEffect::Sets => ("adds or replaces", ""),
        };
        let each = self.each.as_ref().map(|list| format!(" for each of `{list}`"));
        let conditions = |word: &str, of: &[Condition], and: &str| match of {
            [] => String::new(),
            of => {
                let words: Vec<String> = of.iter().map(condition).collect();
                format!(" {word} {}", words.join(and))
            }
        };
        write!(
            f,
            "{before} `{}`{after}{}{}{}",
            self.name,
            each.unwrap_or_default(),
            conditions("when", &self.when, " and "),
            conditions("unless", &self.unless, " or "),
        )
    }
}

fn condition(condition: &Condition) -> String {
    let values: Vec<String> = condition.values.iter().map(shown).collect();
    match &values[..] {
        [] => format!("`{}` is blank", condition.parameter),
        values => format!("`{}` is {}", condition.parameter, values.join(" or ")),
    }
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), |text| format!("`{text}`"))
}
