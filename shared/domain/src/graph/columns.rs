//! Which columns a node adds and drops, where its config alone decides it: the rules of its spec, resolved into names.
//! What depends on the table, such as a column for each category, is not known before the job runs and is not told.

mod template;

use std::collections::BTreeSet;

use crate::{
    catalog::{ColumnEffect, ColumnRule, Condition, NodeSpec, resolve},
    value::{Object, Value},
};

/// What becomes of columns at a node, as far as it is known without data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnChange {
    /// Columns it adds.
    pub adds: Vec<String>,
    /// Columns it removes.
    pub drops: Vec<String>,
    /// If not empty, the only features that stay.
    pub keeps_only: Vec<String>,
}

impl ColumnChange {
    /// What a node with this config does to columns. Each name is told once; one that is dropped and added again is
    /// neither.
    pub fn of(spec: &NodeSpec, config: &Object) -> Self {
        let config = resolve(&spec.parameters, config);
        let mut change = Self {
            adds: named(spec, &config, ColumnEffect::Adds),
            drops: named(spec, &config, ColumnEffect::Drops),
            keeps_only: named(spec, &config, ColumnEffect::KeepsOnly),
        };
        let dropped: BTreeSet<String> = change.drops.iter().cloned().collect();
        let replaced: BTreeSet<String> =
            (change.adds.iter().filter(|name| dropped.contains(*name)).cloned()).collect();
        for names in [&mut change.adds, &mut change.drops] {
            names.retain(|name| !replaced.contains(name));
        }
        change
    }
}

/// The names of all rules of a spec with this effect: by the object of a list that a rule is read for, then by rule.
fn named(spec: &NodeSpec, config: &Object, effect: ColumnEffect) -> Vec<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for rule in spec.columns.iter().filter(|rule| rule.effect == effect) {
        for (place, scope) in scopes(rule, config) {
            if scope.meets(rule) {
                let names = template::names(&rule.name, |parameter| scope.value(parameter));
                found.extend(names.unwrap_or_default().into_iter().map(|name| (place, name)));
            }
        }
    }
    found.sort_by_key(|(place, _)| *place);
    let mut told = BTreeSet::new();
    let new = |name: &String| !name.trim().is_empty() && told.insert(name.clone());
    found.into_iter().map(|(_, name)| name).filter(new).collect()
}

/// Where the parameters of a rule are looked up.
struct Scope<'a> {
    item: Option<&'a Object>,
    config: &'a Object,
}

/// The scopes that a rule is read in: the config, or each object of its list within the config.
fn scopes<'a>(rule: &ColumnRule, config: &'a Object) -> Vec<(usize, Scope<'a>)> {
    let Some(list) = &rule.each else {
        return vec![(0, Scope { item: None, config })];
    };
    let Some(Value::List(items)) = config.get(list) else {
        return Vec::new();
    };
    let scope = |(place, item): (usize, &'a Value)| match item {
        Value::Object(fields) => Some((
            place,
            Scope {
                item: Some(fields),
                config,
            },
        )),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => None,
    };
    items.iter().enumerate().filter_map(scope).collect()
}

impl<'a> Scope<'a> {
    fn value(&self, parameter: &str) -> Option<&'a Value> {
        let own = self.item.and_then(|item| item.get(parameter));
        own.or_else(|| self.config.get(parameter))
    }

    fn meets(&self, rule: &ColumnRule) -> bool {
        let holds = |condition: &Condition| condition.holds(self.value(&condition.parameter));
        rule.when.iter().all(holds) && !rule.unless.iter().any(holds)
    }
}

#[cfg(test)]
mod tests;
