//! Products of columns and their combinations, compiled for each set of instructions and chosen at run time. They go by
//! tiles of columns, whose sums stay in registers: nearly all the time of linear models is spent here.

#![allow(unsafe_code)]

use ndarray::Array2;

#[cfg(target_arch = "x86_64")]
use crate::models::linear::lanes::{Avx2, Avx512};
use crate::{
    instructions::Instructions,
    models::linear::lanes::{BLOCK, LANES, Lanes, Plain, Rows},
};

/// A function of left and right columns and the numbers that belong to each pair of them, left × right, which lie in
/// rows of `width`; compiled with lanes, and for tiles of so many columns, left and right, at most.
macro_rules! dispatched {
    ($(#[$doc:meta])* $name:ident, $any:ident, $avx2:ident, $avx512:ident, ($($argument:ident: $type:ty),*)) => {
        $(#[$doc])*
        pub(crate) fn $name(instructions: Instructions, $($argument: $type),*) {
            match instructions {
                Instructions::Plain => $any::<Plain, 2, 2>($($argument),*),
                #[cfg(target_arch = "x86_64")]
                // SAFETY: `Instructions::all` names AVX2 only where the processor has it and FMA.
                Instructions::Avx2 => unsafe { $avx2($($argument),*) },
                #[cfg(target_arch = "x86_64")]
                // SAFETY: `Instructions::all` names AVX-512 only where the processor has it, AVX2 and FMA.
                Instructions::Avx512 => unsafe { $avx512($($argument),*) },
            }
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn $avx2($($argument: $type),*) {
            $any::<Avx2, 2, 2>($($argument),*);
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx2,fma")]
        fn $avx512($($argument: $type),*) {
            $any::<Avx512, MOST_LEFT, MOST_RIGHT>($($argument),*);
        }
    };
}

dispatched!(
    /// Adds to the sum of each pair of columns, left × right in rows of `width`, their product. All columns have one
    /// length, a multiple of [`LANES`].
    add_products, any_products, avx2_products, avx512_products,
    (left: &[&[f64]], right: &[&[f64]], sums: &mut [f64], width: usize)
);

dispatched!(
    /// Adds to each of `to` every column times its factor; the factors of each are `width` numbers after those of the
    /// one before.
    add_combinations, any_combinations, avx2_combinations, avx512_combinations,
    (to: &mut [Rows], columns: &[&Rows], factors: &[f64], width: usize)
);

/// Columns that are multiplied with those before them at a time: those of the largest tile.
pub(crate) const STRIP: usize = MOST_LEFT;

/// Adds the products of all pairs of columns to the lower triangle of `sums`, columns × columns; what lies above it means
/// nothing. `stop` is asked now and then whether to go on.
pub(crate) fn add_gram<E>(
    instructions: Instructions,
    columns: &[&[f64]],
    sums: &mut [f64],
    stop: impl Fn() -> Result<(), E>,
) -> Result<(), E> {
    let width = columns.len();
    let strips = columns.chunks(STRIP).zip(sums.chunks_mut((STRIP * width).max(1)));
    for ((left, sums), start) in strips.zip((0..).step_by(STRIP)) {
        stop()?;
        // What is above the triangle completes the last tile.
        let right = (start + left.len()).next_multiple_of(MOST_RIGHT).min(width);
        add_products(instructions, left, &columns[..right], sums, width);
    }
    Ok(())
}

/// The symmetric matrix of this lower triangle. `stop` is asked now and then whether to go on.
pub(crate) fn symmetric<E>(
    sums: Vec<f64>,
    width: usize,
    stop: impl Fn() -> Result<(), E>,
) -> Result<Array2<f64>, E> {
    let mut matrix = Array2::from_shape_vec((width, width), sums).expect("a number per pair");
    for j in 0..width {
        if j % ASKED == 0 {
            stop()?;
        }
        for k in 0..j {
            matrix[[k, j]] = matrix[[j, k]];
        }
    }
    Ok(matrix)
}

/// Rows of a symmetric matrix between two questions.
const ASKED: usize = 64;

/// Most columns on the left of a tile.
const MOST_LEFT: usize = 6;
/// Most on its right.
const MOST_RIGHT: usize = 4;

/// `$name::<L, N, M>(left, …)` for as many left columns as there are, one to [`MOST_LEFT`]: each is compiled for itself.
macro_rules! by_count {
    ($name:ident, $left:ident, $as_array:ident, ($($argument:expr),*)) => {
        match $left.len() {
            0 => {}
            1 => by_count!($name, $left, $as_array, 1, ($($argument),*)),
            2 => by_count!($name, $left, $as_array, 2, ($($argument),*)),
            3 => by_count!($name, $left, $as_array, 3, ($($argument),*)),
            4 => by_count!($name, $left, $as_array, 4, ($($argument),*)),
            5 => by_count!($name, $left, $as_array, 5, ($($argument),*)),
            MOST_LEFT.. => by_count!($name, $left, $as_array, 6, ($($argument),*)),
        }
    };
    ($name:ident, $left:ident, $as_array:ident, $n:literal, ($($argument:expr),*)) => {
        $name::<L, $n, M>($left.$as_array().expect("so many were counted"), $($argument),*)
    };
}

/// The size of the fewest equal parts of at most `most`.
fn evenly(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most).max(1)).max(1)
}

#[inline(always)]
fn any_products<L: Lanes, const N: usize, const M: usize>(
    left: &[&[f64]],
    right: &[&[f64]],
    sums: &mut [f64],
    width: usize,
) {
    let size = evenly(left.len(), N);
    for (left, sums) in left.chunks(size).zip(sums.chunks_mut(size * width)) {
        by_count!(row_of_products, left, as_array, (right, sums, width));
    }
}

#[inline(always)]
fn row_of_products<L: Lanes, const N: usize, const M: usize>(
    left: &[&[f64]; N],
    right: &[&[f64]],
    sums: &mut [f64],
    width: usize,
) {
    let (tiles, rest) = right.as_chunks::<M>();
    for (j, right) in tiles.iter().enumerate() {
        products::<L, N, M>(left, right, &mut sums[j * M..], width);
    }
    for (j, right) in rest.iter().enumerate() {
        products::<L, N, 1>(left, &[right], &mut sums[tiles.len() * M + j..], width);
    }
}

#[inline(always)]
fn products<L: Lanes, const N: usize, const M: usize>(
    left: &[&[f64]; N],
    right: &[&[f64]; M],
    sums: &mut [f64],
    width: usize,
) {
    let steps = left[0].len() / LANES;
    let left = left.map(|column| &column.as_chunks::<LANES>().0[..steps]);
    let right = right.map(|column| &column.as_chunks::<LANES>().0[..steps]);
    let mut tile = [[L::splat(0.0); M]; N];
    for step in 0..steps {
        let right: [L; M] = std::array::from_fn(|j| L::load(&right[j][step]));
        for (left, sums) in left.iter().zip(&mut tile) {
            let left = L::load(&left[step]);
            for (right, sum) in right.iter().zip(sums) {
                *sum = left.times_plus(*right, *sum);
            }
        }
    }
    for (sums, tile) in sums.chunks_mut(width).zip(tile) {
        for (sum, lanes) in sums.iter_mut().zip(tile) {
            *sum += lanes.across();
        }
    }
}

#[inline(always)]
fn any_combinations<L: Lanes, const N: usize, const M: usize>(
    to: &mut [Rows],
    columns: &[&Rows],
    factors: &[f64],
    width: usize,
) {
    let size = evenly(to.len(), N);
    for (to, factors) in to.chunks_mut(size).zip(factors.chunks(size * width)) {
        by_count!(row_of_combinations, to, as_mut_array, (columns, factors, width));
    }
}

#[inline(always)]
fn row_of_combinations<L: Lanes, const N: usize, const M: usize>(
    to: &mut [Rows; N],
    columns: &[&Rows],
    factors: &[f64],
    width: usize,
) {
    let (tiles, rest) = columns.as_chunks::<M>();
    for (j, columns) in tiles.iter().enumerate() {
        combinations::<L, N, M>(to, columns, &factors[j * M..], width);
    }
    for (j, column) in rest.iter().enumerate() {
        combinations::<L, N, 1>(to, &[column], &factors[tiles.len() * M + j..], width);
    }
}

#[inline(always)]
fn combinations<L: Lanes, const N: usize, const M: usize>(
    to: &mut [Rows; N],
    columns: &[&Rows; M],
    factors: &[f64],
    width: usize,
) {
    let columns = columns.map(lanes_of);
    let factors: [[L; M]; N] =
        std::array::from_fn(|i| std::array::from_fn(|j| L::splat(factors[i * width + j])));
    for step in 0..BLOCK / LANES {
        let columns: [L; M] = std::array::from_fn(|j| L::load(&columns[j][step]));
        for (to, factors) in to.iter_mut().zip(&factors) {
            let to = &mut to.as_chunks_mut::<LANES>().0[step];
            let mut sum = L::load(to);
            for (column, factor) in columns.iter().zip(factors) {
                sum = column.times_plus(*factor, sum);
            }
            sum.store(to);
        }
    }
}

#[inline(always)]
fn lanes_of(rows: &Rows) -> &[[f64; LANES]; BLOCK / LANES] {
    rows.as_chunks().0.as_array().expect("lanes divide blocks")
}

#[cfg(test)]
mod tests;
