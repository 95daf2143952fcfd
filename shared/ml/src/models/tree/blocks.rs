//! Predictions of many rows, block by block: rows become bins, and a block of them goes down tree after tree.

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

use super::thresholds::Binner;

/// Rows that a tree predicts at most before the next tree does: many enough to be worth bringing a large tree into the
/// cache.
pub(crate) const BLOCK: usize = 2048;
/// Rows up to which waking a thread would take longer.
const FEW: usize = 512;

/// Rows × `outputs`, row by row, of which `fill` fills those of some rows.
pub(crate) fn by_blocks(
    x: ArrayView2<f64>,
    outputs: usize,
    fill: impl Fn(ArrayView2<f64>, &mut [f64]) + Sync,
) -> Vec<f64> {
    let mut all = vec![0.0; x.nrows() * outputs];
    let together = x.nrows().div_ceil(rayon::current_num_threads()).clamp(FEW, BLOCK);
    let fill = |(block, of_rows): (usize, &mut [f64])| {
        let (start, rows) = (block * together, of_rows.len() / outputs);
        fill(x.slice_axis(Axis(0), (start..start + rows).into()), of_rows);
    };
    let size = together * outputs;
    if x.nrows() <= FEW {
        all.chunks_mut(size).enumerate().for_each(fill);
    } else {
        all.par_chunks_mut(size).enumerate().for_each(fill);
    }
    all
}

/// The bins of rows, feature after feature.
pub(crate) fn bins_of(binners: &[Binner], x: ArrayView2<f64>) -> Vec<u8> {
    let mut bins = Vec::with_capacity(x.len());
    for (binner, column) in binners.iter().zip(x.columns()) {
        bins.extend(column.iter().map(|value| binner.bin(*value)));
    }
    bins
}
