//! The kernel: how alike two points are.

use std::rc::Rc;

use rayon::prelude::*;

/// The least number of kernel values worth a task of its own.
const TOGETHER: usize = 512;

/// `1 / (p · Var x)` for points of `p` features and the variance of all their values together, as
/// `gamma="scale"` of scikit-learn; 1 where all values are the same.
pub(crate) fn scale(values: &[f64], features: usize) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    if variance == 0.0 {
        1.0
    } else {
        1.0 / (features as f64 * variance)
    }
}

/// Points under `K(a, b) = exp(−γ ‖a − b‖²)`.
pub(crate) struct Rbf<'a> {
    points: Vec<&'a [f64]>,
    gamma: f64,
}

impl<'a> Rbf<'a> {
    /// Points of the same number of features, and `γ`, which is positive and finite.
    pub(crate) fn new(points: Vec<&'a [f64]>, gamma: f64) -> Self {
        Self { points, gamma }
    }

    pub(super) fn count(&self) -> usize {
        self.points.len()
    }

    fn row(&self, of: usize) -> Rc<[f64]> {
        let of = self.points[of];
        let value = |other: &&[f64]| {
            let squares = of.iter().zip(*other).map(|(a, b)| (a - b) * (a - b));
            (-self.gamma * squares.sum::<f64>()).exp()
        };
        let row: Vec<f64> = self.points.par_iter().with_min_len(TOGETHER).map(value).collect();
        row.into()
    }
}

/// Rows of the kernel matrix, those used last kept in memory.
pub(super) struct Rows<'a> {
    kernel: &'a Rbf<'a>,
    /// Each row that is kept, and when it was used.
    kept: Vec<Option<(u64, Rc<[f64]>)>>,
    room: usize,
    clock: u64,
}

impl<'a> Rows<'a> {
    /// Keeps as many rows as fit into so many bytes, and two at least.
    pub(super) fn new(kernel: &'a Rbf<'a>, bytes: usize) -> Self {
        let count = kernel.count();
        Self {
            kernel,
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
        let row = self.kernel.row(of);
        self.kept[of] = Some((self.clock, row.clone()));
        self.room -= 1;
        row
    }
}
