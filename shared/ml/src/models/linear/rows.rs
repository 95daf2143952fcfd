//! Sums over rows, computed in parallel by parts whose number depends on the table alone: floating-point sums
//! depend on the order of adding, and a model must not depend on the number of threads.

use std::ops::Range;

use rayon::prelude::*;

use crate::model::FitError;

/// Rows below which a part is not worth a thread.
const LEAST_ROWS: usize = 512;
/// The same of sums of thousands of numbers, such as Gram matrices: a part's have to be worth adding to the others'.
const LEAST_ROWS_OF_MANY: usize = 1024;
/// So many numbers are thousands.
const MANY: usize = 4096;
/// Parts at most: enough to keep many threads busy.
const MOST_PARTS: usize = 32;
/// Numbers at most in the partial sums of all parts together.
const MOST_NUMBERS: usize = 8_000_000;

/// The sum over all rows of what `part` adds up for a range of rows into a vector of `width` numbers.
///
/// # Errors
/// The first that a part returns.
pub(crate) fn sum_over_rows(
    rows: usize,
    width: usize,
    part: impl Fn(Range<usize>, &mut [f64]) -> Result<(), FitError> + Sync,
) -> Result<Vec<f64>, FitError> {
    let parts = parts(rows, width);
    let partial: Vec<Vec<f64>> = (0..parts)
        .into_par_iter()
        .map(|i| {
            let mut sums = vec![0.0; width];
            part(rows * i / parts..rows * (i + 1) / parts, &mut sums)?;
            Ok(sums)
        })
        .collect::<Result<_, FitError>>()?;
    Ok(partial
        .into_iter()
        .reduce(|mut total, sums| {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            total
        })
        .unwrap_or_default())
}

/// How many parts sums of so many numbers are computed in.
pub(super) fn parts(rows: usize, width: usize) -> usize {
    let least = if width < MANY {
        LEAST_ROWS
    } else {
        LEAST_ROWS_OF_MANY
    };
    (rows / least)
        .min(MOST_NUMBERS / width.max(1))
        .clamp(1, MOST_PARTS)
}

/// `range` in blocks of at most `size` rows.
pub(crate) fn blocks(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range
        .step_by(size)
        .map(move |start| start..(start + size).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FitError;

    #[test]
    fn every_row_is_counted_once_however_many_parts_there_are() {
        for rows in [0, 1, 511, 512, 1024, 100_001] {
            let sums = sum_over_rows(rows, 2, |range, sums| {
                for block in blocks(range, 100) {
                    sums[0] += block.len() as f64;
                    sums[1] += block.map(|row| row as f64).sum::<f64>();
                }
                Ok(())
            });
            let n = rows as f64;
            assert_eq!(sums, Ok(vec![n, n * (n - 1.0).max(0.0) / 2.0]));
        }
    }

    #[test]
    fn a_cancelled_part_cancels_the_sum() {
        assert_eq!(
            sum_over_rows(5, 1, |_, _| Err(FitError::Cancelled)),
            Err(FitError::Cancelled)
        );
    }
}
