//! Which columns a node adds and drops, where its config alone decides it: the rules of its spec, resolved into names.
//! What depends on the table, such as a column for each category, is not known before the job runs and is not told.

mod template;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    catalog::{ColumnEffect, NodeSpec, resolve, scopes},
    value::Object,
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
            adds: named(spec, &config, ColumnEffect::Adds).columns,
            drops: named(spec, &config, ColumnEffect::Drops).columns,
            keeps_only: named(spec, &config, ColumnEffect::KeepsOnly).columns,
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

/// The columns that a node does something to.
pub(super) struct Named {
    /// Those that its config tells.
    pub(super) columns: Vec<String>,
    /// Whether there may be others, which only the table tells.
    pub(super) more: bool,
    /// Those that more than one object of a list names.
    pub(super) twice: BTreeSet<String>,
}

/// What all rules of a spec with this effect name: by the object of a list that a rule is read for, then by rule.
/// The config has its defaults.
pub(super) fn named(spec: &NodeSpec, config: &Object, effect: ColumnEffect) -> Named {
    let (mut found, mut more): (Vec<(usize, String)>, bool) = (Vec::new(), false);
    for rule in spec.columns.iter().filter(|rule| rule.effect == effect) {
        for scope in scopes(rule.each.as_deref(), config) {
            if scope.meets(&rule.when, &rule.unless) {
                let names = template::names(&rule.name, |parameter| scope.value(parameter));
                let names = names.unwrap_or_default();
                more |= names.is_empty();
                found.extend(names.into_iter().map(|name| (scope.place, name)));
            }
        }
    }
    found.sort_by_key(|(place, _)| *place);
    let (mut told, mut twice) = (BTreeMap::new(), BTreeSet::new());
    let mut columns = Vec::new();
    for (place, name) in found {
        match told.get(&name) {
            None if name.trim().is_empty() => {}
            None => {
                told.insert(name.clone(), place);
                columns.push(name);
            }
            Some(first) if *first != place => drop(twice.insert(name)),
            Some(_) => {}
        }
    }
    Named { columns, more, twice }
}

#[cfg(test)]
mod tests;
