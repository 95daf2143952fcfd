//! Parameters of the nodes that run which have no effect as their configs are.

use super::Member;

/// The most parameters of a node that are told.
const MOST: usize = 10;

/// What is to be known of a node's parameters that have no effect, if any has none.
pub(super) fn parameters(member: &Member<'_>) -> Option<String> {
    let unused = member.spec.unused(&member.node.config);
    let more = unused.len().saturating_sub(MOST);
    let mut told: Vec<String> = (unused.iter().take(MOST))
        .map(|(parameter, reason)| format!("{parameter} has no effect, as {reason}"))
        .collect();
    if more > 0 {
        told.push(format!("and {more} more have none"));
    }
    (!told.is_empty()).then(|| format!("node {:?}: {}", member.node.id, told.join("; ")))
}
