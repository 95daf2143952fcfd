//! Folds for cross-validation: which rows are held back and which are fitted on, as often as asked. They are made as
//! scikit-learn makes its `KFold`, `StratifiedKFold`, `ShuffleSplit` and `TimeSeriesSplit`, so that without a shuffle
//! they are the same.

use serde::{Deserialize, Serialize};

use super::impossible;
use crate::{error::Result, random::Stream};

/// How folds are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Stratified for classes, else plain.
    Auto,
    /// Each row is held back once.
    Kfold,
    /// The same, with the classes in the same shares in every fold, as nearly as whole rows allow.
    StratifiedKfold,
    /// A random fifth is held back each time.
    ShuffleSplit,
    /// What comes next is held back, and what came before is fitted on.
    TimeSeriesSplit,
}

/// The rows of one fold, each list ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// The rows to fit on.
    pub training: Vec<usize>,
    /// The rows to judge by.
    pub held_out: Vec<usize>,
}

/// The share that [`shuffle_split`] holds back.
const HELD_OUT: f64 = 0.2;

/// Deals rows out to folds of nearly equal size: in runs, or at random.
///
/// # Errors
/// `SPLIT_IMPOSSIBLE` for fewer rows than folds.
pub fn kfold(rows: usize, folds: usize, random: Option<&mut Stream>) -> Result<Vec<Fold>> {
    enough(rows, folds)?;
    let mut order: Vec<usize> = (0..rows).collect();
    if let Some(random) = random {
        random.shuffle(&mut order);
    }
    let mut fold_of = vec![0; rows];
    let mut start = 0;
    for fold in 0..folds {
        let end = start + rows / folds + usize::from(fold < rows % folds);
        for &row in &order[start..end] {
            fold_of[row] = fold;
        }
        start = end;
    }
    Ok(by_fold(&fold_of, folds))
}

/// Deals the rows of each class out to the folds. `classes` holds each row's class, numbered from 0.
///
/// # Errors
/// `SPLIT_IMPOSSIBLE` where every class has fewer rows than there are folds.
pub fn stratified_kfold(
    classes: &[usize],
    folds: usize,
    mut random: Option<&mut Stream>,
) -> Result<Vec<Fold>> {
    let most = class_sizes(classes).into_iter().max().unwrap_or(0);
    if most < folds {
        let message =
            format!("{folds} stratified folds need a class of as many rows; the largest has {most}");
        return Err(impossible(message));
    }
    // Classes in the order they appear; sorted by it, every `folds`-th row goes to the same fold.
    let mut numbers = vec![usize::MAX; classes.iter().max().map_or(0, |last| last + 1)];
    let mut seen = 0;
    for &class in classes {
        if numbers[class] == usize::MAX {
            numbers[class] = seen;
            seen += 1;
        }
    }
    let codes: Vec<usize> = classes.iter().map(|&class| numbers[class]).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    let mut shares = vec![vec![0; folds]; seen];
    for (at, &code) in sorted.iter().enumerate() {
        shares[code][at % folds] += 1;
    }
    let mut fold_of = vec![0; classes.len()];
    for (code, shares) in shares.iter().enumerate() {
        let mut dealt: Vec<usize> = shares
            .iter()
            .enumerate()
            .flat_map(|(fold, &count)| std::iter::repeat_n(fold, count))
            .collect();
        if let Some(random) = random.as_deref_mut() {
            random.shuffle(&mut dealt);
        }
        let members = codes.iter().enumerate().filter(|(_, of)| **of == code);
        for ((row, _), fold) in members.zip(dealt) {
            fold_of[row] = fold;
        }
    }
    Ok(by_fold(&fold_of, folds))
}

/// Holds a random fifth of the rows back, anew for each fold.
///
/// # Errors
/// `SPLIT_IMPOSSIBLE` for fewer than two rows.
pub fn shuffle_split(rows: usize, folds: usize, random: &mut Stream) -> Result<Vec<Fold>> {
    enough(rows, 2)?;
    let held_out = (HELD_OUT * rows as f64).ceil() as usize;
    let fold = |_| {
        let mut order: Vec<usize> = (0..rows).collect();
        random.shuffle(&mut order);
        let mut training = order.split_off(held_out);
        order.sort_unstable();
        training.sort_unstable();
        Fold {
            training,
            held_out: order,
        }
    };
    Ok((0..folds).map(fold).collect())
}

/// Cuts rows in time into as many runs as there are folds and one more: each run but the first is held back once, and
/// all before it are fitted on. `order` holds the rows from the earliest to the latest.
///
/// # Errors
/// `SPLIT_IMPOSSIBLE` where there are not more rows than folds.
pub fn time_series_split(order: &[usize], folds: usize) -> Result<Vec<Fold>> {
    enough(order.len(), folds + 1)?;
    let run = order.len() / (folds + 1);
    let ascending = |rows: &[usize]| {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        rows
    };
    let fold = |fold| {
        let start = order.len() - (folds - fold) * run;
        Fold {
            training: ascending(&order[..start]),
            held_out: ascending(&order[start..start + run]),
        }
    };
    Ok((0..folds).map(fold).collect())
}

/// How many rows each class has, for classes numbered from 0.
pub(crate) fn class_sizes(classes: &[usize]) -> Vec<usize> {
    let mut sizes = vec![0; classes.iter().max().map_or(0, |last| last + 1)];
    for &class in classes {
        sizes[class] += 1;
    }
    sizes.retain(|size| *size > 0);
    sizes
}

fn enough(rows: usize, needed: usize) -> Result<()> {
    if rows >= needed {
        return Ok(());
    }
    let message = format!("the folds need at least {needed} training rows, and there are {rows}");
    Err(impossible(message))
}

fn by_fold(fold_of: &[usize], folds: usize) -> Vec<Fold> {
    let rows = |wanted: &dyn Fn(usize) -> bool| {
        let all = fold_of.iter().enumerate();
        all.filter(|(_, fold)| wanted(**fold))
            .map(|(row, _)| row)
            .collect()
    };
    (0..folds)
        .map(|this| Fold {
            training: rows(&|fold| fold != this),
            held_out: rows(&|fold| fold == this),
        })
        .collect()
}

#[cfg(test)]
mod tests;
