//! Texts with a form of their own: regular expressions, pairs of texts, multiples of something named. The check of a
//! config and the node that reads it share what is said here.

use std::collections::BTreeSet;

use regex_syntax::hir::{Hir, HirKind};

use crate::value::Value;

/// Why a text is no regular expression of the `regex` crate, if it is none.
pub(super) fn pattern_fault(text: &str) -> Option<String> {
    let error = regex_syntax::parse(text).err()?.to_string();
    let last = error.lines().last().unwrap_or_default().trim();
    Some(last.trim_start_matches("error: ").to_owned())
}

/// What is wrong with a replacement that names a group which the pattern lacks; nothing is of a pattern that is none.
///
/// Replacements are those of the `regex` crate: `$1`, `$name` or `${name}` is what a group matched, a name without
/// braces as long as it can be, and `$$` a dollar.
pub(super) fn group_fault(pattern: &str, replacement: &str) -> Option<String> {
    let groups = groups(&regex_syntax::parse(pattern).ok()?);
    let has = |name: &str| groups.contains(name);
    let (name, braced) = named_groups(replacement).find(|(name, _)| !has(name))?;
    let meant = (1..name.len())
        .rev()
        .filter_map(|end| name.split_at_checked(end))
        .find(|(group, _)| !braced && has(group));
    let advice = match meant {
        Some((group, rest)) => format!("write ${{{group}}}{rest} for the group {group:?} and then {rest:?}"),
        None => "name one that it has, or write $$ for a dollar".to_owned(),
    };
    Some(format!(
        "names the group {name:?}, which the pattern lacks; {advice}"
    ))
}

/// The numbers and names of a pattern's groups, 0 for all it matches.
fn groups(pattern: &Hir) -> BTreeSet<String> {
    let mut found = BTreeSet::from(["0".to_owned()]);
    let mut left = vec![pattern];
    while let Some(part) = left.pop() {
        if let HirKind::Capture(group) = part.kind() {
            found.insert(group.index.to_string());
            found.extend(group.name.as_ref().map(ToString::to_string));
        }
        left.extend(part.kind().subs());
    }
    found
}

/// The groups that a replacement names, and whether each is in braces.
fn named_groups(replacement: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = replacement;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[rest.find('$')? + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                rest = after;
                continue;
            }
            if let Some((name, after)) = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                rest = after;
                return Some((name, true));
            }
            let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            rest = after;
            if !name.is_empty() {
                return Some((name, false));
            }
        }
    })
}

/// The pairs of a text, in lines or between semicolons: `st => Street` or `st -> Street`. White space around either
/// part does not count, and a blank line is none.
///
/// # Errors
/// The first line that is no pair, shortened.
pub fn pairs(text: &str) -> Result<Vec<(&str, &str)>, String> {
    let lines = text.split(['\n', ';']).filter(|line| !line.trim().is_empty());
    let pair = |line: &'_ str| -> Result<_, String> { Err(line.trim().chars().take(40).collect()) };
    lines
        .map(|line| {
            let parts = line.split_once("=>").or_else(|| line.split_once("->"));
            match parts.map(|(from, to)| (from.trim(), to.trim())) {
                Some((from, to)) if !from.is_empty() => Ok((from, to)),
                Some(_) | None => pair(line),
            }
        })
        .collect()
}

/// A word and how many times it is meant: `1.25*mean` is 1.25 times `mean`, and so is the word alone, once.
pub fn multiple(text: &str) -> Option<(f64, &str)> {
    let (factor, word) = text.split_once('*').unwrap_or(("1", text));
    let factor: f64 = factor.trim().parse().ok()?;
    factor.is_finite().then_some((factor, word.trim()))
}

/// Whether a list holds two or more numbers, each above the one before.
pub(super) fn are_edges(items: &[Value]) -> bool {
    let numbers: Option<Vec<f64>> = items
        .iter()
        .map(|item| match item {
            Value::Number(number) if number.is_finite() => Some(*number),
            _ => None,
        })
        .collect();
    numbers.is_some_and(|numbers| numbers.len() >= 2 && numbers.windows(2).all(|pair| pair[0] < pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_names_only_groups_of_its_pattern() {
        let pattern = "(a)(?P<tail>b)";
        for fine in ["", "$0 $1 $2 ${tail} $tail!", "$$3 $$", "$ ${1}_", "cost: 5$"] {
            assert_eq!(group_fault(pattern, fine), None, "{fine}");
        }
        for (replacement, fault) in [
            (
                "$2_$1",
                "names the group \"2_\", which the pattern lacks; write ${2}_ for the group \"2\" and then \"_\"",
            ),
            (
                "$$1 $tails",
                "names the group \"tails\", which the pattern lacks; write ${tail}s for the group \"tail\" and then \"s\"",
            ),
            (
                "${3}",
                "names the group \"3\", which the pattern lacks; name one that it has, or write $$ for a dollar",
            ),
            (
                "$1 ${2 x}",
                "names the group \"2 x\", which the pattern lacks; name one that it has, or write $$ for a dollar",
            ),
        ] {
            assert_eq!(group_fault(pattern, replacement).as_deref(), Some(fault));
        }
        assert_eq!(group_fault("(", "$7"), None);
    }
}
