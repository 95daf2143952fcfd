//! Distances from a row to a tile of rows, compiled for each set of instructions and chosen at run time. Those with fused
//! multiply-add give the same bytes; plain instructions round once more.

#![allow(unsafe_code)]
#![allow(clippy::needless_range_loop)] // Indices over several arrays at once are what vectorises.

use crate::instructions::Instructions;

/// Rows of a tile.
pub(super) const ROWS: usize = 256;

/// A number per row of a tile.
pub(super) type Tile = [f64; ROWS];

/// Rows in tiles.
pub(super) struct Tiles<'a> {
    x: &'a [f64],
    rows: usize,
    features: usize,
}

impl<'a> Tiles<'a> {
    /// Of values that lie feature after feature.
    pub(super) fn of(x: &'a [f64], rows: usize, features: usize) -> Self {
        Self { x, rows, features }
    }

    /// Calls `each` with every tile's first row and its features' columns, zeros beyond the last row. Columns lie far
    /// apart in the table, where they could crowd each other out of the processor's cache, so each tile is copied.
    pub(super) fn for_each(&self, mut each: impl FnMut(usize, &[Tile])) {
        let mut columns = vec![[0.0; ROWS]; self.features];
        for start in (0..self.rows).step_by(ROWS) {
            let rows = ROWS.min(self.rows - start);
            for (feature, column) in columns.iter_mut().enumerate() {
                let from = &self.x[feature * self.rows + start..][..rows];
                column[..rows].copy_from_slice(from);
                column[rows..].fill(0.0);
            }
            each(start, &columns);
        }
    }
}

/// The distances from `query` to the rows of a tile: of absolute differences if `p` is 1, else squared ones.
pub(super) fn measure(instructions: Instructions, p: u8, columns: &[Tile], query: &[f64], to: &mut Tile) {
    match instructions {
        Instructions::Plain => any_measure::<false>(p, columns, query, to),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Instructions::all` names AVX2 only where the processor has it and FMA.
        Instructions::Avx2 => unsafe { avx2_measure(p, columns, query, to) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Instructions::all` names AVX-512 only where the processor has it, AVX2 and FMA.
        Instructions::Avx512 => unsafe { avx512_measure(p, columns, query, to) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2_measure(p: u8, columns: &[Tile], query: &[f64], to: &mut Tile) {
    any_measure::<true>(p, columns, query, to);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn avx512_measure(p: u8, columns: &[Tile], query: &[f64], to: &mut Tile) {
    any_measure::<true>(p, columns, query, to);
}

#[inline(always)]
fn any_measure<const FMA: bool>(p: u8, columns: &[Tile], query: &[f64], to: &mut Tile) {
    to.fill(0.0);
    let (fours, rest) = columns.as_chunks::<4>();
    let (cells, last) = query[..columns.len()].as_chunks::<4>();
    for (columns, cells) in fours.iter().zip(cells) {
        for i in 0..ROWS {
            let mut sum = to[i];
            for j in 0..4 {
                sum = plus::<FMA>(p, columns[j][i] - cells[j], sum);
            }
            to[i] = sum;
        }
    }
    for (column, cell) in rest.iter().zip(last) {
        for i in 0..ROWS {
            to[i] = plus::<FMA>(p, column[i] - cell, to[i]);
        }
    }
}

/// The sum with one feature's difference, rounded once if `FMA`.
#[inline(always)]
fn plus<const FMA: bool>(p: u8, difference: f64, sum: f64) -> f64 {
    match p {
        1 => sum + difference.abs(),
        _ if FMA => difference.mul_add(difference, sum),
        _ => sum + difference * difference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_instructions_give_distances() {
        let (rows, features) = (300, 6);
        let x: Vec<f64> = (0..rows * features).map(|i| (i as f64 * 0.37).sin()).collect();
        let query: Vec<f64> = (0..features).map(|j| j as f64 * 0.1).collect();
        let tiles = Tiles::of(&x, rows, features);
        for p in [1, 2] {
            tiles.for_each(|start, columns| {
                let expected = |i: usize| -> f64 {
                    let differences = (0..features).map(|j| x[j * rows + i] - query[j]);
                    differences.map(|d| if p == 1 { d.abs() } else { d * d }).sum()
                };
                for instructions in Instructions::all() {
                    let mut found = [0.0; ROWS];
                    measure(instructions, p, columns, &query, &mut found);
                    for i in start..rows.min(start + ROWS) {
                        let off = (found[i - start] - expected(i)).abs();
                        assert!(off < 1e-13, "{instructions:?} {p} {i}");
                    }
                }
            });
        }
    }
}
