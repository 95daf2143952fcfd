//! Early stopping: the loss on rows that are kept aside, and the end once it has not become better for a while.

use rayon::prelude::*;

use super::{Params, loss::Loss};
use crate::{
    model::{FitContext, FitError, TrainingSet},
    random::Stream,
};

/// Rows whose losses one thread adds up.
const PART: usize = 1024;

/// Which rows trees are grown on, and which judge them.
pub(super) struct Judge {
    /// Rows that trees are grown on, in order.
    pub(super) training: Vec<u32>,
    /// Rows that trees are not grown on, in order.
    pub(super) validation: Vec<u32>,
    stops: Option<Stops>,
}

struct Stops {
    patience: usize,
    tol: f64,
    losses: Vec<f64>,
}

impl Judge {
    /// Rows without weight take no part.
    pub(super) fn of(
        params: &Params,
        loss: Loss,
        set: &TrainingSet,
        weights: Option<&[f64]>,
        ctx: &FitContext,
    ) -> Self {
        let counts = |row: &u32| weights.is_none_or(|weights| weights[*row as usize] > 0.0);
        let mut training: Vec<u32> = (0..set.x.nrows() as u32).filter(counts).collect();
        if !params.stops_early(training.len()) {
            return Self {
                training,
                validation: Vec::new(),
                stops: None,
            };
        }
        let mut validation = Vec::new();
        if let Some(fraction) = params.validation_fraction() {
            let mut random = ctx.stream(params.random_state, &["validation"]);
            (training, validation) = split(training, loss, fraction, &mut random);
        }
        Self {
            training,
            validation,
            stops: Some(Stops {
                patience: params.n_iter_no_change,
                tol: params.tol,
                losses: Vec::new(),
            }),
        }
    }

    /// Whether the raw numbers have not become better for long enough.
    ///
    /// # Errors
    /// Cancellation.
    pub(super) fn stops(
        &mut self,
        loss: Loss,
        raw: &[Vec<f64>],
        weights: Option<&[f64]>,
        ctx: &FitContext,
    ) -> Result<bool, FitError> {
        let Some(stops) = &mut self.stops else {
            return Ok(false);
        };
        let rows = if self.validation.is_empty() {
            &self.training
        } else {
            &self.validation
        };
        let part = |rows: &[u32]| {
            let of_row = |row: &u32| {
                let weight = weights.map_or(1.0, |weights| weights[*row as usize]);
                (weight * loss.of(*row as usize, raw), weight)
            };
            ctx.go_on()?;
            Ok(rows.iter().map(of_row).fold((0.0, 0.0), plus))
        };
        let parts: Vec<(f64, f64)> = rows.par_chunks(PART).map(part).collect::<Result<_, FitError>>()?;
        let (sum, total) = parts.into_iter().fold((0.0, 0.0), plus);
        stops.losses.push(sum / total);
        Ok(stops.exhausted())
    }
}

fn plus(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    (one.0 + other.0, one.1 + other.1)
}

impl Stops {
    fn exhausted(&self) -> bool {
        let Some(before) = self.losses.len().checked_sub(self.patience + 1) else {
            return false;
        };
        let reference = self.losses[before] - self.tol;
        !self.losses[before + 1..].iter().any(|loss| *loss < reference)
    }
}

/// Draws a share of the rows, of every class alike; at least one row stays on both sides if there are two.
fn split(mut rows: Vec<u32>, loss: Loss, fraction: f64, random: &mut Stream) -> (Vec<u32>, Vec<u32>) {
    random.shuffle(&mut rows);
    if let Loss::TwoClasses(codes) | Loss::Classes(codes, _) = loss {
        rows.sort_by_key(|row| codes[*row as usize]);
    }
    let count = rows.len() as f64;
    // Every so-manieth row of the drawn order, so that each class gives its share.
    let chosen = |place: usize| ((place + 1) as f64 * fraction).floor() > (place as f64 * fraction).floor();
    let marked: Vec<(u32, bool)> = rows
        .into_iter()
        .enumerate()
        .map(|(place, row)| (row, chosen(place)))
        .collect();
    let side = |validation: bool| {
        let mut side: Vec<u32> = marked
            .iter()
            .filter(|(_, is)| *is == validation)
            .map(|(row, _)| *row)
            .collect();
        side.sort_unstable();
        side
    };
    if (count * fraction).floor() < 1.0 {
        let (training, last) = marked.split_at(marked.len() - usize::from(marked.len() > 1));
        let rows = |side: &[(u32, bool)]| side.iter().map(|(row, _)| *row).collect::<Vec<_>>();
        let mut training = rows(training);
        training.sort_unstable();
        return (training, rows(last));
    }
    (side(false), side(true))
}

#[cfg(test)]
mod tests;
