//! What a config must hold beyond the types and bounds of single parameters: some that a mode cannot do without, some
//! that must agree. A submission is held to it before anything runs, a node before it is fitted.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use super::{Condition, ParamKind, Scope, scopes, text::group_fault};
use crate::{
    value::{Object, Value},
    violation::Violation,
};

/// Something that a config must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// What it must hold.
    pub need: Need,
    /// It must if all of these hold,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// and none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unless: Vec<Condition>,
    /// The parameter, a list or map of objects, of each of which it is required: what the object holds goes before
    /// what the config holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
}

/// What must be held. A parameter inside an object is named with it: `options.value`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// So many values of these parameters together: each item of a list or map is one, anything else that is given
    /// is one too. Null and empty text are not given; white space is.
    Given {
        /// The parameters.
        of: Vec<String>,
        /// The fewest values.
        least: usize,
        /// The most values.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<usize>,
    },
    /// A value of this kind, which is narrower than that of the parameter, where it is not null.
    Kind {
        /// The parameter.
        parameter: String,
        /// Its kind.
        kind: ParamKind,
    },
    /// Two numbers in order, where both are given; equal ones are.
    Ordered {
        /// The one that is not above the other.
        low: String,
        /// The other.
        high: String,
    },
    /// Numbers with a sum below the limit.
    SumBelow {
        /// The parameters.
        of: Vec<String>,
        /// What the sum must not reach.
        limit: f64,
    },
    /// A key in a map for each item of a list.
    Keys {
        /// The map.
        of: String,
        /// The list.
        each: String,
    },
    /// A replacement that names no group which the pattern, a regular expression, lacks: nothing would stand for it.
    Groups {
        /// The replacement.
        of: String,
        /// The pattern.
        pattern: String,
    },
}

impl Requirement {
    /// That at least one of these parameters is given.
    pub fn given(of: &[&str]) -> Self {
        Self::at_least(1, of)
    }

    /// That these parameters hold so many values together.
    pub fn at_least(least: usize, of: &[&str]) -> Self {
        let of = of.iter().map(|name| (*name).to_owned()).collect();
        Self::new(Need::Given {
            of,
            least,
            most: None,
        })
    }

    /// That these parameters hold just so many values together.
    pub fn exactly(count: usize, of: &[&str]) -> Self {
        let of = of.iter().map(|name| (*name).to_owned()).collect();
        Self::new(Need::Given {
            of,
            least: count,
            most: Some(count),
        })
    }

    /// That a parameter is of this narrower kind.
    pub fn kind(parameter: &str, kind: ParamKind) -> Self {
        Self::new(Need::Kind {
            parameter: parameter.to_owned(),
            kind,
        })
    }

    /// That a parameter is one of these words.
    pub fn one_of(parameter: &str, words: &[&str]) -> Self {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Self::kind(parameter, ParamKind::Choice(words))
    }

    /// That a number is not above another.
    pub fn ordered(low: &str, high: &str) -> Self {
        Self::new(Need::Ordered {
            low: low.to_owned(),
            high: high.to_owned(),
        })
    }

    /// That numbers add up to less than a limit.
    pub fn sum_below(limit: f64, of: &[&str]) -> Self {
        let of = of.iter().map(|name| (*name).to_owned()).collect();
        Self::new(Need::SumBelow { of, limit })
    }

    /// That a map has a key for each item of a list.
    pub fn keys(of: &str, each: &str) -> Self {
        Self::new(Need::Keys {
            of: of.to_owned(),
            each: each.to_owned(),
        })
    }

    /// That a replacement names no group which the pattern lacks.
    pub fn groups(of: &str, pattern: &str) -> Self {
        Self::new(Need::Groups {
            of: of.to_owned(),
            pattern: pattern.to_owned(),
        })
    }

    /// The list for each of whose items this map must have a key, if that is what is required.
    pub(super) fn keys_for(&self, map: &str) -> Option<&str> {
        match &self.need {
            Need::Keys { of, each } if of == map => Some(each),
            _ => None,
        }
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

    /// The same, unless the parameter has one of these values.
    pub fn unless<V: Into<Value>>(mut self, parameter: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.unless.push(Condition::is_one_of(parameter, values));
        self
    }

    /// The same, for each object of a list or map.
    pub fn each(mut self, parameter: &str) -> Self {
        self.each = Some(parameter.to_owned());
        self
    }

    fn new(need: Need) -> Self {
        Self {
            need,
            when: Vec::new(),
            unless: Vec::new(),
            each: None,
        }
    }

    /// Checks a config with its defaults. What is wrong is added with its path below `path`, but not of fields that
    /// something has been told of.
    pub(super) fn check(
        &self,
        config: &Object,
        path: &str,
        told: &BTreeSet<String>,
        violations: &mut Vec<Violation>,
    ) {
        for scope in scopes(self.each.as_deref(), config) {
            if !scope.meets(&self.when, &self.unless) {
                continue;
            }
            self.need.check(&scope, |parameter, message| {
                let field = format!("{path}.{}{parameter}", scope.path);
                if !told.contains(&field) {
                    violations.push(Violation::new(field, format!("{message}{}", self.condition())));
                }
            });
        }
    }

    /// When it is required, in words.
    fn condition(&self) -> String {
        let part = |word: &str, conditions: &[Condition], joint: &str| match conditions {
            [] => String::new(),
            conditions => format!(" {word} {}", Condition::told(conditions, joint)),
        };
        part("if", &self.when, " and ") + &part("unless", &self.unless, " or ")
    }
}

impl Need {
    /// Tells the parameter that it is not met by and what is wrong.
    fn check(&self, scope: &Scope<'_>, mut tell: impl FnMut(&str, String)) {
        match self {
            Need::Given { of, least, most } => {
                let count: usize = of.iter().map(|parameter| values(scope.value(parameter))).sum();
                let fits = *least <= count && most.is_none_or(|most| count <= most);
                if let (false, Some(first)) = (fits, of.first()) {
                    let subject = if of.len() > 1 {
                        format!("{} ", self.subject())
                    } else {
                        String::new()
                    };
                    let found = if count > 0 {
                        format!(", not {count}")
                    } else {
                        String::new()
                    };
                    tell(first, format!("{subject}{}{found}", self.demand()));
                }
            }
            Need::Kind { parameter, kind } => {
                let value = scope.value(parameter).unwrap_or(&Value::Null);
                let mut found = Vec::new();
                if *value != Value::Null {
                    kind.check(parameter, value, &mut found);
                }
                for violation in found {
                    tell(&violation.field, violation.message);
                }
            }
            Need::Ordered { low, high } => {
                if let (Some(Value::Number(least)), Some(Value::Number(greatest))) =
                    (scope.value(low), scope.value(high))
                    && least > greatest
                {
                    tell(low, format!("{}, and {least} is above {greatest}", self.demand()));
                }
            }
            Need::SumBelow { of, limit } => {
                let number = |parameter: &String| match scope.value(parameter) {
                    Some(Value::Number(number)) => *number,
                    Some(_) | None => 0.0,
                };
                let sum: f64 = of.iter().map(number).sum();
                if let (true, Some(first)) = (sum >= *limit, of.first()) {
                    tell(
                        first,
                        format!("{} {}, not to {sum}", self.subject(), self.demand()),
                    );
                }
            }
            Need::Keys { of, each } => {
                let (Some(Value::List(items)), Some(Value::Object(map))) =
                    (scope.value(each), scope.value(of))
                else {
                    return;
                };
                let missing = |item: &&str| !map.contains_key(*item);
                for item in items.iter().filter_map(Value::as_str).filter(missing) {
                    tell(of, format!("{}, and has none for {item:?}", self.demand()));
                }
            }
            Need::Groups { of, pattern } => {
                let text = |name: &str| scope.value(name).and_then(Value::as_str).unwrap_or_default();
                if let Some(fault) = group_fault(text(pattern), text(of)) {
                    tell(of, fault);
                }
            }
        }
    }

    /// The parameters that it is about, in words.
    fn subject(&self) -> String {
        match self {
            Need::Given {
                of,
                least: 1,
                most: None,
            } => joined(of, "or"),
            Need::Given { of, .. } | Need::SumBelow { of, .. } => joined(of, "and"),
            Need::Kind { parameter, .. } => parameter.clone(),
            Need::Ordered { low, .. } => low.clone(),
            Need::Keys { of, .. } | Need::Groups { of, .. } => of.clone(),
        }
    }

    /// What is demanded of them, in words.
    fn demand(&self) -> String {
        let together = |of: &[String]| if of.len() > 1 { " together" } else { "" };
        match self {
            Need::Given {
                least: 1, most: None, ..
            } => "must be given".into(),
            Need::Given { of, least, most } if *most == Some(*least) => {
                format!("must hold {least} values{}", together(of))
            }
            Need::Given { of, least, most } => {
                let most = most.map_or_else(String::new, |most| format!(" and at most {most}"));
                format!("must hold at least {least}{most} values{}", together(of))
            }
            Need::Kind { kind, .. } => format!("must be {}", kind.describe()),
            Need::Ordered { high, .. } => format!("must not be above {high}"),
            Need::SumBelow { limit, .. } => format!("must add up to less than {limit}"),
            Need::Keys { each, .. } => format!("must have a key for each of {each}"),
            Need::Groups { pattern, .. } => format!("must name no group that {pattern} lacks"),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(each) = &self.each {
            write!(f, "in each of {each}, ")?;
        }
        write!(
            f,
            "{} {}{}",
            self.need.subject(),
            self.need.demand(),
            self.condition()
        )
    }
}

/// How many values a parameter holds.
fn values(value: Option<&Value>) -> usize {
    match value {
        Some(Value::Null) | None => 0,
        Some(Value::String(text)) => usize::from(!text.is_empty()),
        Some(Value::List(items)) => items.len(),
        Some(Value::Object(fields)) => fields.len(),
        Some(Value::Bool(_) | Value::Number(_)) => 1,
    }
}

fn joined(names: &[String], joint: &str) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} {joint} {last}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests;
