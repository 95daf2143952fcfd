//! What the nodes that run do to columns by their configs, by node and by column.

use std::{borrow::Cow, collections::HashMap};

use super::{
    super::{Member, order},
    places::Places,
};
use crate::{
    catalog::{ColumnEffect, resolve},
    graph::{
        Graph,
        columns::{Named, named},
    },
    value::Value,
};

/// What a node does to columns by its config.
pub(super) struct Effects<'a> {
    pub(super) member: Member<'a>,
    pub(super) adds: Named,
    sets: Named,
    changes: Named,
    drops: Named,
    keeps: Named,
    /// The nodes before it, itself included.
    pub(super) before: Places,
}

impl<'a> Effects<'a> {
    /// Those of all nodes that run, in order.
    pub(super) fn all(graph: &Graph, members: &[Member<'a>]) -> Vec<Self> {
        let mut places = vec![None; graph.nodes.len()];
        for (place, member) in members.iter().enumerate() {
            places[member.position] = Some(place);
        }
        let before = |member: &Member<'a>| order::ancestors(graph, &member.node.id).into_iter();
        let of = |member: &Member<'a>| {
            Self::new(
                *member,
                before(member).filter_map(|position| places[position]).collect(),
            )
        };
        members.iter().map(of).collect()
    }

    fn new(member: Member<'a>, before: Places) -> Self {
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

    /// Whether it adds the columns that it names whatever the table holds. A node that learns may find a column not
    /// worth it, and one that skips what it cannot do may skip all.
    pub(super) fn is_certain(&self) -> bool {
        let skips = self.member.value("error_handling").and_then(Value::as_str) == Some("skip");
        !skips && !self.member.spec.learns_with(&self.member.node.config)
    }
}

/// The places of the nodes of which this holds.
pub(super) fn places(effects: &[Effects<'_>], is: impl Fn(&Effects<'_>) -> bool) -> Places {
    let among = effects.iter().enumerate().filter(|(_, one)| is(one));
    among.map(|(place, _)| place).collect()
}

/// More nodes than this that name a column are looked up once.
const FEW: usize = 16;

/// Which nodes do something to a column by naming it.
#[derive(Debug, Clone, Default)]
pub(super) struct Doers {
    /// Add it, or replace it.
    pub(super) makes: Places,
    pub(super) changes: Places,
    pub(super) drops: Places,
    /// Keep it where they remove others.
    keeps: Places,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    Makes,
    Changes,
    Drops,
    Keeps,
}

/// The effects of all nodes by column.
pub(super) struct ByColumn<'a> {
    /// Each column with a node that names it, in order.
    deeds: Vec<(&'a str, usize, Deed)>,
    /// The columns that many name, who may ask for them as often.
    often: HashMap<&'a str, Doers>,
    /// The nodes that keep only what they name.
    keepers: Places,
    /// The nodes that may make columns that only the table tells.
    pub(super) makes_more: Places,
    /// The same, but drop.
    pub(super) drops_more: Places,
}

impl<'a> ByColumn<'a> {
    pub(super) fn new(effects: &'a [Effects<'_>]) -> Self {
        let mut deeds = Vec::new();
        for (place, one) in effects.iter().enumerate() {
            let named = [
                (&one.adds, Deed::Makes),
                (&one.sets, Deed::Makes),
                (&one.changes, Deed::Changes),
                (&one.drops, Deed::Drops),
                (&one.keeps, Deed::Keeps),
            ];
            for (named, deed) in named {
                deeds.extend(named.columns.iter().map(|name| (name.as_str(), place, deed)));
            }
        }
        deeds.sort_unstable();
        let alike = deeds.chunk_by(|(a, _, _), (b, _, _)| a == b);
        let often = alike.filter(|deeds| deeds.len() > FEW);
        let often = often.map(|deeds| (deeds[0].0, Doers::of(deeds))).collect();
        Self {
            deeds,
            often,
            keepers: places(effects, |one| !one.keeps.columns.is_empty() && !one.keeps.more),
            makes_more: places(effects, |one| one.adds.more || one.sets.more),
            drops_more: places(effects, |one| one.drops.more || one.keeps.more),
        }
    }

    /// Every column that two nodes may change.
    pub(super) fn changed_twice(&self) -> Vec<&'a str> {
        let alike = self.deeds.chunk_by(|(a, _, _), (b, _, _)| a == b);
        let twice = |deeds: &&[_]| {
            let changes = deeds.iter().filter(|(_, _, deed)| *deed != Deed::Keeps).count();
            changes > 1 || changes == 1 && !self.keepers.is_empty()
        };
        alike.filter(twice).map(|deeds| deeds[0].0).collect()
    }

    pub(super) fn of(&self, column: &str) -> Cow<'_, Doers> {
        if let Some(doers) = self.often.get(column) {
            return Cow::Borrowed(doers);
        }
        let from = self.deeds.partition_point(|(name, _, _)| *name < column);
        let upto = self.deeds[from..]
            .iter()
            .take_while(|(name, _, _)| *name == column);
        Cow::Owned(Doers::of(&self.deeds[from..from + upto.count()]))
    }

    /// The nodes that a column of this name may come out of that did not go in.
    pub(super) fn may_make(&self, doers: &Doers) -> Places {
        doers.makes.clone().or(&self.makes_more)
    }

    /// The nodes that remove the column, other than the target, by keeping only others.
    pub(super) fn leave_out(&self, doers: &Doers) -> Places {
        self.keepers.clone().without(&doers.keeps)
    }

    /// The nodes that no column of this name, other than the target, comes out of.
    pub(super) fn drop(&self, doers: &Doers) -> Places {
        let drop = self.leave_out(doers).or(&doers.drops);
        drop.without(&self.may_make(doers))
    }

    /// The nodes that may remove the column, even if they make it anew.
    pub(super) fn may_drop(&self, doers: &Doers) -> Places {
        self.leave_out(doers).or(&doers.drops).or(&self.drops_more)
    }
}

impl Doers {
    fn of(deeds: &[(&str, usize, Deed)]) -> Self {
        let mut doers = Self::default();
        for (_, place, deed) in deeds {
            let places = match deed {
                Deed::Makes => &mut doers.makes,
                Deed::Changes => &mut doers.changes,
                Deed::Drops => &mut doers.drops,
                Deed::Keeps => &mut doers.keeps,
            };
            places.insert(*place);
        }
        doers
    }
}
