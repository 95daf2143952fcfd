//! The features as the minimiser sees them: each with mean 0 and standard deviation 1, in blocks of rows that
//! stay in the processor's cache. Scales differ by orders of magnitude in real tables, and a minimiser that
//! meets them raw needs thousands of steps.
//!
//! Where rounding allows, the columns stay where they are, and the minimiser's parameters are brought to their
//! scales instead: a copy would cost as much as several passes.

#![allow(clippy::needless_range_loop)] // Indices over several arrays at once are what vectorises.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::{
    model::{FitContext, FitError},
    models::linear::lanes::{BLOCK, LANES, Rows, across},
};

/// Means beyond so many standard deviations are subtracted from a copy, as rounding would tell otherwise.
const FAR: f64 = 1e3;
/// Standard deviations that scaled parameters can be divided by.
const USUAL: std::ops::Range<f64> = 1e-100..1e100;

/// Standardised features.
pub(super) struct Standardized<'a> {
    /// The raw columns, if they are used as they are.
    raw: Option<&'a [f64]>,
    /// Blocks of standardised columns, or the last, partial block of raw ones; zeros beyond the last row.
    copied: Vec<f64>,
    rows: usize,
    /// What was subtracted from each feature.
    pub(super) shift: Vec<f64>,
    /// What each feature was then divided by; infinite for one that says nothing.
    pub(super) scale: Vec<f64>,
}

impl<'a> Standardized<'a> {
    /// Without an intercept nothing is subtracted, as that would bring one in.
    pub(super) fn of(x: ArrayView2<'a, f64>, centre: bool, ctx: &FitContext) -> Result<Self, FitError> {
        let (rows, p) = x.dim();
        let scales: Vec<(f64, f64)> = (0..p)
            .into_par_iter()
            .map(|j| {
                ctx.go_on()?;
                let column = x.column(j);
                Ok(match column.to_slice() {
                    Some(values) => shift_and_scale(values, centre),
                    None => shift_and_scale(&column.to_vec(), centre),
                })
            })
            .collect::<Result<_, FitError>>()?;
        let usable = |(shift, scale): &(f64, f64)| {
            scale.is_infinite() && shift.abs() < USUAL.end
                || USUAL.contains(scale) && shift.abs() <= FAR * scale
        };
        let raw = x.reversed_axes().to_slice().filter(|_| scales.iter().all(usable));
        let (shift, scale): (Vec<f64>, Vec<f64>) = scales.into_iter().unzip();
        let first = if raw.is_some() { rows / BLOCK } else { 0 };
        let mut copied = vec![0.0; (rows.div_ceil(BLOCK) - first) * BLOCK * p];
        copied
            .par_chunks_mut((BLOCK * p).max(1))
            .enumerate()
            .try_for_each(|(block, values)| {
                ctx.go_on()?;
                let start = (first + block) * BLOCK;
                for (j, column) in values.chunks_mut(BLOCK).enumerate() {
                    for (i, value) in column.iter_mut().take(rows - start).enumerate() {
                        let cell = x[[start + i, j]];
                        *value = match raw {
                            Some(_) => cell,
                            None => (cell - shift[j]) / scale[j],
                        };
                    }
                }
                Ok(())
            })?;
        Ok(Self {
            raw,
            copied,
            rows,
            shift,
            scale,
        })
    }

    /// Makes these features say nothing.
    pub(super) fn leave_out(&mut self, left_out: &[bool]) {
        let p = self.features();
        for j in (0..p).filter(|j| left_out[*j]) {
            self.scale[j] = f64::INFINITY;
            if self.raw.is_none() {
                let columns = self.copied.chunks_mut(BLOCK);
                columns.skip(j).step_by(p).for_each(|column| column.fill(0.0));
            }
        }
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// How many features there are.
    pub(super) fn features(&self) -> usize {
        self.scale.len()
    }

    /// How many blocks there are.
    pub(super) fn blocks(&self) -> usize {
        self.rows.div_ceil(BLOCK)
    }

    /// A block's first row and the one after its last.
    pub(super) fn range(&self, block: usize) -> std::ops::Range<usize> {
        block * BLOCK..((block + 1) * BLOCK).min(self.rows)
    }

    /// A feature's column in a block, as the kernel reads it.
    pub(super) fn column(&self, block: usize, feature: usize) -> &Rows {
        let full = self.rows / BLOCK;
        let column = match self.raw {
            Some(raw) if block < full => &raw[feature * self.rows + block * BLOCK..],
            Some(_) => &self.copied[feature * BLOCK..],
            None => &self.copied[(block * self.features() + feature) * BLOCK..],
        };
        column.first_chunk().expect("blocks are padded")
    }

    /// Fills a column for each feature with a block's standardised values.
    pub(super) fn fill(&self, block: usize, columns: &mut [Rows]) {
        let rows = self.range(block).len();
        for (j, to) in columns.iter_mut().enumerate() {
            let (to, column) = (&mut to[..rows], &self.column(block, j)[..rows]);
            to.copy_from_slice(column);
            if self.raw.is_some() {
                let (shift, scale) = (self.shift[j], self.scale[j]);
                to.iter_mut().for_each(|value| *value = (*value - shift) / scale);
            }
        }
    }

    /// Brings parameters of standardised features (outputs × features, then the intercept) to the columns that the
    /// kernel reads.
    pub(super) fn to_columns(&self, parameters: &[f64]) -> Vec<f64> {
        let mut all = parameters.to_vec();
        if self.raw.is_none() {
            return all;
        }
        let p = self.features();
        for output in all.chunks_mut(p + 1) {
            for j in 0..p {
                output[j] /= self.scale[j];
                output[p] -= output[j] * self.shift[j];
            }
        }
        all
    }

    /// Brings a gradient for the kernel's columns back to standardised features.
    pub(super) fn standardise_gradient(&self, gradient: &mut [f64]) {
        if self.raw.is_none() {
            return;
        }
        let p = self.features();
        for output in gradient.chunks_mut(p + 1) {
            for j in 0..p {
                output[j] = (output[j] - self.shift[j] * output[p]) / self.scale[j];
            }
        }
    }
}

/// The mean (or 0) and the standard deviation (or root mean square) of a feature, by way of its largest
/// magnitude where squares would overflow or vanish.
fn shift_and_scale(column: &[f64], centre: bool) -> (f64, f64) {
    let Seen { low, high, sum } = Seen::of(column);
    let magnitude = high.abs().max(low.abs());
    if magnitude == 0.0 || (centre && low == high) {
        return (if centre { low } else { 0.0 }, f64::INFINITY);
    }
    if !USUAL.contains(&magnitude) {
        let smaller: Vec<f64> = column.iter().map(|value| value / magnitude).collect();
        let (mean, deviation) = shift_and_scale(&smaller, centre);
        return (mean * magnitude, deviation * magnitude);
    }
    let n = column.len() as f64;
    let mean = if centre { sum / n } else { 0.0 };
    (mean, (squares(column, mean) / n).sqrt())
}

/// What one pass tells of a column.
struct Seen {
    low: f64,
    high: f64,
    sum: f64,
}

impl Seen {
    fn of(column: &[f64]) -> Self {
        let none = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES], [0.0; LANES]);
        let (mut low, mut high, mut sum) = none;
        let (parts, rest) = column.as_chunks::<LANES>();
        for part in parts {
            for lane in 0..LANES {
                let value = part[lane];
                low[lane] = if value < low[lane] { value } else { low[lane] };
                high[lane] = if value > high[lane] { value } else { high[lane] };
                sum[lane] += value;
            }
        }
        let all = |lanes: [f64; LANES]| lanes.into_iter().chain(rest.iter().copied());
        Self {
            low: all(low).fold(f64::INFINITY, f64::min),
            high: all(high).fold(f64::NEG_INFINITY, f64::max),
            sum: across(&sum) + rest.iter().sum::<f64>(),
        }
    }
}

/// The sum of squared distances from `mean`.
fn squares(column: &[f64], mean: f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let (parts, rest) = column.as_chunks::<LANES>();
    for part in parts {
        for lane in 0..LANES {
            let off = part[lane] - mean;
            lanes[lane] += off * off;
        }
    }
    across(&lanes) + rest.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
}
