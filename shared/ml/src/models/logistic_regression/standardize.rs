//! The features as the minimiser sees them: each with mean 0 and standard deviation 1, in blocks of rows that
//! stay in the processor's cache. Scales differ by orders of magnitude in real tables, and a minimiser that
//! meets them raw needs thousands of steps.
//!
//! Where rounding allows, the columns stay where they are, and the minimiser's parameters are brought to their
//! scales instead: a copy would cost as much as several passes.

#![allow(clippy::needless_range_loop)] // Indices over several arrays at once are what vectorises.

use ndarray::{ArrayView2, Axis};
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
    raw: Option<Vec<&'a [f64]>>,
    /// Blocks of standardised columns, or the last, partial block of raw ones; zeros beyond the last row.
    copied: Vec<f64>,
    rows: usize,
    /// What was subtracted from each feature.
    pub(super) shift: Vec<f64>,
    /// What each feature was then divided by; infinite for one that says nothing.
    pub(super) scale: Vec<f64>,
}

impl<'a> Standardized<'a> {
    /// Without an intercept nothing is subtracted, as that would bring one in. A feature with a value that is none or
    /// infinite has no scale.
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
        let column = |j| x.index_axis_move(Axis(1), j).to_slice();
        let raw: Option<Vec<&[f64]>> = match scales.iter().all(usable) {
            true => (0..p).map(column).collect(),
            false => None,
        };
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
                        *value = if raw.is_some() {
                            cell
                        } else {
                            (cell - shift[j]) / scale[j]
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
        let column = match &self.raw {
            Some(raw) if block < full => &raw[feature][block * BLOCK..],
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

/// Squares of means about the first value that rounding bears, in variances.
const BORNE: f64 = 1e6;

/// The mean (or 0) and the standard deviation (or root mean square) of a feature, by way of its largest
/// magnitude where squares would overflow or vanish; no numbers if one of its values is none or infinite.
fn shift_and_scale(column: &[f64], centre: bool) -> (f64, f64) {
    let from = column.first().copied().filter(|_| centre).unwrap_or(0.0);
    let Seen {
        low,
        high,
        sum,
        squares,
    } = Seen::of(column, from);
    if !sum.is_finite() && !column.iter().all(|value| value.is_finite()) {
        return (f64::NAN, f64::NAN);
    }
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
    if !centre {
        return (0.0, (squares / n).sqrt());
    }
    let (mean, off) = (from + sum / n, (sum / n).powi(2));
    let variance = squares / n - off;
    if variance * BORNE < off {
        return (mean, (Seen::of(column, mean).squares / n).sqrt());
    }
    (mean, variance.sqrt())
}

/// What one pass tells of a column.
struct Seen {
    low: f64,
    high: f64,
    /// Of the distances from a given number, and of their squares.
    sum: f64,
    squares: f64,
}

impl Seen {
    fn of(column: &[f64], from: f64) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        let (mut sum, mut squares) = ([0.0; LANES], [0.0; LANES]);
        let (parts, rest) = column.as_chunks::<LANES>();
        for part in parts {
            for lane in 0..LANES {
                let value = part[lane];
                low[lane] = if value < low[lane] { value } else { low[lane] };
                high[lane] = if value > high[lane] { value } else { high[lane] };
                let off = value - from;
                sum[lane] += off;
                squares[lane] += off * off;
            }
        }
        let all = |lanes: [f64; LANES]| lanes.into_iter().chain(rest.iter().copied());
        let off = rest.iter().map(|value| value - from);
        Self {
            low: all(low).fold(f64::INFINITY, f64::min),
            high: all(high).fold(f64::NEG_INFINITY, f64::max),
            sum: across(&sum) + off.clone().sum::<f64>(),
            squares: across(&squares) + off.map(|off| off * off).sum::<f64>(),
        }
    }
}

#[cfg(test)]
mod tests;
