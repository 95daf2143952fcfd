//! Edges of bins from a column's sorted numbers, outer ones included, and the ranges between them in words. A
//! column without a number has none, a constant one a single bin.

use crate::nodes::statistics;

/// Narrower bins are no bins.
const NARROW: f64 = 1e-8;
/// Rounds of k-means at most.
const MOST_ROUNDS: usize = 300;

/// Edges at equal distances, as `numpy.linspace` sets them.
pub(super) fn uniform(sorted: &[f64], bins: usize) -> Option<Vec<f64>> {
    let (least, greatest) = (*sorted.first()?, *sorted.last()?);
    if least == greatest {
        return Some(vec![least, greatest]);
    }
    let width = (greatest - least) / bins as f64;
    let mut edges: Vec<f64> = (0..bins).map(|bin| bin as f64 * width + least).collect();
    edges.push(greatest);
    Some(edges)
}

/// Edges at quantiles that are linear between neighbours; equal ones are one.
pub(super) fn quantiles(sorted: &[f64], bins: usize) -> Option<Vec<f64>> {
    let share = 1.0 / bins as f64;
    let inner = (0..bins).filter_map(|bin| statistics::quantile(sorted, bin as f64 * share));
    let mut edges: Vec<f64> = inner.chain(sorted.last().copied()).collect();
    edges.dedup();
    bounded(edges)
}

/// Edges at quantiles by the averaged inverse of the distribution function (Hyndman and Fan, 1996, type 2).
pub(super) fn averaged_quantiles(sorted: &[f64], bins: usize) -> Option<Vec<f64>> {
    let (last, n) = (sorted.len().checked_sub(1)?, sorted.len() as f64);
    let quantile = |bin: usize| {
        let percent = bin as f64 * (100.0 / bins as f64);
        let place = n * (percent / 100.0);
        let above = sorted[(place.floor() as usize).min(last)];
        if place >= 1.0 && place.fract() == 0.0 {
            let below = sorted[place as usize - 1];
            below + (above - below) * 0.5
        } else {
            above
        }
    };
    let inner = (0..bins).map(quantile);
    wide_enough(inner.chain([sorted[last]]).collect())
}

/// Edges half way between the centres of k-means, which starts from the middles of equal bins.
pub(super) fn clusters(sorted: &[f64], bins: usize) -> Option<Vec<f64>> {
    let (least, greatest) = (*sorted.first()?, *sorted.last()?);
    let equal = uniform(sorted, bins)?;
    if least == greatest {
        return Some(equal);
    }
    let middles = equal.windows(2).map(|pair| 0.5 * (pair[1] + pair[0])).collect();
    let centres = k_means(sorted, middles)?;
    let between = centres.windows(2).map(|pair| 0.5 * (pair[1] + pair[0]));
    wide_enough([least].into_iter().chain(between).chain([greatest]).collect())
}

/// Lloyd's algorithm in one dimension, with scikit-learn's rules of when to stop and what becomes of a centre
/// without numbers: it moves to the number that is farthest from its own.
fn k_means(sorted: &[f64], mut centres: Vec<f64>) -> Option<Vec<f64>> {
    let mean = statistics::mean(sorted)?;
    let tolerance = 1e-4 * statistics::variance(sorted, mean);
    let numbers: Vec<f64> = sorted.iter().map(|x| x - mean).collect();
    centres.iter_mut().for_each(|centre| *centre -= mean);
    let mut before = Vec::new();
    for _ in 0..MOST_ROUNDS {
        // Numbers in order belong to centres in order: each to a stretch that ends half way to the next centre.
        let ends: Vec<usize> = centres
            .windows(2)
            .map(|pair| numbers.partition_point(|x| x - pair[0] <= pair[1] - x))
            .chain([numbers.len()])
            .collect();
        let mut next = means(&numbers, &centres, &ends);
        let shift: f64 = next
            .iter()
            .zip(&centres)
            .map(|(new, old)| (new - old) * (new - old))
            .sum();
        next.sort_by(f64::total_cmp);
        centres = next;
        if ends == before || shift <= tolerance {
            break;
        }
        before = ends;
    }
    Some(centres.iter().map(|centre| centre + mean).collect())
}

/// The mean of each centre's numbers, which end where told.
fn means(numbers: &[f64], centres: &[f64], ends: &[usize]) -> Vec<f64> {
    let start = |at: usize| if at == 0 { 0 } else { ends[at - 1] };
    let mut sums: Vec<(f64, usize)> = (0..centres.len())
        .map(|at| &numbers[start(at)..ends[at]])
        .map(|own| (own.iter().sum(), own.len()))
        .collect();
    let empty: Vec<usize> = (0..sums.len()).filter(|at| sums[*at].1 == 0).collect();
    if !empty.is_empty() {
        let owner = |place: usize| ends.partition_point(|end| *end <= place);
        let mut far: Vec<(f64, usize)> = (0..numbers.len())
            .map(|place| ((numbers[place] - centres[owner(place)]).abs(), place))
            .collect();
        far.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        far.retain(|(distance, _)| *distance > 0.0);
        for (at, (_, place)) in empty.into_iter().zip(far) {
            let (sum, count) = &mut sums[owner(place)];
            *sum -= numbers[place];
            *count -= 1;
            sums[at] = (numbers[place], 1);
        }
    }
    let mean =
        |((sum, count), centre): ((f64, usize), &f64)| if count == 0 { *centre } else { sum / count as f64 };
    sums.into_iter().zip(centres).map(mean).collect()
}

/// The edges that are not too close to the one before; all of them if numbers were too large to compute with, which
/// is for the caller to refuse.
fn wide_enough(edges: Vec<f64>) -> Option<Vec<f64>> {
    if edges.iter().any(|edge| !edge.is_finite()) {
        return Some(edges);
    }
    let mut before = f64::NEG_INFINITY;
    let kept = edges
        .into_iter()
        .filter(|edge| edge - std::mem::replace(&mut before, *edge) > NARROW);
    bounded(kept.collect())
}

/// A single edge is both ends of one bin.
fn bounded(mut edges: Vec<f64>) -> Option<Vec<f64>> {
    let first = *edges.first()?;
    if edges.len() == 1 {
        edges.push(first);
    }
    Some(edges)
}

/// The bins in words: `[0, 1.5]`, `(1.5, 3]`. Edges have six significant digits, or all if six do not tell them
/// apart.
pub(super) fn ranges(edges: &[f64]) -> Vec<String> {
    let rounded = |edge: &f64| format!("{edge:.5e}").parse::<f64>().unwrap_or(*edge);
    let mut shown: Vec<f64> = edges.iter().map(rounded).collect();
    if shown.windows(2).any(|pair| pair[0] == pair[1]) {
        shown = edges.to_vec();
    }
    let range = |(bin, pair): (usize, &[f64])| {
        let open = if bin == 0 { '[' } else { '(' };
        format!("{open}{}, {}]", pair[0], pair[1])
    };
    shown.windows(2).enumerate().map(range).collect()
}
