//! The iterations: slopes, a tree per output, corrected raw numbers, and a look at whether it still helps.

use std::sync::Arc;

use rayon::prelude::*;

use super::{
    Boosted, Params,
    loss::Loss,
    slopes::{Packing, slopes},
    stopping::Judge,
};
use crate::{
    model::{FitContext, FitError, TrainingSet},
    models::{
        class_weight,
        tree::{
            bag::Sample,
            bins::Bins,
            cell::{Narrow, SumCell, Wide},
            fill,
            fitted::Tree,
            grow::grow,
            score::Newton,
            summed::Summed,
            values::evenly_spread,
        },
    },
    observer::Step,
};

/// Rows × features of a node from which features are shared out to threads.
const SHARED_FROM: usize = 1 << 14;
/// Nodes that are worked at in parallel at most: what comes after the next may come to nothing.
pub(super) const MOST_AT_ONCE: usize = 4;
/// Rows kept aside that one thread follows down a tree.
const VALIDATED: usize = 1024;

/// A boosting model for classes.
pub(crate) fn classifier(params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Boosted, FitError> {
    let (codes, labels) = set.classes()?;
    let weights = class_weight::row_weights(set, params.class_weight.as_ref())?;
    let set = set.weighted(weights.as_deref());
    set.require_rows()?;
    let classes = labels.len();
    let loss = if classes <= 2 {
        Loss::TwoClasses(codes)
    } else {
        Loss::Classes(codes, classes)
    };
    boosted::<Wide<false>>(params, loss, Packing::Wide, Some(classes), &set, ctx)
}

/// A boosting model for a number.
pub(crate) fn regressor(params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Boosted, FitError> {
    let y = set.values()?;
    set.require_rows()?;
    let narrow = Narrow::most_target(y.len() as u64).filter(|_| set.weights.is_none() && evenly_spread(y));
    let loss = Loss::Squared(y);
    match narrow {
        Some(most) => boosted::<Narrow>(params, loss, Packing::Narrow(most), None, set, ctx),
        None => boosted::<Wide<false>>(params, loss, Packing::Wide, None, set, ctx),
    }
}

fn boosted<C: SumCell>(
    params: &Params,
    loss: Loss,
    packing: Packing,
    classes: Option<usize>,
    set: &TrainingSet,
    ctx: &FitContext,
) -> Result<Boosted, FitError> {
    ctx.on_threads(|| {
        let bins = Bins::of(set.x.view(), params.max_bins, ctx)?;
        let judge = Judge::of(params, loss, set, set.weights, ctx);
        let boosting = Boosting {
            params,
            loss,
            packing,
            weights: set.weights,
            bins: &bins,
            ctx,
        };
        boosting.run::<C>(judge, classes)
    })
}

struct Boosting<'a> {
    params: &'a Params,
    loss: Loss<'a>,
    packing: Packing,
    weights: Option<&'a [f64]>,
    bins: &'a Bins,
    ctx: &'a FitContext<'a>,
}

impl Boosting<'_> {
    fn run<C: SumCell>(&self, mut judge: Judge, classes: Option<usize>) -> Result<Boosted, FitError> {
        let (bins, ctx, rows) = (self.bins, self.ctx, self.bins.rows());
        let weight = |row: u32| self.weights.map_or(1.0, |weights| weights[row as usize]);
        let baseline = self.loss.baseline(&judge.training, weight);
        let mut raw: Vec<Vec<f64>> = baseline.iter().map(|number| vec![*number; rows]).collect();
        let table = fill::rows(bins, ctx)?;
        let mut trees = Vec::new();
        let mut gains = vec![0.0; bins.len()];
        let unset = Newton {
            gradient: 1.0,
            offset: 0.0,
            hessian: 1.0,
            l2: 0.0,
        };
        let least = self.params.min_samples_leaf;
        let first = Summed::<C, Newton>::new(unset, (bins, &table), least, SHARED_FROM, None, ctx);
        let others = (1..ctx.threads.min(MOST_AT_ONCE)).map(|_| first.another());
        let mut splitters: Vec<_> = others.collect();
        splitters.push(first);
        let total = self.params.max_iter as u64;
        let mut done = judge.stops(self.loss, &raw, self.weights, ctx)?;
        for completed in 1..=total {
            if done {
                break;
            }
            let divisors = self.loss.divisors(&raw, ctx)?;
            for (output, raw) in raw.iter_mut().enumerate() {
                ctx.go_on()?;
                let at = (output, raw.as_slice());
                let (samples, newton) = slopes::<C>(
                    self.loss,
                    self.packing,
                    &judge.training,
                    self.weights,
                    at,
                    &divisors,
                    self.params.l2_regularization,
                );
                let tree = self.tree(&mut splitters, samples, newton, raw, &mut gains)?;
                let change = |row: &u32| {
                    let bin = |feature| bins.feature(feature as u32).column[*row as usize];
                    tree.values[tree.place(bin)]
                };
                let rows = judge.validation.par_iter().with_min_len(VALIDATED);
                let changes: Vec<f64> = rows.map(change).collect();
                for (row, change) in judge.validation.iter().zip(changes) {
                    raw[*row as usize] += change;
                }
                trees.push(tree);
            }
            done = judge.stops(self.loss, &raw, self.weights, ctx)?;
            ctx.observer.step(Step {
                completed,
                total,
                unit: "iterations",
            });
        }
        let sum: f64 = gains.iter().sum();
        if sum > 0.0 && sum.is_finite() {
            gains.iter_mut().for_each(|gain| *gain /= sum);
        }
        Ok(Boosted {
            thresholds: Arc::new(bins.thresholds()),
            classes,
            baseline,
            trees: Arc::new(trees),
            importances: gains,
        })
    }

    /// Grows a tree and corrects the raw numbers of its rows.
    fn tree<C: SumCell>(
        &self,
        splitters: &mut [Summed<C, Newton>],
        samples: Vec<Sample<u64>>,
        newton: Newton,
        raw: &mut [f64],
        gains: &mut [f64],
    ) -> Result<Tree, FitError> {
        splitters.iter_mut().for_each(|splitter| splitter.rescore(newton));
        let rate = self.params.learning_rate;
        let grown = grow(
            self.bins,
            samples,
            self.params.limits(),
            splitters,
            1,
            |samples: &[Sample<u64>], leaves: &mut _| {
                let cells = samples.iter().map(|sample| C::of(sample.mark));
                let (gradient, hessian) = newton.sums(cells.fold(C::default(), C::plus));
                let step = gradient / (hessian + newton.l2);
                // Where the loss is flat there is nowhere to go.
                let value = if step.is_finite() { -rate * step } else { 0.0 };
                samples
                    .iter()
                    .for_each(|sample| raw[sample.row as usize] += value);
                leaves.add([value])
            },
        )?;
        gains
            .iter_mut()
            .zip(&grown.gains)
            .for_each(|(sum, gain)| *sum += gain);
        Ok(grown.tree)
    }
}
