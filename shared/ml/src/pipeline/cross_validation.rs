//! Cross-validation: how good a model is on rows it was not fitted on, told by the training rows alone. In each fold
//! every node that learns is fitted anew on the fold's training part, so that nothing is known of the rows held out.
//!
//! For metrics m₁ … mₖ of k folds: mean = Σ mᵢ / k and std = √(Σ (mᵢ − mean)² / k), as `numpy.mean` and `numpy.std`
//! of scikit-learn's `cross_validate` give them. See Hastie, Tibshirani and Friedman, "The Elements of Statistical
//! Learning", 2009, section 7.10.

mod parallel;
mod warnings;

use std::ops::Range;

use domain::{catalog::ProblemType, value::Object};
use ndarray::s;
use serde::{Deserialize, Serialize};

use self::warnings::InFold;
pub(crate) use self::warnings::{FoldWarnings, Heard};
use super::{Judged, Metrics, Preparation, Prepared, Stem, fit::fit};
use crate::{
    Error, Observer,
    error::Result,
    frame::{Split, texts},
    model::{ErasedModel, FitContext, Memory},
    nodes::{sorted_categories, train_model},
    observer, random,
    split::{self, Fold, Strategy},
};

/// What the folds of a training said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// How the folds were made; never `auto`.
    pub strategy: Strategy,
    /// Each fold, in order.
    pub folds: Vec<FoldResult>,
    /// The mean of each metric that every fold has.
    pub mean: Metrics,
    /// The standard deviation of each of them over the folds.
    pub std: Metrics,
}

/// What one fold said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldResult {
    /// How many rows it was fitted on, after what nodes dropped and added.
    pub training_rows: usize,
    /// How many rows it was judged by, after what nodes dropped.
    pub held_out_rows: usize,
    /// The metrics on the rows held out.
    pub metrics: Metrics,
}

/// What is fitted in each fold.
pub(crate) struct Candidate<'a> {
    pub(crate) preparation: &'a Preparation<'a>,
    pub(crate) model: &'a dyn ErasedModel,
    pub(crate) hyperparameters: &'a Object,
}

/// What the folds may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) threads: usize,
    /// How many folds may be at work at once, whatever the threads.
    pub(crate) folds: usize,
    /// What the fit of a fold has, if that is limited.
    pub(crate) memory: Option<Memory>,
}

impl Room {
    /// The room in this budget, if there is one, beside a table that as a matrix has so many bytes, for fits that need so
    /// many. The table is there as columns and as that matrix, and each fold at work has most of both anew, of which the
    /// matrix stays while its model is fitted. A fold that is alone has what all could have.
    pub(crate) fn new(threads: usize, budget: Option<u64>, matrix: u64, fit: u64) -> Self {
        let table = matrix.saturating_mul(2).max(1);
        let each = table.saturating_add(fit);
        let at_once =
            |budget: u64| usize::try_from(budget.saturating_sub(table) / each).unwrap_or(usize::MAX);
        let folds = budget.map_or(usize::MAX, at_once).max(1);
        let memory = |budget| {
            let others = (folds.min(threads) as u64 - 1).saturating_mul(each);
            let taken = table.saturating_add(matrix).saturating_add(others);
            Memory { budget, taken }
        };
        Self {
            threads,
            folds,
            memory: budget.map(memory),
        }
    }
}

/// Fits and judges the model in every fold that the training node asks for, as many folds at once as there are
/// threads and room. The result does not depend on their number. What nodes and the model warn of in each fold is not
/// told yet ([`Heard::tell_others`]).
///
/// # Errors
/// `SPLIT_IMPOSSIBLE`, or why a fold cannot be fitted, the first that cannot; cancellation.
pub(crate) fn cross_validate(
    candidate: &Candidate<'_>,
    asked: &train_model::CrossValidation,
    stem: &Stem<'_>,
    room: Room,
    observer: &dyn Observer,
) -> Result<(CrossValidation, Vec<FoldWarnings>)> {
    let training = stem.training();
    let problem = candidate.preparation.problem_type();
    let strategy = match (asked.strategy, problem) {
        (Strategy::Auto, ProblemType::Classification) => Strategy::StratifiedKfold,
        (Strategy::Auto, ProblemType::Regression) => Strategy::Kfold,
        (
            strategy @ (Strategy::Kfold
            | Strategy::StratifiedKfold
            | Strategy::ShuffleSplit
            | Strategy::TimeSeriesSplit),
            _,
        ) => strategy,
    };
    let folds = deal(candidate, asked, strategy, stem, &training, observer)?;
    let total = folds.len();
    let done = |completed| {
        // The fit on all training rows that follows is one more.
        observer.step(observer::Step {
            completed,
            total: total as u64 + 1,
            unit: "fits",
        });
    };
    done(0);
    if room.folds < room.threads.min(total) {
        let message = format!(
            "no more than {} of {total} folds are fitted at once, for want of memory",
            room.folds
        );
        observer.info(None, &message);
    }
    let judged = parallel::each(total, room.threads, room.folds, done, |at, threads| {
        let held = (threads, room.memory);
        judge(candidate, stem, &training, (at, &folds[at]), held, observer)
            .map_err(|error| in_fold(error, at, total))
    })?;
    let (mut results, mut untold) = (Vec::with_capacity(total), Vec::with_capacity(total));
    for (at, (result, warnings, of_fold)) in judged.into_iter().enumerate() {
        let name = format!("fold {} of {total}", at + 1);
        for warning in warnings {
            observer.warning(None, &format!("{name}: {warning}"));
        }
        observer.info(None, &format!("{name}: {}", told(&result)));
        results.push(result);
        untold.push(of_fold);
    }
    let summary = summarised(strategy, results);
    let left_out = summary.folds.iter().flat_map(|fold| fold.metrics.keys());
    let mut left_out: Vec<&str> = left_out
        .filter(|name| !summary.mean.contains_key(*name))
        .map(|name| &**name)
        .collect();
    left_out.sort_unstable();
    left_out.dedup();
    if !left_out.is_empty() {
        let message = format!(
            "{} could not be told in every fold and have no mean",
            left_out.join(", ")
        );
        observer.warning(None, &message);
    }
    for (split, metrics) in [("cv_mean", &summary.mean), ("cv_std", &summary.std)] {
        for (name, value) in metrics {
            observer.metric(split, name, *value);
        }
    }
    Ok((summary, untold))
}

/// The folds, by place among the training rows.
fn deal(
    candidate: &Candidate<'_>,
    asked: &train_model::CrossValidation,
    strategy: Strategy,
    stem: &Stem<'_>,
    training: &[u32],
    observer: &dyn Observer,
) -> Result<Vec<Fold>> {
    let preparation = candidate.preparation;
    let mut stream = random::stream(asked.random_state, &[preparation.training_node(), "folds"]);
    let folds = match strategy {
        Strategy::Auto | Strategy::Kfold => {
            split::kfold(training.len(), asked.folds, asked.shuffle.then_some(&mut stream))
        }
        Strategy::StratifiedKfold => {
            let classes = classes(stem, training, preparation.target())?;
            let smallest = split::class_sizes(&classes).into_iter().min().unwrap_or(0);
            if smallest < asked.folds {
                let message = format!(
                    "the smallest class has {smallest} training rows, fewer than the {} folds: not every fold has it",
                    asked.folds
                );
                observer.warning(Some(preparation.training_node()), &message);
            }
            split::stratified_kfold(&classes, asked.folds, asked.shuffle.then_some(&mut stream))
        }
        Strategy::ShuffleSplit => split::shuffle_split(training.len(), asked.folds, &mut stream),
        Strategy::TimeSeriesSplit => {
            let rows = stem.frame().rows();
            let rows: Vec<u64> = training.iter().map(|&at| rows[at as usize]).collect();
            preparation
                .sides()
                .order(&rows)
                .and_then(|order| split::time_series_split(&order, asked.folds))
        }
    };
    folds.map_err(|error| error.at(preparation.training_node()))
}

/// The class of each training row, numbered in order.
fn classes(stem: &Stem<'_>, training: &[u32], target: &str) -> Result<Vec<usize>> {
    let data = &stem.frame().require(target)?.data;
    let shown = texts(data);
    let text = |at: &u32| shown.get(*at as usize).unwrap_or_default().into_owned();
    let known = sorted_categories(training.iter().map(text));
    let numbers: std::collections::HashMap<&str, usize> = known.iter().map(String::as_str).zip(0..).collect();
    Ok(training.iter().map(|at| numbers[text(at).as_str()]).collect())
}

/// Fits the model in a fold and judges it, and what there is to warn of: of the metrics, and by nodes and the model.
fn judge(
    candidate: &Candidate<'_>,
    stem: &Stem<'_>,
    training: &[u32],
    (at, fold): (usize, &Fold),
    (threads, memory): (usize, Option<Memory>),
    observer: &dyn Observer,
) -> Result<(FoldResult, Vec<String>, FoldWarnings)> {
    let follower = InFold::new(observer);
    let frame = stem.run(training, (at, fold), &follower)?;
    let prepared = candidate.preparation.finish(&frame, &follower)?;
    drop(frame);
    let held_out = held_out(&prepared);
    let node = candidate.preparation.training_node();
    if held_out.is_empty() {
        return Err(Error::data("NO_ROWS_LEFT", "no rows are left to judge by").at(node));
    }
    let ctx = FitContext {
        observer: &follower,
        threads,
        fold: Some(at),
        memory,
    };
    let fitted =
        fit(candidate.model, candidate.hyperparameters, &prepared, &ctx).map_err(|error| error.at(node))?;
    let prediction = fitted.predict(prepared.x.slice(s![held_out.start..held_out.end, ..]));
    let warnings = std::cell::RefCell::new(Vec::new());
    let warn = |message: &str| warnings.borrow_mut().push(message.to_owned());
    let truth = prepared.truth.slice(held_out.clone());
    let metrics = Judged::new(&prediction, truth, prepared.classes.as_ref(), &warn)?.metrics();
    let result = FoldResult {
        training_rows: prepared.training().len(),
        held_out_rows: held_out.len(),
        metrics,
    };
    Ok((result, warnings.into_inner(), follower.into_warnings()))
}

fn held_out(prepared: &Prepared) -> Range<usize> {
    let test = prepared.ranges.iter().find(|(split, _)| *split == Split::Test);
    test.map_or(0..0, |(_, range)| range.clone())
}

fn in_fold(error: Error, at: usize, total: usize) -> Error {
    match error {
        Error::Failed(mut failure) => {
            failure.message = format!("fold {} of {total}: {}", at + 1, failure.message);
            Error::Failed(failure)
        }
        Error::Cancelled => Error::Cancelled,
    }
}

/// A fold in one line.
fn told(result: &FoldResult) -> String {
    let FoldResult {
        training_rows,
        held_out_rows,
        metrics,
    } = result;
    let figures = ["accuracy", "log_loss", "roc_auc", "r2", "rmse"].iter();
    let figures = figures.filter_map(|name| Some(format!(", {name} {:.4}", metrics.get(*name)?)));
    format!(
        "{training_rows} rows to fit on, {held_out_rows} held out{}",
        figures.collect::<String>()
    )
}

fn summarised(strategy: Strategy, folds: Vec<FoldResult>) -> CrossValidation {
    let (mut mean, mut std) = (Metrics::new(), Metrics::new());
    for name in folds
        .first()
        .map(|fold| fold.metrics.keys())
        .into_iter()
        .flatten()
    {
        let values: Option<Vec<f64>> = folds.iter().map(|fold| fold.metrics.get(name).copied()).collect();
        let Some(values) = values else { continue };
        let count = values.len() as f64;
        let average = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - average).powi(2)).sum();
        mean.insert(name.clone(), average);
        std.insert(name.clone(), (squares / count).sqrt());
    }
    CrossValidation {
        strategy,
        folds,
        mean,
        std,
    }
}

#[cfg(test)]
mod tests;
