//! Distances from a row to a tile of rows, compiled for each set of instructions and chosen at run time. Nothing is
//! fused, so all give the same bytes.

#![allow(unsafe_code)]
#![allow(clippy::needless_range_loop)] // Indices over several arrays at once are what vectorises.

use crate::instructions::Instructions;

/// Rows of a tile.
pub(super) const ROWS: usize = 256;

/// A number per row of a tile.
pub(super) type Tile = [f64; ROWS];

/// Rows in tiles: in each feature after feature, zeros beyond the last row.
pub(super) struct Tiles {
    values: Vec<Tile>,
    features: usize,
}

impl Tiles {
    /// Of values that lie feature after feature.
    pub(super) fn of(x: &[f64], rows: usize, features: usize) -> Self {
        let mut values = vec![[0.0; ROWS]; rows.div_ceil(ROWS) * features];
        for (feature, column) in x.chunks(rows.max(1)).enumerate() {
            for (tile, part) in column.chunks(ROWS).enumerate() {
                values[tile * features + feature][..part.len()].copy_from_slice(part);
            }
        }
        Self { values, features }
    }

    /// Each tile's first row and its features' columns.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[Tile])> {
        (0..)
            .step_by(ROWS)
            .zip(self.values.chunks_exact(self.features.max(1)))
    }
}

/// The distances from `query` to the rows of a tile: of absolute differences if `p` is 1, else squared ones.
pub(super) fn measure(instructions: Instructions, p: u8, columns: &[Tile], query: &[f64], to: &mut Tile) {
    match instructions {
        Instructions::Plain => any_measure(p, columns, query, to),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Instructions::all` names AVX2 only where the processor has it.
        Instructions::Avx2 => unsafe { avx2_measure(p, columns, query, to) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Instructions::all` names AVX-512 only where the processor has it.
        Instructions::Avx512 => unsafe { avx512_measure(p, columns, query, to) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2_measure(p: u8, columns: &[Tile], query: &[f64], to: &mut Tile) {
    any_measure(p, columns, query, to);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512_measure(p: u8, columns: &[Tile], query: &[f64], to: &mut Tile) {
    any_measure(p, columns, query, to);
}

#[inline(always)]
fn any_measure(p: u8, columns: &[Tile], query: &[f64], to: &mut Tile) {
    to.fill(0.0);
    let (fours, rest) = columns.as_chunks::<4>();
    let (cells, last) = query[..columns.len()].as_chunks::<4>();
    for (columns, cells) in fours.iter().zip(cells) {
        for i in 0..ROWS {
            let mut sum = to[i];
            for j in 0..4 {
                sum += part(p, columns[j][i] - cells[j]);
            }
            to[i] = sum;
        }
    }
    for (column, cell) in rest.iter().zip(last) {
        for i in 0..ROWS {
            to[i] += part(p, column[i] - cell);
        }
    }
}

#[inline(always)]
fn part(p: u8, difference: f64) -> f64 {
    if p == 1 {
        difference.abs()
    } else {
        difference * difference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_instructions_give_the_same_distances() {
        let (rows, features) = (300, 6);
        let x: Vec<f64> = (0..rows * features).map(|i| (i as f64 * 0.37).sin()).collect();
        let query: Vec<f64> = (0..features).map(|j| j as f64 * 0.1).collect();
        let tiles = Tiles::of(&x, rows, features);
        for p in [1, 2] {
            for (start, columns) in tiles.iter() {
                let expected = |i: usize| -> f64 {
                    let differences = (0..features).map(|j| x[j * rows + i] - query[j]);
                    differences.map(|d| if p == 1 { d.abs() } else { d * d }).sum()
                };
                for instructions in Instructions::all() {
                    let mut found = [0.0; ROWS];
                    measure(instructions, p, columns, &query, &mut found);
                    for i in start..rows.min(start + ROWS) {
                        assert_eq!(found[i - start], expected(i), "{instructions:?} {p} {i}");
                    }
                }
            }
        }
    }
}
