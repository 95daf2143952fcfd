//! What growing trees needs of memory. Leaves are what nobody knows beforehand; the rest is plain counting.

use super::{
    anywhere::typical::Typical,
    bag::Sample,
    bins::{MOST_BINS, SAMPLE},
    cell::Wide,
    fitted::Node,
    grow::Limits,
    rows::stride,
    summed::MANY_ROWS,
};
use crate::model::Shape;

/// A number of a leaf, or a value that bins are chosen from.
const NUMBER: f64 = size_of::<f64>() as f64;

/// Numbers of a bin: its least and greatest value, its median, and thresholds for searching.
const OF_BIN: f64 = 6.0;

/// What a fit on these rows keeps of the table: a byte per value, the values that each thread chooses bins from, the
/// bins' bounds, and for every row a weight, a target and whether it counts.
pub(crate) fn table(shape: &Shape) -> f64 {
    let &Shape {
        rows,
        features,
        threads,
        ..
    } = shape;
    let chosen_from = rows.min(SAMPLE as f64) * features.min(threads);
    let bins = features * rows.min(MOST_BINS as f64) * OF_BIN;
    rows * features + (chosen_from + bins + rows * 3.0) * NUMBER
}

/// What the bins row after row take.
pub(crate) fn rows(shape: &Shape) -> f64 {
    shape.rows * stride(shape.features as usize) as f64
}

/// What the values that stand for bins take.
pub(crate) fn typical(shape: &Shape) -> f64 {
    shape.features * size_of::<Typical>() as f64
}

/// What a thread holds while it grows a tree on so many rows: how often each was drawn, the bag, and as much to sort
/// it by.
pub(crate) fn bag(rows: f64) -> f64 {
    rows * (size_of::<u32>() + 2 * size_of::<Sample<u64>>()) as f64
}

/// Histograms of nodes that wait while a tree is grown on so many rows. Nodes that wait have [`MANY_ROWS`] rows each, of
/// which none is another's: with a limit to leaves as many as there are leaves, else one at each depth. Splits that
/// leave a quarter of the rows to the smaller side go as deep as log(rows) / log(4/3). Where several nodes are worked at
/// at once, a node that waits may have the histograms of both its children.
pub(crate) fn histograms(rows: f64, features: f64, limits: &Limits, at_once: f64) -> f64 {
    let many = (rows / MANY_ROWS as f64).max(1.0);
    let waiting = match limits.max_leaf_nodes {
        Some(leaves) => leaves as f64,
        None => (many.ln() / (4.0_f64 / 3.0).ln()).min(limits.max_depth as f64),
    };
    let one = features * (256 * size_of::<Wide<true>>()) as f64;
    let each = if at_once > 1.0 { 2.0 } else { 1.0 };
    // One more for the smaller child.
    (each * waiting.min(many) + 2.0 * at_once) * one
}

/// Leaves of a tree grown on so many rows at most, where a node is as pure as can be with so many.
pub(crate) fn leaves(rows: f64, limits: &Limits) -> f64 {
    let by_depth = 2.0_f64.powf(limits.max_depth.min(1000) as f64);
    let by_number = limits.max_leaf_nodes.map_or(f64::INFINITY, |most| most as f64);
    let by_size = rows / limits.min_samples_leaf.max(1) as f64;
    by_size.min(by_depth).min(by_number).max(1.0)
}

/// A tree with so many leaves of so many numbers.
pub(crate) fn tree(leaves: f64, numbers: f64) -> f64 {
    leaves * (2.0 * size_of::<Node>() as f64 + numbers * NUMBER)
}
