//! The search for the half of the rows whose covariance has the least determinant: many starts from a few random
//! rows, each improved by taking the half that is closest by the last estimate.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::inverse;
use crate::{Error, error::Result, node::Context, random::Stream};

/// Starts.
const STARTS: usize = 200;
/// Steps after which the starts are compared.
const FIRST_STEPS: usize = 2;
/// Starts that are followed further, and of those on all rows, where not all took part before.
const BEST: [usize; 2] = [10, 3];
/// Steps at most.
const MOST_STEPS: usize = 100;
/// Rows that take part until the best starts are known.
const FEW: usize = 1500;

/// A centre and the inverse of a covariance.
#[derive(Debug, Clone)]
pub(super) struct Estimate {
    pub(super) centre: Array1<f64>,
    pub(super) precision: Array2<f64>,
    ln_determinant: f64,
}

impl Estimate {
    /// The estimate by these rows; none if their covariance is singular.
    pub(super) fn of(rows: ArrayView2<f64>) -> Option<Self> {
        let centre = rows.mean_axis(Axis(0))?;
        let away = &rows - &centre;
        let (precision, ln_determinant) = inverse(away.t().dot(&away) / rows.nrows() as f64)?;
        Some(Self {
            centre,
            precision,
            ln_determinant,
        })
    }

    /// Each row's squared distance from the centre.
    pub(super) fn distances(&self, rows: ArrayView2<f64>) -> Vec<f64> {
        let away = &rows - &self.centre;
        let turned = away.dot(&self.precision);
        (&turned * &away).sum_axis(Axis(1)).to_vec()
    }

    /// The estimate by the half of the rows that is closest by this one.
    fn step(&self, rows: ArrayView2<f64>) -> Option<Self> {
        let closest = closest(&self.distances(rows), half(rows.nrows(), rows.ncols()));
        Self::of(rows.select(Axis(0), &closest).view())
    }

    /// The estimate after steps until the determinant falls no more.
    fn settle(mut self, rows: ArrayView2<f64>, steps: usize) -> Option<Self> {
        for _ in 0..steps {
            let next = self.step(rows)?;
            let settled = next.ln_determinant >= self.ln_determinant;
            if settled {
                break;
            }
            self = next;
        }
        Some(self)
    }
}

/// How many of `n` rows of `p` numbers are a half: as few as outvote any outliers.
pub(super) fn half(n: usize, p: usize) -> usize {
    (n + p + 1).div_ceil(2).min(n)
}

/// The places of the `count` least distances, ascending.
fn closest(distances: &[f64], count: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..distances.len()).collect();
    if count < places.len() {
        places.select_nth_unstable_by(count, |a, b| {
            distances[*a].total_cmp(&distances[*b]).then(a.cmp(b))
        });
        places.truncate(count);
        places.sort_unstable();
    }
    places
}

/// The estimate by the half with the least determinant that was found; none if half of the rows or more lie on
/// a plane.
///
/// # Errors
/// Cancellation.
pub(super) fn tightest_half(
    rows: ArrayView2<f64>,
    stream: &mut Stream,
    ctx: &Context<'_>,
) -> Result<Option<Estimate>> {
    if rows.ncols() == 1 {
        return Ok(shortest_half(rows));
    }
    let n = rows.nrows();
    let mut places: Vec<usize> = (0..n).collect();
    stream.shuffle(&mut places);
    places.truncate(FEW);
    let few = rows.select(Axis(0), &places);
    let mut found = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let start = start(few.view(), stream);
        found.extend(improved(start, few.view(), FIRST_STEPS, ctx)?);
    }
    let mut best = Vec::with_capacity(BEST[0]);
    for estimate in tightest(found, BEST[0]) {
        best.extend(improved(Some(estimate), few.view(), MOST_STEPS, ctx)?);
    }
    if few.nrows() < n {
        let mut on_all = Vec::with_capacity(BEST[1]);
        for estimate in tightest(best, BEST[1]) {
            // The first step leaves the estimate of the few, whose determinant is not one of all.
            let estimate = estimate.step(rows);
            on_all.extend(improved(estimate, rows, MOST_STEPS, ctx)?);
        }
        best = on_all;
    }
    Ok(tightest(best, 1).pop())
}

fn improved(
    start: Option<Estimate>,
    rows: ArrayView2<f64>,
    steps: usize,
    ctx: &Context<'_>,
) -> Result<Option<Estimate>> {
    if ctx.observer.cancelled() {
        return Err(Error::Cancelled);
    }
    Ok(start.and_then(|start| start.settle(rows, steps)))
}

/// The estimate by the half closest to one by as few random rows as have a covariance.
fn start(rows: ArrayView2<f64>, stream: &mut Stream) -> Option<Estimate> {
    let (n, p) = rows.dim();
    let mut places: Vec<usize> = (0..n).collect();
    stream.shuffle(&mut places);
    let sizes = std::iter::successors(Some(p + 1), |size| Some(size * 2)).take_while(|size| *size < 2 * n);
    sizes
        .map(|size| rows.select(Axis(0), &places[..size.min(n)]))
        .find_map(|chosen| Estimate::of(chosen.view()))
        .and_then(|estimate| estimate.step(rows))
}

/// The `count` estimates with the least determinants, the first found of equals first.
fn tightest(mut estimates: Vec<Estimate>, count: usize) -> Vec<Estimate> {
    estimates.sort_by(|a, b| a.ln_determinant.total_cmp(&b.ln_determinant));
    estimates.truncate(count);
    estimates
}

/// The estimate by the rows closest to the middle of the shortest stretch that holds a half of them (Rousseeuw
/// and Leroy, "Robust Regression and Outlier Detection", 1987, chapter 4), the mean of the middles if several are
/// as short.
fn shortest_half(rows: ArrayView2<f64>) -> Option<Estimate> {
    let count = half(rows.nrows(), 1);
    let mut sorted = rows.column(0).to_vec();
    sorted.sort_by(f64::total_cmp);
    let ends: Vec<(f64, f64)> = sorted
        .iter()
        .copied()
        .zip(sorted[count..].iter().copied())
        .collect();
    let shortest = ends.iter().map(|(low, high)| high - low).reduce(f64::min);
    let middles: Vec<f64> = ends
        .iter()
        .filter(|(low, high)| Some(high - low) == shortest)
        .map(|(low, high)| 0.5 * (low + high))
        .collect();
    let middle =
        crate::nodes::statistics::mean(&middles).or_else(|| crate::nodes::statistics::mean(&sorted))?;
    let away: Vec<f64> = rows
        .column(0)
        .iter()
        .map(|value| (value - middle).abs())
        .collect();
    let near = rows.select(Axis(0), &closest(&away, count));
    let deviation = Estimate::of(near.view())?;
    Some(Estimate {
        centre: Array1::from_elem(1, middle),
        ..deviation
    })
}
