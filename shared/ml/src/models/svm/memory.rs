//! What support vector machines need of memory.

use super::{points::MAX_ROWS, smo::CACHE_BYTES};
use crate::model::{Need, Shape};

/// Bytes per point: its row, where it lies, its kernel with itself and whether its kernel row is kept.
const BY_POINT: f64 = 64.0;
/// Bytes per multiplier: its sign, slope, bound and value, each twice, and whether it may move.
const BY_MULTIPLIER: f64 = 72.0;
/// Bytes per point of a machine that is solved: a coefficient with its place, and again in the fitted model.
const BY_COEFFICIENT: f64 = 28.0;

/// With so many multipliers for each point: the points, and as many of them that become support vectors; the kernel
/// matrix, as far as it is kept, and two rows of it; each point's coefficient in the machines it takes part in, one for
/// each other class.
pub(crate) fn memory(multipliers: f64, shape: &Shape) -> Need {
    let number = size_of::<f64>() as f64;
    // More are refused.
    let points = shape.rows.min(MAX_ROWS as f64);
    let row = points * number;
    let matrix = (points * row).min(CACHE_BYTES as f64) + 2.0 * row;
    let machines = shape.classes.map_or(1.0, |classes| (classes - 1.0).max(1.0));
    let by_point =
        2.0 * shape.features * number + BY_POINT + multipliers * BY_MULTIPLIER + machines * BY_COEFFICIENT;
    Need {
        bytes: points * by_point + matrix,
        instead: "fewer rows",
    }
}
