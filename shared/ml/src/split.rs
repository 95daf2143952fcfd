//! Rows assigned to training, validation and test. A split that cannot be made as asked is an error, never a
//! silently different split.
//!
//! Sizes are scikit-learn's: the test and the validation rows are rounded up, the rest trains.

mod folds;

use crate::{Error, error::Result, frame::Split, random::Stream};

pub use folds::{Fold, Strategy, kfold, shuffle_split, stratified_kfold, time_series_split};

pub(crate) use folds::class_sizes;

/// The shares of rows that are held back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// For test, in (0, 1).
    pub test: f64,
    /// For validation, in [0, 1).
    pub validation: f64,
}

/// How many rows each split gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sizes {
    train: usize,
    validation: usize,
    test: usize,
}

fn impossible(message: String) -> Error {
    Error::data("SPLIT_IMPOSSIBLE", message)
}

fn sizes(rows: usize, shares: Shares) -> Result<Sizes> {
    let part = |share: f64| (share * rows as f64).ceil() as usize;
    let (test, validation) = (part(shares.test), part(shares.validation));
    match rows.checked_sub(test + validation) {
        Some(train) if train > 0 => Ok(Sizes {
            train,
            validation,
            test,
        }),
        Some(_) | None => Err(impossible(format!(
            "test_size {} and validation_size {} leave none of {rows} rows to train on",
            shares.test, shares.validation
        ))),
    }
}

/// Splits rows at random, or in order (training, validation, test) without a source of randomness.
///
/// # Errors
/// `SPLIT_IMPOSSIBLE` where no row would be left to train on.
pub fn plain(rows: usize, shares: Shares, random: Option<&mut Stream>) -> Result<Vec<Split>> {
    let Sizes {
        train, validation, ..
    } = sizes(rows, shares)?;
    // Rows are numbered by 32 bits everywhere, and the less there is to shuffle the sooner it is done.
    let mut order: Vec<u32> = (0..rows as u32).collect();
    if let Some(random) = random {
        random.shuffle(&mut order);
    }
    let mut splits = vec![Split::Test; rows];
    for &row in &order[..train] {
        splits[row as usize] = Split::Train;
    }
    for &row in &order[train..train + validation] {
        splits[row as usize] = Split::Validation;
    }
    Ok(splits)
}

/// Splits rows at random so that every split has the classes in the same shares, as nearly as whole rows allow.
/// `classes` holds each row's class, numbered from 0.
///
/// # Errors
/// `SPLIT_IMPOSSIBLE` without a source of randomness, for a class of a single row, and for splits with fewer
/// rows than there are classes.
pub fn stratified(classes: &[usize], shares: Shares, random: Option<&mut Stream>) -> Result<Vec<Split>> {
    let Some(random) = random else {
        return Err(impossible("stratify needs shuffle".into()));
    };
    let sizes = sizes(classes.len(), shares)?;
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); classes.iter().max().map_or(0, |last| last + 1)];
    for (row, &class) in classes.iter().enumerate() {
        members[class].push(row);
    }
    members.retain(|rows| !rows.is_empty());
    check_strata(&members, sizes)?;
    let counts: Vec<usize> = members.iter().map(Vec::len).collect();
    let test = proportional(&counts, sizes.test);
    let left: Vec<usize> = counts
        .iter()
        .zip(&test)
        .map(|(count, test)| count - test)
        .collect();
    let validation = proportional(&left, sizes.validation);
    if left
        .iter()
        .zip(&validation)
        .any(|(left, validation)| left == validation)
    {
        return Err(impossible("a class would have no training row".into()));
    }
    let mut splits = vec![Split::Train; classes.len()];
    for ((mut rows, test), validation) in members.into_iter().zip(test).zip(validation) {
        random.shuffle(&mut rows);
        for &row in &rows[..test] {
            splits[row] = Split::Test;
        }
        for &row in &rows[test..test + validation] {
            splits[row] = Split::Validation;
        }
    }
    Ok(splits)
}

fn check_strata(members: &[Vec<usize>], sizes: Sizes) -> Result<()> {
    let classes = members.len();
    if members.iter().any(|rows| rows.len() < 2) {
        return Err(impossible(
            "a class of a single row cannot be in training and test".into(),
        ));
    }
    let held_back = [
        ("training", sizes.train),
        ("validation", sizes.validation),
        ("test", sizes.test),
    ];
    for (name, rows) in held_back {
        // An empty validation split was not asked for.
        if rows < classes && !(name == "validation" && rows == 0) {
            let message =
                format!("{rows} {name} rows cannot hold each of {classes} classes; {classes} are needed");
            return Err(impossible(message));
        }
    }
    Ok(())
}

/// `total` shared out in proportion to `counts`, the largest remainders rounded up.
fn proportional(counts: &[usize], total: usize) -> Vec<usize> {
    let all: usize = counts.iter().sum();
    if all == 0 {
        return vec![0; counts.len()];
    }
    let mut parts: Vec<usize> = counts.iter().map(|count| count * total / all).collect();
    let mut by_remainder: Vec<usize> = (0..counts.len()).collect();
    by_remainder.sort_by_key(|&i| std::cmp::Reverse(counts[i] * total % all));
    let rest = total - parts.iter().sum::<usize>();
    for &i in &by_remainder[..rest] {
        parts[i] += 1;
    }
    parts
}

#[cfg(test)]
mod tests;
