//! The growing of a forest: trees in parallel, each by its own stream, and the choice of what they add up in.

use std::{
    slice,
    sync::{Arc, Mutex, PoisonError},
};

use rayon::prelude::*;

use super::{Forest, Params, outside, params::MaxFeatures};
use crate::{
    model::{FitContext, FitError, TrainingSet},
    models::{
        class_weight,
        tree::{
            anywhere::{Anywhere, table::Table},
            bag::{RowWeights, Sample},
            bins::{Bins, MOST_BINS},
            cell::{Cell, Narrow, WIDE_TARGET, Wide},
            class_cell::{ClassCell, MOST_CLASSES, MOST_WEIGHT},
            classes::{Classes, FewClasses, TwoClasses},
            draw::{Draw, Drawing},
            fill,
            grow::{Grown, Limits, Splitter, grow},
            objective::Objective,
            score::{Entropy, Gini, Score},
            search::ScalarSearch,
            summed::Summed,
            values::{Values, evenly_spread},
        },
    },
    observer::Step,
    random::Stream,
};

/// Rows × features of a node from which a single tree shares its features out to threads.
const SHARED_FROM: usize = 1 << 19;

/// What every tree is grown with.
struct Ground<'a> {
    params: &'a Params,
    limits: Limits,
    drawing: Drawing,
    bins: &'a Bins,
    /// The bins once more where features are cut anywhere.
    table: Option<Table>,
    weights: &'a RowWeights,
    ctx: &'a FitContext<'a>,
}

/// A forest for classes.
pub(crate) fn classifier(params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Forest, FitError> {
    let (codes, labels) = set.classes()?;
    let weights = class_weight::row_weights(set, params.class_weight.as_ref())?;
    set.weighted(weights.as_deref()).require_rows()?;
    ctx.on_threads(|| {
        let bins = Bins::of(set.x.view(), MOST_BINS, ctx)?;
        let weights = RowWeights::of(weights.as_deref(), codes.len());
        let ground = Ground::of(params, &bins, &weights, ctx)?;
        let (mut forest, bags) = if params.criterion.is_entropy() {
            ground.classes(codes, labels.len(), Entropy)
        } else {
            ground.classes(codes, labels.len(), Gini)
        }?;
        if let Some(bags) = bags {
            forest.outside = outside::accuracy(&forest, &bins, &bags, codes, ctx)?;
        }
        Ok(forest)
    })
}

/// A forest for a number.
pub(crate) fn regressor(params: &Params, set: &TrainingSet, ctx: &FitContext) -> Result<Forest, FitError> {
    let y = set.values()?;
    set.require_rows()?;
    ctx.on_threads(|| {
        let bins = Bins::of(set.x.view(), MOST_BINS, ctx)?;
        let weights = RowWeights::of(set.weights, y.len());
        let ground = Ground::of(params, &bins, &weights, ctx)?;
        let (mut forest, bags) = match ground.narrow().filter(|_| evenly_spread(y)) {
            Some(most) => ground.scalar(&Values::<Narrow>::new(y, &weights, most)),
            None => ground.scalar(&Values::<Wide<true>>::new(y, &weights, WIDE_TARGET)),
        }?;
        if let Some(bags) = bags {
            forest.outside = outside::r2(&forest, &bins, &bags, y, ctx)?;
        }
        Ok(forest)
    })
}

/// The rows in every tree's bag, a bit each.
type Bags = Vec<Vec<u64>>;

impl<'a> Ground<'a> {
    fn of(
        params: &'a Params,
        bins: &'a Bins,
        weights: &'a RowWeights,
        ctx: &'a FitContext<'a>,
    ) -> Result<Self, FitError> {
        let table = params.random_cuts().then(|| Table::of(bins, ctx)).transpose()?;
        Ok(Self {
            params,
            limits: params.limits(),
            drawing: Drawing {
                max_features: MaxFeatures::resolve(params.max_features, bins.len()),
                min_samples_leaf: params.min_samples_leaf,
            },
            bins,
            table,
            weights,
            ctx,
        })
    }

    /// What targets may be at most in narrow cells; none if these do not do.
    fn narrow(&self) -> Option<u32> {
        // They count rows by their weight.
        let counts = self.drawing.min_samples_leaf <= 1 || !self.params.bootstrap;
        let most = Narrow::most_target(self.bins.rows() as u64);
        most.filter(|_| counts && self.weights.all_one())
    }

    /// Whether all rows together are light enough for the cells of several classes.
    fn light(&self) -> bool {
        (self.bins.rows() as u64) < MOST_WEIGHT
    }

    /// Trees that separate classes.
    fn classes<S>(&self, codes: &[u32], classes: usize, score: S) -> Result<(Forest, Option<Bags>), FitError>
    where
        S: Score<Narrow> + Score<Wide<true>> + Score<ClassCell>,
    {
        let narrow = self.narrow().is_some();
        match classes {
            ..=2 if narrow => self.scalar(&TwoClasses::<Narrow, _>::new(codes, classes, score)),
            ..=2 => self.scalar(&TwoClasses::<Wide<true>, _>::new(codes, classes, score)),
            ..=MOST_CLASSES if narrow && self.light() => self.scalar(&FewClasses {
                codes,
                classes,
                score,
            }),
            _ => self.drawn(&Classes {
                codes,
                classes,
                entropy: self.params.criterion.is_entropy(),
            }),
        }
    }

    /// Trees of sums that are one cell per row: all features are tried by way of kept histograms.
    fn scalar<C: Cell, S: Score<C>, O>(&self, objective: &O) -> Result<(Forest, Option<Bags>), FitError>
    where
        O: Objective<Mark = u64, Search = ScalarSearch<C, S>>,
    {
        if self.table.is_some() || self.drawing.max_features < self.bins.len() {
            return self.drawn(objective);
        }
        let rows = fill::rows(self.bins, self.ctx)?;
        let score = objective.search().score;
        self.trees(objective, |stream| {
            let min_leaf = self.drawing.min_samples_leaf;
            Summed::<C, S>::new(
                score,
                (self.bins, &rows),
                min_leaf,
                SHARED_FROM,
                Some(stream),
                self.ctx,
            )
        })
    }

    /// Trees whose nodes draw their features or where these are cut.
    fn drawn<O: Objective>(&self, objective: &O) -> Result<(Forest, Option<Bags>), FitError> {
        match &self.table {
            Some(table) => self.trees(objective, |stream| {
                Anywhere::new(objective, table, self.drawing, stream, self.ctx)
            }),
            None => self.trees(objective, |stream| {
                Draw::new(objective, self.bins, self.drawing, stream, self.ctx)
            }),
        }
    }

    /// Grows the trees in parallel; each depends on its own stream alone, so not on the number of threads.
    fn trees<O: Objective, P: Splitter<O::Mark, Held: Send> + Send>(
        &self,
        objective: &O,
        splitter: impl Fn(Stream) -> P + Sync,
    ) -> Result<(Forest, Option<Bags>), FitError> {
        let total = self.params.n_estimators as u64;
        let completed = Mutex::new(0);
        let keep = self.params.oob_score && self.params.bootstrap;
        let one = |i: usize| {
            self.ctx.go_on()?;
            let mut stream = self
                .ctx
                .stream(self.params.random_state, &["tree", &i.to_string()]);
            let bootstrap = self.params.bootstrap;
            let mark = |row, weight| objective.mark(row, weight);
            let bag = self.weights.bag(bootstrap, &mut stream, self.ctx, mark)?;
            let rows = keep.then(|| rows_of(&bag, self.bins.rows()));
            let (mut splitter, outputs) = (splitter(stream), objective.outputs());
            let leaf = |samples: &[_], leaves: &mut _| objective.leaf(samples, leaves);
            let splitters = slice::from_mut(&mut splitter);
            let grown = grow(self.bins, bag, self.limits, splitters, outputs, leaf)?;
            // Told under the lock, so that the observer never sees the count go back.
            let mut completed = completed.lock().unwrap_or_else(PoisonError::into_inner);
            *completed += 1;
            self.ctx.observer.step(Step {
                completed: *completed,
                total,
                unit: "trees",
            });
            Ok((grown, rows))
        };
        let grown: Vec<(Grown, Option<Vec<u64>>)> = (0..self.params.n_estimators)
            .into_par_iter()
            .map(one)
            .collect::<Result<_, FitError>>()?;
        let importances = importances(
            grown.iter().map(|(grown, _)| grown.gains.as_slice()),
            self.bins.len(),
        );
        let (trees, bags): (Vec<_>, Vec<_>) =
            grown.into_iter().map(|(grown, rows)| (grown.tree, rows)).unzip();
        let forest = Forest {
            thresholds: Arc::new(self.bins.thresholds()),
            outputs: objective.outputs(),
            trees: Arc::new(trees),
            importances,
            outside: None,
        };
        Ok((forest, bags.into_iter().collect()))
    }
}

fn rows_of<M: Copy>(bag: &[Sample<M>], rows: usize) -> Vec<u64> {
    let mut bits = vec![0; rows.div_ceil(64)];
    for sample in bag {
        bits[sample.row as usize / 64] |= 1 << (sample.row % 64);
    }
    bits
}

/// The mean over trees of each feature's share in what splits gained; they add up to 1 unless nothing was split.
fn importances<'a>(trees: impl Iterator<Item = &'a [f64]>, features: usize) -> Vec<f64> {
    let mut importances = vec![0.0; features];
    for gains in trees {
        let total: f64 = gains.iter().sum();
        if total > 0.0 && total.is_finite() {
            importances
                .iter_mut()
                .zip(gains)
                .for_each(|(sum, gain)| *sum += gain / total);
        }
    }
    let total: f64 = importances.iter().sum();
    if total > 0.0 {
        importances.iter_mut().for_each(|share| *share /= total);
    }
    importances
}
