//! Nearest neighbours: what the classifier and the regressor share. Nothing is learned; the rows are kept, and
//! each row to predict looks for the nearest of them.
//!
//! All rows are compared, in tiles that stay in the processor's cache. That beats trees beyond a few features, is
//! exact, and takes the same time whatever the data. Equal distances go to the earlier row.

mod tiles;

use domain::catalog::{ParamSpec, choice, integer};
use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::tiles::{Tile, Tiles};
use crate::{
    instructions::Instructions,
    model::{FitContext, FitError, Need, Shape, TrainingSet},
    models::linear::require_finite,
    observer::Step,
    onnx::Unmapped,
};

/// Rows that neighbours are looked for among.
pub(crate) struct Search<'a> {
    tiles: Tiles<'a>,
    rows: usize,
    p: u8,
}

/// Rows to predict that go through the tiles together.
const TOGETHER: usize = 128;

/// The hyperparameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// How many neighbours are asked.
    pub n_neighbors: usize,
    /// How much each of them counts.
    pub weights: Weights,
    /// 1 for the sum of absolute differences, 2 for the Euclidean distance.
    pub p: u8,
}

/// How much each neighbour counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// All the same.
    Uniform,
    /// The inverse of its distance; where some are at no distance, only those.
    Distance,
}

/// The rows that are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rows {
    /// Feature after feature.
    x: Vec<f64>,
    /// How many there are.
    rows: usize,
    features: usize,
    /// How much each counts as a neighbour; all the same if absent.
    counts: Option<Vec<f64>>,
    neighbors: usize,
    weights: Weights,
    p: u8,
}

/// A neighbour and how much it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Neighbor {
    /// A distance, or its square, then a weight.
    pub(crate) measure: f64,
    /// The row's place among those that are kept.
    pub(crate) row: usize,
}

/// The specs of the hyperparameters.
pub(crate) fn parameters() -> Vec<ParamSpec> {
    vec![
        integer(
            "n_neighbors",
            5,
            1,
            1_000_000,
            "How many neighbours are asked; all rows, with a warning, where there are fewer.",
        ),
        choice(
            "weights",
            "uniform",
            &["uniform", "distance"],
            "How much each neighbour counts: the same, or the inverse of its distance.",
        ),
        integer(
            "p",
            2,
            1,
            2,
            "1 for the sum of absolute differences, 2 for the Euclidean distance.",
        ),
    ]
}

impl<'a> Search<'a> {
    /// Among rows of so many features, whose values lie feature after feature.
    pub(crate) fn new(x: &'a [f64], rows: usize, features: usize, p: u8) -> Self {
        let tiles = Tiles::of(x, rows, features);
        Self { tiles, rows, p }
    }

    /// The `k` rows nearest to each query, the nearest first, of equally near ones the earlier. The measures are
    /// distances if `p` is 1, else their squares.
    pub(crate) fn nearest(
        &self,
        queries: &[Vec<f64>],
        k: usize,
        instructions: Instructions,
    ) -> Vec<Vec<Neighbor>> {
        let mut found: Vec<Vec<Neighbor>> = vec![Vec::with_capacity(k.min(self.rows) + 1); queries.len()];
        let mut measures: Tile = [0.0; tiles::ROWS];
        self.tiles.for_each(|start, columns| {
            let rows = tiles::ROWS.min(self.rows - start);
            for (query, found) in queries.iter().zip(&mut found) {
                tiles::measure(instructions, self.p, columns, query, &mut measures);
                for (i, measure) in measures[..rows].iter().enumerate() {
                    let full = found.len() == k;
                    if full && found.last().is_some_and(|last| *measure >= last.measure) {
                        continue;
                    }
                    if full {
                        found.pop();
                    }
                    let place = found.partition_point(|other| other.measure <= *measure);
                    let (measure, row) = (*measure, start + i);
                    found.insert(place, Neighbor { measure, row });
                }
            }
        });
        found
    }
}

/// What a fit needs of memory, and asking after it: the table is kept; a target, a weight and a place for each row.
pub(crate) fn memory(shape: &Shape) -> Need {
    Need {
        bytes: shape.rows * (shape.features + 3.0) * size_of::<f64>() as f64,
        instead: "fewer rows or features",
    }
}

impl Rows {
    /// About how many nanoseconds a row takes: its distance to every row that is kept.
    pub(crate) fn row_cost(&self) -> usize {
        self.x.len() / 2
    }

    /// Keeps the rows that count, and returns their numbers as well.
    ///
    /// # Errors
    /// `NO_ROWS`, `MISSING_VALUES`, `INFINITE_VALUES`.
    pub(crate) fn keep(
        params: &Params,
        set: &TrainingSet,
        ctx: &FitContext,
    ) -> Result<(Self, Vec<usize>), FitError> {
        set.require_rows()?;
        ctx.on_threads(|| require_finite(set))?;
        let kept = set.counting_rows();
        let mut x = Vec::with_capacity(kept.len() * set.x.ncols());
        for column in set.x.columns() {
            ctx.go_on()?;
            x.extend(kept.iter().map(|row| column[*row]));
        }
        if params.n_neighbors > kept.len() {
            let message = format!(
                "n_neighbors is {}, and there are {} rows: all of them are asked",
                params.n_neighbors,
                kept.len()
            );
            ctx.observer.warning(None, &message);
        }
        ctx.observer.step(Step {
            completed: 1,
            total: 1,
            unit: "passes",
        });
        let rows = Self {
            x,
            rows: kept.len(),
            features: set.x.ncols(),
            counts: set
                .weights
                .map(|weights| kept.iter().map(|row| weights[*row]).collect()),
            neighbors: params.n_neighbors.min(kept.len()),
            weights: params.weights,
            p: params.p,
        };
        Ok((rows, kept))
    }

    /// Whether rows from a file are consistent, of so many features and with so many targets.
    pub(crate) fn suits(&self, features: usize, targets: usize) -> bool {
        self.features == features
            && self.rows == targets
            && self.x.len() == self.rows.saturating_mul(features)
            && (1..=self.rows).contains(&self.neighbors)
            && self
                .counts
                .as_ref()
                .is_none_or(|counts| counts.len() == self.rows)
            && matches!(self.p, 1 | 2)
    }

    /// What `answer` makes of every row's neighbours, whose measures are weights that add up to 1.
    pub(crate) fn ask<T: Send>(
        &self,
        x: ArrayView2<f64>,
        answer: impl Fn(&[Neighbor]) -> T + Sync,
    ) -> Vec<T> {
        let search = Search::new(&self.x, self.rows, self.features, self.p);
        let instructions = Instructions::widest();
        (0..x.nrows().div_ceil(TOGETHER))
            .into_par_iter()
            .flat_map_iter(|part| {
                let range = part * TOGETHER..((part + 1) * TOGETHER).min(x.nrows());
                let queries: Vec<Vec<f64>> = range.map(|row| x.row(row).to_vec()).collect();
                let found = search.nearest(&queries, self.neighbors, instructions);
                let answers: Vec<T> = found
                    .into_iter()
                    .map(|mut neighbors| {
                        self.weigh(&mut neighbors);
                        answer(&neighbors)
                    })
                    .collect();
                answers
            })
            .collect()
    }

    /// Turns measures into weights that add up to 1.
    fn weigh(&self, neighbors: &mut Vec<Neighbor>) {
        let count = |row: usize| self.counts.as_ref().map_or(1.0, |counts| counts[row]);
        if self.weights == Weights::Distance {
            // The nearest come first.
            let same = neighbors
                .iter()
                .filter(|neighbor| neighbor.measure == 0.0)
                .count();
            if same > 0 {
                neighbors.truncate(same);
            }
        }
        let by_distance = self.weights == Weights::Distance && neighbors[0].measure > 0.0;
        // Against the nearest one's, so that the smallest distance does not overflow.
        let nearest = neighbors[0].measure;
        for neighbor in neighbors.iter_mut() {
            let share = nearest / neighbor.measure;
            let closeness = match (by_distance && share.is_finite(), self.p) {
                (false, _) => 1.0,
                (true, 1) => share,
                (true, _) => share.sqrt(),
            };
            neighbor.measure = closeness * count(neighbor.row);
        }
        let total: f64 = neighbors.iter().map(|neighbor| neighbor.measure).sum();
        neighbors
            .iter_mut()
            .for_each(|neighbor| neighbor.measure /= total);
    }
}

/// Why neighbours cannot be said in ONNX.
pub(crate) fn unmapped() -> Unmapped {
    Unmapped::because(
        "each row is compared with every training row, which ONNX's operators can do only by holding all distances at once",
    )
}
