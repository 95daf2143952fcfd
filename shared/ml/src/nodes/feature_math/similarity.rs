//! How similar two texts are: twice the length of their longest common subsequence by the sum of their lengths
//! (Indel similarity), as the `rapidfuzz` libraries compute it, of the texts as they are or of their words.

use std::collections::BTreeSet;

use rapidfuzz::fuzz;

use super::{Method, Operation, not_a};
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, texts},
};

/// The similarity of each row's texts.
pub(super) fn similarities(operation: &Operation, method: Method, frame: &Frame) -> Result<Vec<Option<f64>>> {
    let mut names = operation.columns();
    let (Some(one), Some(other)) = (names.next(), names.next()) else {
        return Ok(vec![None; frame.height()]);
    };
    for name in [one, other] {
        let kind = frame.require(name)?.kind();
        if kind != ColumnKind::Text {
            return Err(not_a(name, kind, "text"));
        }
    }
    let (left, right) = (&frame.require(one)?.data, &frame.require(other)?.data);
    let scale = if operation.normalize { 1.0 } else { 100.0 };
    let similar = match method {
        Method::TokenSortRatio => |a: &str, b: &str| ratio(&sorted(a), &sorted(b)),
        Method::TokenSetRatio => of_sets,
        _ => ratio,
    };
    let rows = texts(left).iter().zip(texts(right).iter());
    Ok(rows.map(|(a, b)| Some(similar(&a?, &b?) * scale)).collect())
}

fn ratio(a: &str, b: &str) -> f64 {
    fuzz::ratio(a.chars(), b.chars())
}

/// The words in order.
fn sorted(text: &str) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort_unstable();
    words.join(" ")
}

/// The greatest similarity among the common words, those with the rest of the one and with that of the other.
fn of_sets(a: &str, b: &str) -> f64 {
    let words = |text| -> BTreeSet<&str> { str::split_whitespace(text).collect() };
    let (a, b) = (words(a), words(b));
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let joined = |words: &mut dyn Iterator<Item = &&str>| words.copied().collect::<Vec<_>>().join(" ");
    let common = joined(&mut a.intersection(&b));
    let (rest_a, rest_b) = (joined(&mut a.difference(&b)), joined(&mut b.difference(&a)));
    if !common.is_empty() && (rest_a.is_empty() || rest_b.is_empty()) {
        return 1.0;
    }
    let with = |rest: &str| {
        if common.is_empty() {
            rest.to_owned()
        } else {
            format!("{common} {rest}")
        }
    };
    let (with_a, with_b) = (with(&rest_a), with(&rest_b));
    let both = ratio(&with_a, &with_b);
    if common.is_empty() {
        return both;
    }
    both.max(ratio(&common, &with_a)).max(ratio(&common, &with_b))
}
