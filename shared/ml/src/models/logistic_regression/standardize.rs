//! The features as the minimiser sees them: each with mean 0 and standard deviation 1, in blocks of rows that
//! stay in the processor's cache. Scales differ by orders of magnitude in real tables, and a minimiser that
//! meets them raw needs thousands of steps.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::model::{FitContext, FitError};

/// Rows of a block.
pub(super) const BLOCK: usize = 256;

/// Standardised features.
pub(super) struct Standardized {
    /// Block after block, in each column after column.
    values: Vec<f64>,
    rows: usize,
    /// What was subtracted from each feature.
    pub(super) shift: Vec<f64>,
    /// What each feature was then divided by; infinite for one that says nothing.
    pub(super) scale: Vec<f64>,
}

impl Standardized {
    /// Without an intercept nothing is subtracted, as that would bring one in.
    pub(super) fn of(x: ArrayView2<f64>, centre: bool, ctx: &FitContext) -> Result<Self, FitError> {
        let (rows, p) = x.dim();
        let scales: Vec<(f64, f64)> = (0..p)
            .into_par_iter()
            .map(|j| {
                ctx.go_on()?;
                Ok(shift_and_scale(x, j, centre))
            })
            .collect::<Result<_, FitError>>()?;
        let (shift, scale): (Vec<f64>, Vec<f64>) = scales.into_iter().unzip();
        let mut values = vec![0.0; rows * p];
        values
            .par_chunks_mut((BLOCK * p).max(1))
            .enumerate()
            .try_for_each(|(block, values)| {
                ctx.go_on()?;
                let size = values.len() / p;
                for (j, column) in values.chunks_mut(size).enumerate() {
                    for (i, value) in column.iter_mut().enumerate() {
                        *value = (x[[block * BLOCK + i, j]] - shift[j]) / scale[j];
                    }
                }
                Ok(())
            })?;
        Ok(Self {
            values,
            rows,
            shift,
            scale,
        })
    }

    /// Makes these features say nothing.
    pub(super) fn leave_out(&mut self, left_out: &[bool]) {
        for j in (0..self.features()).filter(|j| left_out[*j]) {
            self.scale[j] = f64::INFINITY;
            for block in 0..self.blocks() {
                let (start, p) = (block * BLOCK, self.features());
                let size = BLOCK.min(self.rows - start);
                self.values[start * p + j * size..start * p + (j + 1) * size].fill(0.0);
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

    /// A block's first row, and its features × rows.
    pub(super) fn block(&self, block: usize) -> (usize, ArrayView2<'_, f64>) {
        let (start, p) = (block * BLOCK, self.features());
        let size = BLOCK.min(self.rows - start);
        let values = &self.values[start * p..(start + size) * p];
        (
            start,
            ArrayView2::from_shape((p, size), values).unwrap_or_else(|_| ArrayView2::from(&[[]; 0])),
        )
    }
}

/// The mean (or 0) and the standard deviation (or root mean square) of a feature, by way of its largest
/// magnitude so that squares neither overflow nor vanish.
fn shift_and_scale(x: ArrayView2<f64>, feature: usize, centre: bool) -> (f64, f64) {
    let column = x.column(feature);
    let (low, high) = column
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    let magnitude = high.abs().max(low.abs());
    if magnitude == 0.0 || (centre && low == high) {
        return (if centre { low } else { 0.0 }, f64::INFINITY);
    }
    let n = column.len() as f64;
    let mean = if centre {
        column.iter().map(|value| value / magnitude).sum::<f64>() / n
    } else {
        0.0
    };
    let squares = column
        .iter()
        .map(|value| (value / magnitude - mean).powi(2))
        .sum::<f64>();
    (mean * magnitude, (squares / n).sqrt() * magnitude)
}
