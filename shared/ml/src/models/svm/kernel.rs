//! The kernel: how alike two points are.

use std::rc::Rc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The least number of kernel values worth a task of its own.
const TOGETHER: usize = 512;

/// `1 / (p · Var x)` for points of `p` features, row after row, each of some weight, and the variance of all their values
/// together, as `gamma="scale"` of scikit-learn; 1 where all values are the same.
pub(crate) fn scale(values: &[f64], features: usize, weight: impl Fn(usize) -> f64) -> f64 {
    let weighted = |term: &dyn Fn(f64) -> f64| -> f64 {
        let points = values.chunks_exact(features).enumerate();
        points
            .map(|(at, point)| weight(at) * point.iter().map(|value| term(*value)).sum::<f64>())
            .sum()
    };
    let count = weighted(&|_| 1.0);
    let mean = weighted(&|value| value) / count;
    let variance = weighted(&|value| (value - mean).powi(2)) / count;
    if variance == 0.0 {
        1.0
    } else {
        1.0 / (features as f64 * variance)
    }
}

/// How alike two points are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kernel {
    /// `a·b`.
    Linear,
    /// `(γ a·b + r)^d`.
    Poly { gamma: f64, coef0: f64, degree: i32 },
    /// `exp(−γ ‖a − b‖²)`.
    Rbf { gamma: f64 },
    /// `tanh(γ a·b + r)`.
    Sigmoid { gamma: f64, coef0: f64 },
}

impl Kernel {
    /// `K(a, b)` of points of the same number of features.
    pub(crate) fn value(self, a: &[f64], b: &[f64]) -> f64 {
        match self {
            Kernel::Linear => sum(a, b, |a, b| a * b),
            Kernel::Poly { gamma, coef0, degree } => (gamma * sum(a, b, |a, b| a * b) + coef0).powi(degree),
            Kernel::Rbf { gamma } => (-gamma * sum(a, b, |a, b| (a - b) * (a - b))).exp(),
            Kernel::Sigmoid { gamma, coef0 } => (gamma * sum(a, b, |a, b| a * b) + coef0).tanh(),
        }
    }
}

/// The sum of a term for each feature, in four sums side by side.
fn sum(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let (a, b) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a.0.iter().zip(b.0) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += term(*a, *b);
        }
    }
    let rest: f64 = a.1.iter().zip(b.1).map(|(a, b)| term(*a, *b)).sum();
    sums.iter().sum::<f64>() + rest
}

/// The kernel matrix of points, computed row by row when asked for.
pub(crate) struct Gram<'a> {
    points: Vec<&'a [f64]>,
    kernel: Kernel,
    diagonal: Vec<f64>,
}

impl<'a> Gram<'a> {
    /// Points of the same number of features.
    pub(crate) fn new(points: Vec<&'a [f64]>, kernel: Kernel) -> Self {
        let diagonal = points.iter().map(|point| kernel.value(point, point)).collect();
        Self {
            points,
            kernel,
            diagonal,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.points.len()
    }

    /// The kernel of each point with itself.
    pub(super) fn diagonal(&self) -> &[f64] {
        &self.diagonal
    }

    fn row(&self, of: usize) -> Rc<[f64]> {
        let of = self.points[of];
        let value = |other: &&[f64]| self.kernel.value(of, other);
        let row: Vec<f64> = self.points.par_iter().with_min_len(TOGETHER).map(value).collect();
        row.into()
    }
}

/// Rows of the kernel matrix, those used last kept in memory.
pub(super) struct Rows<'a> {
    gram: &'a Gram<'a>,
    /// Each row that is kept, and when it was used.
    kept: Vec<Option<(u64, Rc<[f64]>)>>,
    room: usize,
    clock: u64,
}

impl<'a> Rows<'a> {
    /// Keeps as many rows as fit into so many bytes, and two at least.
    pub(super) fn new(gram: &'a Gram<'a>, bytes: usize) -> Self {
        let count = gram.count();
        Self {
            gram,
            kept: vec![None; count],
            room: (bytes / size_of::<f64>() / count.max(1)).max(2),
            clock: 0,
        }
    }

    /// The kernel of one point with every point.
    pub(super) fn get(&mut self, of: usize) -> Rc<[f64]> {
        self.clock += 1;
        if let Some((used, row)) = &mut self.kept[of] {
            *used = self.clock;
            return row.clone();
        }
        if self.room == 0 {
            let used = |at: &usize| self.kept[*at].as_ref().map(|(used, _)| *used);
            let oldest = (0..self.kept.len())
                .filter(|at| used(at).is_some())
                .min_by_key(used);
            if let Some(oldest) = oldest {
                self.kept[oldest] = None;
                self.room += 1;
            }
        }
        let row = self.gram.row(of);
        self.kept[of] = Some((self.clock, row.clone()));
        self.room -= 1;
        row
    }
}
