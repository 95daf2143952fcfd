//! Columns that are changed in two branches that meet. Removing a column that is there changes it too.

use std::collections::BTreeSet;

use super::{
    effects::{ByColumn, Doers, Effects},
    places::Places,
};
use crate::{graph::Graph, violation::Violation};

/// The most pairs of a column and a meeting of branches that are looked at.
const MOST_MEETINGS: usize = 1_000_000;

/// Tells the columns that are changed in two branches that meet, unless both may drop them in the end.
pub(super) fn check(
    graph: &Graph,
    effects: &[Effects<'_>],
    by_column: &ByColumn<'_>,
    targets: &BTreeSet<&str>,
    violations: &mut Vec<Violation>,
) {
    let place = |id: &str| effects.iter().position(|one| one.member.node.id == id);
    let columns = by_column.changed_twice();
    let mut looked = 0;
    for meeting in effects {
        let inputs: Vec<usize> = graph.inputs(&meeting.member.node.id).filter_map(place).collect();
        let mut ours = Places::default();
        for input in inputs {
            let theirs = &effects[input].before;
            if !ours.is_empty() {
                looked += columns.len();
                if looked > MOST_MEETINGS {
                    return;
                }
                let branches = Branches {
                    effects,
                    by_column,
                    ours: &ours,
                    theirs,
                };
                for column in &columns {
                    if let Some((a, b)) = branches.conflict(&by_column.of(column), targets.contains(column)) {
                        let message = format!(
                            "column {column:?} is changed by node {a} in one branch and by node {b} in another; \
                             change it in one branch only"
                        );
                        violations.push(Violation::new(meeting.member.path(), message));
                    }
                }
            }
            ours = ours.or(theirs);
        }
    }
}

/// Two branches that meet, each with all nodes that lead there.
struct Branches<'a> {
    effects: &'a [Effects<'a>],
    by_column: &'a ByColumn<'a>,
    ours: &'a Places,
    theirs: &'a Places,
}

impl Branches<'_> {
    /// The last nodes that change a column in one branch only and in the other only, if the two cannot be brought
    /// together.
    fn conflict(&self, doers: &Doers, is_target: bool) -> Option<(String, String)> {
        let named = doers.makes.clone().or(&doers.changes).or(&doers.drops);
        let last = |of: &Places, other: &Places| {
            let last = named.clone().and(of).without(other).last();
            let leaves_out = || self.leaves_out(doers, of, other).filter(|_| !is_target);
            let told = |place: usize| format!("{:?}", self.effects[place].member.node.id);
            let told_to_leave_out = |place| told(place) + " (which keeps only others)";
            last.map(told).or_else(|| leaves_out().map(told_to_leave_out))
        };
        let found = (last(self.ours, self.theirs)?, last(self.theirs, self.ours)?);
        let may_drop = self.by_column.drop(doers).or(&self.by_column.drops_more);
        let may_drop = |of: &Places, other: &Places| !may_drop.clone().and(of).without(other).is_empty();
        (!may_drop(self.ours, self.theirs) || !may_drop(self.theirs, self.ours)).then_some(found)
    }

    /// The last node of one branch only that removes the column by keeping others, if the column is there to be
    /// removed when the other branch has it: all that may make it is before both.
    fn leaves_out(&self, doers: &Doers, of: &Places, other: &Places) -> Option<usize> {
        let last = self.by_column.leave_out(doers).and(of).without(other).last()?;
        let makers = self
            .by_column
            .may_make(doers)
            .and(&self.ours.clone().or(self.theirs));
        let before = self.effects[last].before.clone().and(other);
        makers.without(&before).is_empty().then_some(last)
    }
}
