//! Branches of a graph brought together, row by row number and column by column. A column changed in one branch
//! wins over the untouched one, removal being a change too; one changed in two is nobody's to decide, so an error.

use std::{collections::BTreeMap, sync::Arc};

use arrow::array::UInt32Array;

use super::{Column, DroppedRow, Frame, History};
use crate::{Error, error::Result};

/// Merges frames that come from the same source, in the order of the edges.
///
/// # Errors
/// `BRANCH_CONFLICT` where two branches changed the same column, naming the column and both nodes, and where rows
/// were added in one branch only.
pub fn merge(frames: Vec<Frame>) -> Result<Frame> {
    let mut frames = frames.into_iter();
    let first = frames.next().unwrap_or_default();
    frames.try_fold(first, two)
}

fn two(left: Frame, right: Frame) -> Result<Frame> {
    if left.added_by != right.added_by {
        return Err(added_apart(&left, &right));
    }
    let (left, right) = common_rows(left, right)?;
    let mut columns: Vec<Column> = Vec::with_capacity(left.width());
    let mut removed = BTreeMap::new();
    let names = left.columns.iter().map(|c| &c.name);
    let names = names.chain(
        right
            .columns
            .iter()
            .map(|c| &c.name)
            .filter(|name| left.column(name).is_none()),
    );
    for name in names {
        match newer(name, version(&left, name), version(&right, name))? {
            Version::Present(column) => columns.push(column.clone()),
            Version::Removed(history) => drop(removed.insert(Arc::clone(name), history.clone())),
            Version::Unknown => {}
        }
    }
    for name in left.removed.keys().chain(right.removed.keys()) {
        if columns.iter().any(|column| column.name == *name) || removed.contains_key(name) {
            continue;
        }
        if let Version::Removed(history) = newer(name, version(&left, name), version(&right, name))? {
            removed.insert(Arc::clone(name), history.clone());
        }
    }
    let splits = left.splits.or(right.splits);
    let mut dropped = left.dropped;
    let known: std::collections::BTreeSet<u64> = dropped.iter().map(|gone| gone.row).collect();
    dropped.extend(
        right
            .dropped
            .into_iter()
            .filter(|gone: &DroppedRow| !known.contains(&gone.row)),
    );
    Ok(Frame {
        columns,
        removed,
        rows: left.rows,
        splits,
        dropped,
        added_by: left.added_by,
    })
}

/// Rows that one branch added have no counterpart in the other.
fn added_apart(left: &Frame, right: &Frame) -> Error {
    let adders = left.added_by.iter().filter(|id| !right.added_by.contains(id));
    let mut adders = adders.chain(right.added_by.iter().filter(|id| !left.added_by.contains(id)));
    let adder = adders.next().map(ToString::to_string).unwrap_or_default();
    let message =
        format!("node {adder:?} adds rows in one branch only; every path to where they meet must pass it");
    Error::spec("BRANCH_CONFLICT", message)
}

/// A column as one branch knows it.
#[derive(Clone, Copy)]
enum Version<'a> {
    Present(&'a Column),
    Removed(&'a History),
    Unknown,
}

impl<'a> Version<'a> {
    fn history(self) -> Option<&'a [Arc<str>]> {
        match self {
            Version::Present(column) => Some(&column.history.nodes),
            Version::Removed(history) => Some(&history.nodes),
            Version::Unknown => None,
        }
    }
}

fn version<'a>(frame: &'a Frame, name: &str) -> Version<'a> {
    match (frame.column(name), frame.removed.get(name)) {
        (Some(column), _) => Version::Present(column),
        (None, Some(history)) => Version::Removed(history),
        (None, None) => Version::Unknown,
    }
}

/// The version whose history continues the other's.
fn newer<'a>(name: &str, left: Version<'a>, right: Version<'a>) -> Result<Version<'a>> {
    let (Some(ours), Some(theirs)) = (left.history(), right.history()) else {
        return Ok(if left.history().is_some() { left } else { right });
    };
    if ours.starts_with(theirs) {
        return Ok(left);
    }
    if theirs.starts_with(ours) {
        return Ok(right);
    }
    if let (Version::Removed(_), Version::Removed(_)) = (left, right) {
        return Ok(left);
    }
    // Neither is a prefix of the other, so each has a last node.
    let last = |nodes: &[Arc<str>]| nodes.last().map(ToString::to_string).unwrap_or_default();
    let (a, b) = (last(ours), last(theirs));
    let message = format!(
        "column {name:?} was changed by node {a:?} in one branch and by node {b:?} in another; change it in one branch only"
    );
    Err(Error::spec("BRANCH_CONFLICT", message))
}

/// Both frames with the rows they share. Row numbers ascend, so one pass over each is enough.
fn common_rows(left: Frame, right: Frame) -> Result<(Frame, Frame)> {
    if left.rows == right.rows {
        return Ok((left, right));
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut i, mut j) = (0, 0);
    while i < left.height() && j < right.height() {
        match left.rows[i].cmp(&right.rows[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                ours.push(i as u32);
                theirs.push(j as u32);
                i += 1;
                j += 1;
            }
        }
    }
    let (ours, theirs) = (UInt32Array::from(ours), UInt32Array::from(theirs));
    let left = if ours.len() == left.height() {
        left
    } else {
        left.take(&ours)?
    };
    let right = if theirs.len() == right.height() {
        right
    } else {
        right.take(&theirs)?
    };
    Ok((left, right))
}
