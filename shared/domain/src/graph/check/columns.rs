//! The rules on columns as far as configs decide them: none is named after a node has dropped it, and none is changed
//! in two branches that meet. What depends on the table is left to the trainer.

use std::collections::{BTreeMap, BTreeSet};

use super::{Member, order};
use crate::{
    catalog::{ColumnEffect, NodeRole, ParamKind, resolve},
    graph::{
        Graph,
        columns::{Named, named},
    },
    value::Value,
    violation::Violation,
};

/// The most pairs of a column and a meeting of branches that are looked at.
const MOST_MEETINGS: usize = 1_000_000;

/// What a node does to columns by its config.
struct Effects<'a> {
    member: Member<'a>,
    adds: Named,
    sets: Named,
    changes: Named,
    drops: Named,
    keeps: Named,
    /// The places, among the nodes that run, of those before it, itself included.
    before: BTreeSet<usize>,
}

pub(super) fn check(graph: &Graph, members: &[Member<'_>], violations: &mut Vec<Violation>) {
    let places: BTreeMap<usize, usize> = (members.iter().map(|member| member.position)).zip(0..).collect();
    let effects: Vec<Effects<'_>> = (members.iter())
        .map(|member| {
            let before = order::ancestors(graph, &member.node.id);
            let before = before.iter().filter_map(|position| places.get(position).copied());
            Effects::new(*member, before.collect())
        })
        .collect();
    let targets = targets(members);
    for one in &effects {
        one.dropped_before(&effects, &targets, violations);
    }
    meetings(graph, &effects, violations);
}

/// The names of the target, which no selection of columns removes.
fn targets<'a>(members: &[Member<'a>]) -> BTreeSet<&'a str> {
    let of = |member: &Member<'a>| {
        let (config, specs) = (&member.node.config, &member.spec.parameters);
        let targets = specs.iter().filter(|spec| spec.kind == ParamKind::Target);
        targets.filter_map(move |spec| config.get(&spec.name).and_then(Value::as_str))
    };
    members.iter().flat_map(of).collect()
}

impl<'a> Effects<'a> {
    fn new(member: Member<'a>, before: BTreeSet<usize>) -> Self {
        let config = resolve(&member.spec.parameters, &member.node.config);
        let of = |effect| named(member.spec, &config, effect);
        Self {
            member,
            adds: of(ColumnEffect::Adds),
            sets: of(ColumnEffect::Sets),
            changes: of(ColumnEffect::Changes),
            drops: of(ColumnEffect::Drops),
            keeps: of(ColumnEffect::KeepsOnly),
            before,
        }
    }

    /// Whether no column of this name, other than the target, comes out of it.
    fn drops(&self, column: &str) -> bool {
        let among = |named: &Named| named.columns.iter().any(|name| name == column);
        let kept = self.keeps.columns.is_empty() || among(&self.keeps);
        !self.may_add(column) && (among(&self.drops) || !kept)
    }

    /// Whether a column of this name may come out of it that did not go in.
    fn may_add(&self, column: &str) -> bool {
        let may = |named: &Named| named.more || named.columns.iter().any(|name| name == column);
        may(&self.adds) || may(&self.sets)
    }

    /// Tells the columns that it names though a node before it has dropped them, and none between can have made them
    /// anew.
    fn dropped_before(
        &self,
        effects: &[Effects<'_>],
        targets: &BTreeSet<&str>,
        violations: &mut Vec<Violation>,
    ) {
        if self.member.spec.role == NodeRole::Training {
            return;
        }
        let before = || {
            effects
                .iter()
                .enumerate()
                .filter(|(place, _)| self.before.contains(place))
        };
        let droppers: Vec<_> = before()
            .filter(|(_, one)| {
                let drops = !one.drops.columns.is_empty() || !one.keeps.columns.is_empty();
                drops && one.member.position != self.member.position
            })
            .collect();
        if droppers.is_empty() {
            return;
        }
        for (path, column) in self.member.spec.features(&self.member.node.config) {
            let anew =
                |place: usize| before().any(|(_, one)| one.before.contains(&place) && one.may_add(column));
            let dropper = (droppers.iter().rev())
                .filter(|_| !targets.contains(column))
                .find(|(place, one)| one.drops(column) && !anew(*place));
            if let Some((_, dropper)) = dropper {
                let field = format!("{}.config.{path}", self.member.path());
                let message = format!(
                    "names column {column:?}, which node {:?} drops before node {:?}",
                    dropper.member.node.id, self.member.node.id
                );
                violations.push(Violation::new(field, message));
            }
        }
    }
}

/// Tells the columns that are changed in two branches that meet, unless both may drop them in the end.
fn meetings(graph: &Graph, effects: &[Effects<'_>], violations: &mut Vec<Violation>) {
    let mut changers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, one) in effects.iter().enumerate() {
        let all = [&one.adds, &one.sets, &one.changes, &one.drops];
        let columns: BTreeSet<&str> = (all.iter().flat_map(|named| &named.columns))
            .map(String::as_str)
            .collect();
        for column in columns {
            changers.entry(column).or_default().push(place);
        }
    }
    changers.retain(|_, places| places.len() > 1);
    let place = |id: &str| effects.iter().position(|one| one.member.node.id == id);
    let mut looked = 0;
    for meeting in effects {
        let inputs: Vec<usize> = graph.inputs(&meeting.member.node.id).filter_map(place).collect();
        let mut ours = BTreeSet::new();
        for input in inputs {
            let theirs = &effects[input].before;
            looked += changers.len();
            if looked > MOST_MEETINGS {
                return;
            }
            if !ours.is_empty() {
                for (column, places) in &changers {
                    if let Some((a, b)) = conflict(column, places, effects, &ours, theirs) {
                        let message = format!(
                            "column {column:?} is changed by node {a:?} in one branch and by node {b:?} in another; \
                             change it in one branch only"
                        );
                        violations.push(Violation::new(meeting.member.path(), message));
                    }
                }
            }
            ours.extend(theirs.iter().copied());
        }
    }
}

/// The last nodes that change a column in one branch only and in the other only, if the two cannot be brought
/// together.
fn conflict<'a>(
    column: &str,
    changers: &[usize],
    effects: &[Effects<'a>],
    ours: &BTreeSet<usize>,
    theirs: &BTreeSet<usize>,
) -> Option<(&'a str, &'a str)> {
    let last = |of: &BTreeSet<usize>, other: &BTreeSet<usize>| {
        let only = changers
            .iter()
            .rev()
            .find(|place| of.contains(place) && !other.contains(place));
        only.map(|place| effects[*place].member.node.id.as_str())
    };
    let found = (last(ours, theirs)?, last(theirs, ours)?);
    let may_drop = |of: &BTreeSet<usize>, other: &BTreeSet<usize>| {
        let mut only = of.difference(other).map(|place| &effects[*place]);
        only.any(|one| one.drops.more || one.keeps.more || one.drops(column))
    };
    (!may_drop(ours, theirs) || !may_drop(theirs, ours)).then_some(found)
}
