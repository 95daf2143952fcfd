//! Columns that a node names though another before it has dropped them.

use std::collections::BTreeSet;

use super::{
    effects::{ByColumn, Effects},
    places::Places,
};
use crate::{catalog::NodeRole, violation::Violation};

/// Tells the columns that are named after a node has dropped them, where none between can have made them anew.
pub(super) fn check(
    effects: &[Effects<'_>],
    by_column: &ByColumn<'_>,
    targets: &BTreeSet<&str>,
    violations: &mut Vec<Violation>,
) {
    for (place, one) in effects.iter().enumerate() {
        if one.member.spec.role == NodeRole::Training {
            continue;
        }
        // The nodes that are before one of these makers, itself included.
        let before_makers = |makers: Places| {
            let makers = makers.and(&one.before);
            (makers.iter()).fold(Places::default(), |all, maker| all.or(&effects[maker].before))
        };
        // What a node adds, such as a column for each category, is there too late for what it names.
        let itself = Places::from_iter([place]);
        let made_up_for = before_makers(by_column.makes_more.clone().without(&itself)).or(&itself);
        for (path, column) in one.member.spec.features(&one.member.node.config) {
            if targets.contains(column) {
                continue;
            }
            let doers = by_column.of(column);
            let droppers = by_column.drop(&doers).and(&one.before).without(&made_up_for);
            if droppers.is_empty() {
                continue;
            }
            if let Some(dropper) = droppers.without(&before_makers(doers.makes.clone())).last() {
                let field = format!("{}.config.{path}", one.member.path());
                let message = format!(
                    "names column {column:?}, which node {:?} drops before node {:?}",
                    effects[dropper].member.node.id, one.member.node.id
                );
                violations.push(Violation::new(field, message));
            }
        }
    }
}
