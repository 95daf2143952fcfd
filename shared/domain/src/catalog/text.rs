//! Texts with a form of their own: regular expressions, pairs of texts, multiples of something named. The check of a
//! config and the node that reads it share what is said here.

use crate::value::Value;

/// Why a text is no regular expression of the `regex` crate, if it is none.
pub(super) fn pattern_fault(text: &str) -> Option<String> {
    let error = regex_syntax::parse(text).err()?.to_string();
    let last = error.lines().last().unwrap_or_default().trim();
    Some(last.trim_start_matches("error: ").to_owned())
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
