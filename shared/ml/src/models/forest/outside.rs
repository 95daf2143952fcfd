//! The out-of-bag score: how well every row is predicted by the trees that were grown without it.

use rayon::prelude::*;

use super::Forest;
use crate::{
    model::{FitContext, FitError},
    models::tree::bins::Bins,
};

/// Rows predicted by all trees before the next rows are.
const BLOCK: usize = 4096;

/// The share of rows whose most probable class is theirs; none if every tree saw every row.
pub(super) fn accuracy(
    forest: &Forest,
    bins: &Bins,
    bags: &[Vec<u64>],
    codes: &[u32],
    ctx: &FitContext,
) -> Result<Option<f64>, FitError> {
    let judged = predicted(forest, bins, bags, ctx)?;
    let (mut right, mut rows) = (0u64, 0u64);
    for (row, numbers) in judged {
        let best = (0..numbers.len())
            .rev()
            .max_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
        right += u64::from(best == Some(codes[row] as usize));
        rows += 1;
    }
    Ok(tell(
        "accuracy",
        (rows > 0).then(|| right as f64 / rows as f64),
        ctx,
    ))
}

/// The coefficient of determination; none if every tree saw every row or the targets do not differ.
pub(super) fn r2(
    forest: &Forest,
    bins: &Bins,
    bags: &[Vec<u64>],
    values: &[f64],
    ctx: &FitContext,
) -> Result<Option<f64>, FitError> {
    let judged = predicted(forest, bins, bags, ctx)?;
    let mean = judged.iter().map(|(row, _)| values[*row]).sum::<f64>() / judged.len() as f64;
    let (mut error, mut spread) = (0.0, 0.0);
    for (row, numbers) in &judged {
        error += (values[*row] - numbers[0]).powi(2);
        spread += (values[*row] - mean).powi(2);
    }
    let r2 = 1.0 - error / spread;
    Ok(tell("R²", (spread > 0.0 && r2.is_finite()).then_some(r2), ctx))
}

fn tell(what: &str, score: Option<f64>, ctx: &FitContext) -> Option<f64> {
    match score {
        Some(score) => ctx.observer.info(None, &format!("out-of-bag {what}: {score:.4}")),
        None => ctx.observer.warning(
            None,
            "there is no out-of-bag score: no row was left out of a tree",
        ),
    }
    score
}

/// The rows that some tree was grown without, and what those trees predict.
fn predicted(
    forest: &Forest,
    bins: &Bins,
    bags: &[Vec<u64>],
    ctx: &FitContext,
) -> Result<Vec<(usize, Vec<f64>)>, FitError> {
    let blocks = (0..bins.rows()).step_by(BLOCK).collect::<Vec<_>>();
    let blocks = blocks.into_par_iter().map(|first| {
        ctx.go_on()?;
        let rows = first..bins.rows().min(first + BLOCK);
        Ok(rows
            .filter_map(|row| outside(forest, bins, bags, row))
            .collect::<Vec<_>>())
    });
    let blocks: Vec<Vec<_>> = blocks.collect::<Result<_, FitError>>()?;
    Ok(blocks.into_iter().flatten().collect())
}

fn outside(forest: &Forest, bins: &Bins, bags: &[Vec<u64>], row: usize) -> Option<(usize, Vec<f64>)> {
    let mut numbers = vec![0.0; forest.outputs];
    let mut trees = 0;
    for (tree, bag) in forest.trees.iter().zip(bags) {
        if bag[row / 64] >> (row % 64) & 1 == 0 {
            let place = tree.place(|feature| bins.feature(feature as u32).column[row]);
            let leaf = &tree.values[place * forest.outputs..][..forest.outputs];
            numbers
                .iter_mut()
                .zip(leaf)
                .for_each(|(sum, value)| *sum += value);
            trees += 1;
        }
    }
    numbers.iter_mut().for_each(|sum| *sum /= f64::from(trees));
    (trees > 0).then_some((row, numbers))
}
