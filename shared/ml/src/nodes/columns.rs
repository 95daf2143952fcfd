//! Which columns a node works on: those it names, or every fitting one where it names none. The target is never
//! among them.

use arrow::array::{Array, Float64Array};

use crate::{
    Error,
    error::Result,
    frame::{Column, ColumnKind, Frame, Training, numbers},
    node::Context,
};

/// The columns to learn from.
///
/// # Errors
/// `COLUMN_NOT_FOUND`, `TARGET_IN_COLUMNS`, or `COLUMN_TYPE` for a named column that does not fit; `wanted` says
/// in words what fits.
pub(super) fn pick(
    training: &Training<'_>,
    ctx: &Context<'_>,
    named: &[String],
    fits: impl Fn(ColumnKind) -> bool,
    wanted: &str,
) -> Result<Vec<String>> {
    let require = |name: &str| training.require(name);
    choose(training.columns(), require, ctx, named, fits, |_| false, wanted)
}

/// The columns to change, for a node that learns nothing. A named column without any value fits every kind, as the
/// file said nothing of its type; when rows are predicted, one that does not fit is passed over. All named ones count
/// as changed.
///
/// # Errors
/// As [`pick`].
pub(super) fn pick_to_change(
    frame: &mut Frame,
    ctx: &Context<'_>,
    named: &[String],
    fits: impl Fn(ColumnKind) -> bool,
    wanted: &str,
) -> Result<Vec<String>> {
    named.iter().for_each(|name| frame.touch(name));
    let frame = &*frame;
    let (columns, require) = (frame.columns().iter(), |name: &str| frame.require(name));
    let passed_over = |column: &Column| ctx.predicting || column.data.null_count() == column.data.len();
    choose(columns, require, ctx, named, fits, passed_over, wanted)
}

fn choose<'a>(
    columns: impl Iterator<Item = &'a Column>,
    require: impl Fn(&str) -> Result<&'a Column>,
    ctx: &Context<'_>,
    named: &[String],
    fits: impl Fn(ColumnKind) -> bool,
    passed_over: impl Fn(&Column) -> bool,
    wanted: &str,
) -> Result<Vec<String>> {
    if named.is_empty() {
        let fitting = columns.filter(|column| fits(column.kind()) && &*column.name != ctx.target);
        return Ok(fitting.map(|column| column.name.to_string()).collect());
    }
    let mut picked: Vec<String> = Vec::with_capacity(named.len());
    for name in named {
        refuse_target(name, ctx)?;
        let column = require(name)?;
        let kind = column.kind();
        if !fits(kind) {
            if passed_over(column) {
                continue;
            }
            let message = format!("column {name:?} is {}, not {wanted}", kind.as_str());
            return Err(Error::spec("COLUMN_TYPE", message));
        }
        if !picked.contains(name) {
            picked.push(name.clone());
        }
    }
    Ok(picked)
}

/// Refuses the target among a node's columns.
///
/// # Errors
/// `TARGET_IN_COLUMNS`.
pub(super) fn refuse_target(name: &str, ctx: &Context<'_>) -> Result<()> {
    if name == ctx.target {
        let message = format!("{name:?} is the target, which is not prepared like a feature");
        return Err(Error::spec("TARGET_IN_COLUMNS", message));
    }
    Ok(())
}

/// The target, for nodes that learn from it.
///
/// # Errors
/// `TARGET_NOT_NAMED`.
pub(super) fn named_target<'a>(ctx: &Context<'a>) -> Result<&'a str> {
    if ctx.target.is_empty() {
        let message = "this node learns from the target, but no node names it";
        return Err(Error::spec("TARGET_NOT_NAMED", message));
    }
    Ok(ctx.target)
}

/// The training numbers of a column that are there, in row order.
///
/// # Errors
/// `INFINITE_VALUES`, and `COLUMN_TYPE` for text.
pub(super) fn known_numbers(training: &Training<'_>, name: &str) -> Result<Vec<f64>> {
    let mut known = Vec::with_capacity(training.height());
    each_known_number(training, name, |piece| known.extend_from_slice(piece))?;
    Ok(known)
}

/// As [`known_numbers`], piece by piece, for statistics that need no copy of a column.
///
/// # Errors
/// As [`known_numbers`], once all are taken.
pub(super) fn each_known_number(
    training: &Training<'_>,
    name: &str,
    mut take: impl FnMut(&[f64]),
) -> Result<()> {
    let mut infinite = false;
    training
        .each_number(name, |piece| {
            infinite |= piece.iter().fold(false, |any, value| any | value.is_infinite());
            take(piece);
        })?
        .ok_or_else(|| text_for_numbers(name))?;
    if infinite {
        let message = format!("column {name:?} holds infinite values");
        return Err(Error::data("INFINITE_VALUES", message));
    }
    Ok(())
}

fn text_for_numbers(name: &str) -> Error {
    Error::spec("COLUMN_TYPE", format!("column {name:?} is text, not numbers"))
}

/// A column's numbers.
///
/// # Errors
/// `COLUMN_NOT_FOUND`, and `COLUMN_TYPE` for text.
pub(super) fn number_column(frame: &Frame, name: &str) -> Result<Float64Array> {
    numbers(&frame.require(name)?.data).ok_or_else(|| text_for_numbers(name))
}

/// Changes the numbers of columns, all at once; `change` says for a column what becomes of a number.
///
/// # Errors
/// As [`number_column`], for the first of `names`.
pub(super) fn change_numbers<'a, F: Fn(f64) -> f64>(
    frame: &mut Frame,
    names: impl IntoIterator<Item = &'a String>,
    change: impl Fn(&str) -> Option<F> + Sync,
) -> Result<()> {
    for name in names {
        if frame.require(name)?.kind() == ColumnKind::Text {
            return Err(text_for_numbers(name));
        }
    }
    frame.change_numbers(change)
}

/// Refuses a statistic of a column that came out infinite, or as no number at all.
///
/// # Errors
/// `NUMERIC_OVERFLOW`.
pub(super) fn require_finite(name: &str, statistics: &[f64]) -> Result<()> {
    if statistics.iter().all(|number| number.is_finite()) {
        return Ok(());
    }
    let message = format!("column {name:?} holds numbers that are too large to compute with");
    Err(Error::data("NUMERIC_OVERFLOW", message))
}

/// The distinct texts, by number if all are numbers, else by code point.
pub(crate) fn sorted_categories(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = texts
        .into_iter()
        .collect::<std::collections::HashSet<_>>()
        .into_iter()
        .collect();
    let number = |text: &String| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    if distinct.iter().all(|text| number(text).is_some()) {
        let key = |text: &String| number(text).unwrap_or(0.0);
        distinct.sort_by(|a, b| key(a).total_cmp(&key(b)).then_with(|| a.cmp(b)));
    } else {
        distinct.sort();
    }
    distinct
}
