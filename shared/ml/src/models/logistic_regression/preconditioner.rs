//! About the inverse of the logistic objective's second derivative: what makes the minimiser's steps fit the data.
//!
//! Of the second derivative only the blocks of each class with itself are kept, `Xᵀ diag(w p (1 − p)) X` and the
//! penalty, estimated from a sample of the rows.

use ndarray::{Array2, ArrayView2, Axis, linalg::general_mat_mul, s};
use rayon::prelude::*;

use super::{objective::Objective, sigmoid, softmax};
use crate::{model::FitError, models::linear::cholesky::Cholesky};

/// Features beyond which it is diagonal: a factor would cost more than it saves.
const MOST_FACTORED: usize = 1000;
/// Numbers that the factors of all classes may hold; beyond, one factor of their mean serves all.
const MOST_NUMBERS: usize = 4_000_000;
/// Rows it is estimated from, at least and per feature.
const SAMPLE: (usize, usize) = (4096, 20);

/// One matrix per class, or one for all.
pub(super) struct Preconditioner {
    matrices: Vec<Matrix>,
    width: usize,
}

enum Matrix {
    Factor(Cholesky),
    Diagonal(Vec<f64>),
}

impl Preconditioner {
    /// Leaves gradients as they are.
    pub(super) fn none(width: usize) -> Self {
        Self {
            matrices: vec![Matrix::Diagonal(vec![1.0; width])],
            width,
        }
    }

    /// That of the second derivative at these parameters.
    pub(super) fn at(objective: &Objective, parameters: &[f64]) -> Result<Self, FitError> {
        let (width, outputs) = (objective.width(), objective.outputs);
        let (blocks, scale) = sample(objective);
        let parameters = ArrayView2::from_shape((outputs, width), parameters).expect("one per place");
        let curvatures: Vec<Array2<f64>> = blocks
            .iter()
            .map(|block| {
                objective.ctx.go_on()?;
                Ok(curvature(objective, *block, parameters) * scale)
            })
            .collect::<Result<_, FitError>>()?;
        // While all classes are alike, so are their matrices.
        let shared = outputs * width * width > MOST_NUMBERS || parameters.iter().all(|value| *value == 0.0);
        let matrices = if shared { 1 } else { outputs };
        let matrices = (0..matrices)
            .into_par_iter()
            .map(|output| {
                let of = |curvature: &Array2<f64>| match shared {
                    true => curvature.mean_axis(Axis(1)).unwrap_or_default(),
                    false => curvature.column(output).to_owned(),
                };
                matrix(objective, blocks.iter().copied().zip(curvatures.iter().map(of)))
            })
            .collect::<Result<_, FitError>>()?;
        Ok(Self { matrices, width })
    }

    /// Turns a gradient, class by class, into the inverse times it.
    pub(super) fn apply(&self, gradient: &mut [f64]) {
        for (i, gradient) in gradient.chunks_mut(self.width).enumerate() {
            match &self.matrices[i % self.matrices.len()] {
                Matrix::Factor(factor) => factor.solve(gradient),
                Matrix::Diagonal(diagonal) => {
                    gradient
                        .iter_mut()
                        .zip(diagonal)
                        .for_each(|(gradient, diagonal)| *gradient /= diagonal);
                }
            }
        }
    }
}

/// Blocks to estimate from, and how much more all rows weigh than theirs.
fn sample(objective: &Objective) -> (Vec<usize>, f64) {
    let x = objective.x;
    let stride = (x.rows() / SAMPLE.0.max(SAMPLE.1 * x.features())).max(1);
    let blocks: Vec<usize> = (0..x.blocks()).step_by(stride).collect();
    let weight = |block: usize| {
        let (start, values) = x.block(block);
        (start..start + values.ncols())
            .map(|row| objective.weight(row))
            .sum::<f64>()
    };
    let sampled: f64 = blocks.iter().map(|block| weight(*block)).sum();
    let all: f64 = (0..x.blocks()).map(weight).sum();
    (blocks, if sampled > 0.0 { all / sampled } else { 1.0 })
}

/// Rows × outputs: `w p (1 − p)`.
fn curvature(objective: &Objective, block: usize, parameters: ArrayView2<f64>) -> Array2<f64> {
    let (start, x) = objective.x.block(block);
    let mut curvature = objective.scores(x, parameters);
    for (i, mut row) in curvature.rows_mut().into_iter().enumerate() {
        if objective.outputs == 1 {
            row[0] = sigmoid(row[0]);
        } else {
            softmax(row.as_slice_mut().unwrap_or_default());
        }
        let weight = objective.weight(start + i);
        row.mapv_inplace(|p| weight * p * (1.0 - p));
    }
    curvature
}

fn matrix(
    objective: &Objective,
    blocks: impl Iterator<Item = (usize, ndarray::Array1<f64>)>,
) -> Result<Matrix, FitError> {
    let (p, width) = (objective.x.features(), objective.width());
    let factored = p <= MOST_FACTORED;
    let mut gram = Array2::<f64>::zeros(if factored { (width, width) } else { (1, width) });
    for (block, curvature) in blocks {
        objective.ctx.go_on()?;
        let (_, x) = objective.x.block(block);
        let mut plain = Array2::from_elem((width, x.ncols()), f64::from(u8::from(objective.fit_intercept)));
        plain.slice_mut(s![..p, ..]).assign(&x);
        let weighted = &plain * &curvature;
        if factored {
            general_mat_mul(1.0, &weighted, &plain.t(), 1.0, &mut gram);
        } else {
            gram.row_mut(0)
                .zip_mut_with(&(&weighted * &plain).sum_axis(Axis(1)), |sum, part| *sum += part);
        }
    }
    let diagonal = |value: f64, j: usize| {
        let value = value + objective.penalties.get(j).copied().unwrap_or(0.0);
        // A feature that says nothing has a gradient of zero, and any curvature will do.
        if value > 0.0 { value * (1.0 + 1e-8) } else { 1.0 }
    };
    if factored {
        gram.diag_mut()
            .indexed_iter_mut()
            .for_each(|(j, value)| *value = diagonal(*value, j));
        let diagonal = gram.diag().to_vec();
        return Ok(Cholesky::of(gram).map_or(Matrix::Diagonal(diagonal), Matrix::Factor));
    }
    Ok(Matrix::Diagonal(
        gram.row(0)
            .indexed_iter()
            .map(|(j, value)| diagonal(*value, j))
            .collect(),
    ))
}
