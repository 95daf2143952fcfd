//! Columns that two nodes add, or two parts of one, where nothing between removes them.

use super::{
    effects::{ByColumn, Effects, places},
    places::Places,
};
use crate::{catalog::NodeRole, violation::Violation};

/// Tells the columns that a node adds for certain though they are there for certain.
pub(super) fn check(effects: &[Effects<'_>], by_column: &ByColumn<'_>, violations: &mut Vec<Violation>) {
    let certain = places(effects, |one| one.is_certain());
    let after: Vec<Places> = (0..effects.len())
        .map(|first| places(effects, |one| one.before.contains(first)))
        .collect();
    for (place, one) in effects.iter().enumerate() {
        if !certain.contains(place) || one.member.spec.role == NodeRole::Training {
            continue;
        }
        let id = &one.member.node.id;
        let mut tell = |message| {
            violations.push(Violation::new(format!("{}.config", one.member.path()), message));
        };
        for column in &one.adds.twice {
            tell(format!(
                "adds column {column:?} twice in node {id:?}; give each another name"
            ));
        }
        let itself = Places::from_iter([place]);
        for column in &one.adds.columns {
            let doers = by_column.of(column);
            let earlier = doers
                .makes
                .clone()
                .and(&certain)
                .and(&one.before)
                .without(&itself);
            let Some(first) = earlier.last() else {
                continue;
            };
            let between = after[first].clone().and(&one.before);
            if by_column.may_drop(&doers).and(&between).is_empty() {
                tell(format!(
                    "adds column {column:?}, which node {:?} has made before node {id:?}; give one of them another \
                     name, or drop the first before",
                    effects[first].member.node.id
                ));
            }
        }
    }
}
