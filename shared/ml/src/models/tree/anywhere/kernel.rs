//! What rows span in the features of a panel, and the sums over those on the left of a cut: lane by lane, compiled
//! for each set of instructions and chosen at run time. Nearly all the time of a fit is spent here. Sums are of whole
//! numbers, so all sets of instructions give the same.

#![allow(unsafe_code)]

use super::{Cuts, table::Panel};
use crate::{
    instructions::Instructions,
    models::tree::{bag::Sample, bins::MISSING, rows::ALIGNED},
};

/// Features of a panel at most.
pub(crate) const LANES: usize = 32;
/// Lanes whose spans are found at once.
const HALF: usize = ALIGNED;
/// Lanes whose sums are found at once.
const GROUP: usize = 8;

/// Something for every feature of a panel.
pub(crate) type Lanes<T> = [T; LANES];

/// What rows span, by lane. Bins are counted from 1 where that of missing values is to be 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// The least bin.
    least: Lanes<u8>,
    /// The greatest bin of values, counted from 1.
    greatest: Lanes<u8>,
    /// 0 if there are missing values.
    missing: Lanes<u8>,
}

/// What rows span in a feature in which they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The least bin of values.
    pub(super) first: u8,
    /// The greatest bin of values.
    pub(super) last: u8,
    /// Whether there are missing values.
    pub(super) missing: bool,
}

impl Extent {
    /// What rows span in a lane; none if they do not differ.
    #[inline]
    pub(super) fn span(&self, lane: usize) -> Option<Span> {
        let (first, greatest, missing) = (self.least[lane], self.greatest[lane], self.missing[lane] == 0);
        // Without values the least bin is that of missing ones.
        let last = greatest.checked_sub(1)?;
        (first < last || missing).then_some(Span { first, last, missing })
    }

    /// The lanes with missing values and values that differ, a bit each.
    pub(super) fn missing_and_more(&self) -> u32 {
        if self.missing.iter().copied().fold(MISSING, u8::min) > 0 {
            return 0;
        }
        (0..LANES).fold(0, |lanes, lane| {
            let is =
                self.missing[lane] == 0 && u32::from(self.least[lane]) + 1 < u32::from(self.greatest[lane]);
            lanes | u32::from(is) << lane
        })
    }
}

/// What rows span.
pub(super) fn extent<M: Copy>(panel: Panel, samples: &[Sample<M>]) -> Extent {
    match panel.features.div_ceil(HALF) {
        1 => extent_of::<1, M>(panel, samples),
        _ => extent_of::<2, M>(panel, samples),
    }
}

#[inline(always)]
fn extent_of<const N: usize, M: Copy>(panel: Panel, samples: &[Sample<M>]) -> Extent {
    let mut least = [[u8::MAX; HALF]; N];
    let mut greatest = [[0u8; HALF]; N];
    let mut missing = [[u8::MAX; HALF]; N];
    for sample in samples {
        let (halves, _) = panel.strip.row(sample.row, N * HALF).as_chunks::<HALF>();
        for half in 0..N {
            for lane in 0..HALF {
                let bin = halves[half][lane];
                let from_one = bin.wrapping_add(1);
                least[half][lane] = least[half][lane].min(bin);
                greatest[half][lane] = greatest[half][lane].max(from_one);
                missing[half][lane] = missing[half][lane].min(from_one);
            }
        }
    }
    let mut extent = Extent {
        least: [MISSING; LANES],
        greatest: [0; LANES],
        missing: [MISSING; LANES],
    };
    extent.least[..N * HALF].copy_from_slice(least.as_flattened());
    extent.greatest[..N * HALF].copy_from_slice(greatest.as_flattened());
    extent.missing[..N * HALF].copy_from_slice(missing.as_flattened());
    extent
}

/// The sums of `number` over the rows on the left of each cut.
pub(crate) fn sums<M: Copy>(
    panel: Panel,
    samples: &[Sample<M>],
    cuts: &Cuts,
    number: impl Fn(M) -> u64,
) -> Lanes<u64> {
    match panel.features.div_ceil(GROUP) {
        1 => sums_of::<1, M>(panel, samples, cuts, number),
        2 => sums_of::<2, M>(panel, samples, cuts, number),
        3 => sums_of::<3, M>(panel, samples, cuts, number),
        _ => sums_of::<4, M>(panel, samples, cuts, number),
    }
}

#[inline]
fn sums_of<const N: usize, M: Copy>(
    panel: Panel,
    samples: &[Sample<M>],
    cuts: &Cuts,
    number: impl Fn(M) -> u64,
) -> Lanes<u64> {
    match panel.instructions {
        Instructions::Plain => any_sums::<N, M>(panel, samples, cuts, number),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Instructions::all` names AVX2 only where the processor has it.
        Instructions::Avx2 => unsafe { avx2_sums::<N, M>(panel, samples, cuts, number) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Instructions::all` names AVX-512 only where the processor has it and AVX2.
        Instructions::Avx512 => unsafe { avx512_sums::<N, M>(panel, samples, cuts, number) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2_sums<const N: usize, M: Copy>(
    panel: Panel,
    samples: &[Sample<M>],
    cuts: &Cuts,
    number: impl Fn(M) -> u64,
) -> Lanes<u64> {
    any_sums::<N, M>(panel, samples, cuts, number)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2")]
fn avx512_sums<const N: usize, M: Copy>(
    panel: Panel,
    samples: &[Sample<M>],
    cuts: &Cuts,
    number: impl Fn(M) -> u64,
) -> Lanes<u64> {
    any_sums::<N, M>(panel, samples, cuts, number)
}

#[inline(always)]
fn any_sums<const N: usize, M: Copy>(
    panel: Panel,
    samples: &[Sample<M>],
    cuts: &Cuts,
    number: impl Fn(M) -> u64,
) -> Lanes<u64> {
    let (last, _) = cuts.last.as_chunks::<GROUP>();
    let mut sums = [[0u64; GROUP]; N];
    for sample in samples {
        let number = number(sample.mark);
        let (groups, _) = panel.strip.row(sample.row, N * GROUP).as_chunks::<GROUP>();
        for group in 0..N {
            for lane in 0..GROUP {
                let goes_left = groups[group][lane].wrapping_add(cuts.by) <= last[group][lane];
                let more = if goes_left { number } else { 0 };
                sums[group][lane] = sums[group][lane].wrapping_add(more);
            }
        }
    }
    let mut all = [0; LANES];
    all[..N * GROUP].copy_from_slice(sums.as_flattened());
    all
}

/// Adds every row's number to the sums of the lanes where it is on the left, among sums of its class.
pub(crate) fn add_by_class<M: Copy>(
    panel: Panel,
    samples: &[Sample<M>],
    cuts: &Cuts,
    class_and_number: impl Fn(M) -> (usize, u64),
    sums: &mut [Lanes<u64>],
) {
    let width = panel.features.next_multiple_of(GROUP);
    for sample in samples {
        let (class, number) = class_and_number(sample.mark);
        let bins = panel.strip.row(sample.row, width);
        for ((sum, bin), last) in sums[class].iter_mut().zip(bins).zip(&cuts.last) {
            let goes_left = bin.wrapping_add(cuts.by) <= *last;
            *sum += if goes_left { number } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::{
        model::FitContext,
        models::tree::{anywhere::table::Table, bins::Bins},
        observer::Silent,
    };

    const ROWS: usize = 60;

    /// Features of few and many values, the fourth of which are missing in some rows and the sixth in all.
    fn bins(features: usize) -> Bins {
        let ctx = FitContext {
            observer: &Silent,
            threads: 1,
            fold: None,
            memory: None,
        };
        let x = Array2::from_shape_fn((ROWS, features), |(i, j)| match j {
            3 if i % 4 == 1 => f64::NAN,
            5 => f64::NAN,
            _ => ((i * (j + 3) + j) % (j + 2)) as f64,
        });
        Bins::of(x.view(), 255, &ctx).unwrap()
    }

    fn table(bins: &Bins) -> Table {
        let ctx = FitContext {
            observer: &Silent,
            threads: 1,
            fold: None,
            memory: None,
        };
        Table::of(bins, &ctx).unwrap()
    }

    fn samples() -> Vec<Sample<u64>> {
        let rows = (0..ROWS as u32).filter(|row| row % 3 != 0);
        rows.map(|row| Sample {
            row,
            mark: u64::from(row) << 24 | 1,
        })
        .collect()
    }

    #[test]
    fn spans_are_those_of_the_rows() {
        let bins = bins(45);
        let (table, samples) = (table(&bins), samples());
        for feature in 0..45 {
            let column = &bins.feature(feature).column;
            let of_rows = || samples.iter().map(|sample| column[sample.row as usize]);
            let values = || of_rows().filter(|bin| *bin != MISSING);
            let missing = of_rows().any(|bin| bin == MISSING);
            let expected = values()
                .min()
                .zip(values().max())
                .and_then(|(first, last)| (first < last || missing).then_some(Span { first, last, missing }));
            let feature = feature as usize;
            let extent = extent(table.panel(feature / LANES), &samples);
            assert_eq!(extent.span(feature % LANES), expected, "{feature}");
            let both = extent.missing_and_more() >> (feature % LANES) & 1 == 1;
            assert_eq!(
                both,
                expected.is_some_and(|span| span.missing && span.first < span.last)
            );
        }
    }

    #[test]
    fn all_instructions_sum_up_the_rows_on_the_left() {
        for features in [3, 9, 20, 45] {
            let bins = bins(features);
            let (table, samples) = (table(&bins), samples());
            for (instructions, by) in Instructions::all()
                .into_iter()
                .flat_map(|set| [(set, 0), (set, 1)])
            {
                for feature in 0..features {
                    let mut panel = table.panel(feature / LANES);
                    panel.instructions = instructions;
                    let last = std::array::from_fn(|lane| lane as u8 / 2 + by);
                    let cuts = Cuts { last, by };
                    let lane = feature % LANES;
                    let column = &bins.feature(feature as u32).column;
                    let left = samples.iter().filter(|sample| {
                        let bin = column[sample.row as usize];
                        bin <= lane as u8 / 2 || (by == 1 && bin == MISSING)
                    });
                    let expected: u64 = left.map(|sample| sample.mark).sum();
                    let found = sums(panel, &samples, &cuts, |mark| mark)[lane];
                    assert_eq!(found, expected, "{features} {feature} {by} {instructions:?}");
                    let mut by_class = [[0; LANES]; 2];
                    add_by_class(
                        panel,
                        &samples,
                        &cuts,
                        |mark| (mark as usize >> 24 & 1, mark),
                        &mut by_class,
                    );
                    assert_eq!(by_class[0][lane] + by_class[1][lane], expected);
                }
            }
        }
    }
}
