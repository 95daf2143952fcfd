//! About the logistic objective's second derivative, whose inverse makes the minimiser's steps fit the data.
//!
//! Of the second derivative only the blocks of each class with itself are kept, `Xᵀ diag(w p (1 − p)) X` and the
//! penalty, estimated from a sample of the rows.

use ndarray::{Array2, ArrayView2, Axis, linalg::general_mat_mul, s};
use rayon::prelude::*;

use super::{kernel::Loss, objective::Objective, sigmoid, softmax};
use crate::{model::FitError, models::linear::cholesky::Cholesky};

/// Features beyond which it is diagonal: a factor would cost more than it saves.
pub(super) const MOST_FACTORED: usize = 1000;
/// Numbers that the matrices of all classes may hold; beyond, one, their mean, serves all.
pub(super) const MOST_NUMBERS: usize = 4_000_000;
/// Rows it is estimated from, at least and per feature.
pub(super) const SAMPLE: (usize, usize) = (4096, 20);

/// One matrix per class, or one for all: the inverse of the curvature.
pub(super) struct Preconditioner {
    matrices: Vec<Inverse>,
    width: usize,
}

enum Inverse {
    Factor(Cholesky),
    Diagonal(Vec<f64>),
}

/// About the second derivative: one matrix per class, or one for all.
pub(super) struct Curvature {
    matrices: Vec<Matrix>,
}

/// A symmetric matrix.
pub(super) enum Matrix {
    Full(Array2<f64>),
    Diagonal(Vec<f64>),
}

impl Matrix {
    /// An element of the diagonal.
    pub(super) fn diagonal(&self, j: usize) -> f64 {
        match self {
            Self::Full(matrix) => matrix[[j, j]],
            Self::Diagonal(diagonal) => diagonal[j],
        }
    }

    /// Adds a row times its factor.
    pub(super) fn add_row(&self, j: usize, factor: f64, to: &mut [f64]) {
        match self {
            Self::Full(matrix) => {
                to.iter_mut()
                    .zip(matrix.row(j))
                    .for_each(|(to, value)| *to += factor * value);
            }
            Self::Diagonal(diagonal) => to[j] += factor * diagonal[j],
        }
    }
}

impl Preconditioner {
    /// Leaves gradients as they are.
    pub(super) fn none(width: usize) -> Self {
        Self {
            matrices: vec![Inverse::Diagonal(vec![1.0; width])],
            width,
        }
    }

    /// That of the second derivative at these parameters.
    pub(super) fn at(objective: &Objective, parameters: &[f64]) -> Result<Self, FitError> {
        let curvature = Curvature::at(objective, parameters)?;
        let inverse = |matrix: Matrix| -> Result<Inverse, FitError> {
            Ok(match matrix {
                Matrix::Diagonal(diagonal) => Inverse::Diagonal(diagonal),
                Matrix::Full(matrix) => {
                    let diagonal = matrix.diag().to_vec();
                    Cholesky::unless(matrix, || objective.ctx.go_on())?
                        .map_or(Inverse::Diagonal(diagonal), Inverse::Factor)
                }
            })
        };
        Ok(Self {
            matrices: curvature
                .matrices
                .into_par_iter()
                .map(inverse)
                .collect::<Result<_, FitError>>()?,
            width: objective.width(),
        })
    }

    /// Turns a gradient, class by class, into the inverse times it.
    pub(super) fn apply(&self, gradient: &mut [f64]) {
        for (i, gradient) in gradient.chunks_mut(self.width).enumerate() {
            match &self.matrices[i % self.matrices.len()] {
                Inverse::Factor(factor) => factor.solve(gradient),
                Inverse::Diagonal(diagonal) => {
                    gradient
                        .iter_mut()
                        .zip(diagonal)
                        .for_each(|(gradient, diagonal)| *gradient /= diagonal);
                }
            }
        }
    }
}

impl Curvature {
    /// That at these parameters.
    pub(super) fn at(objective: &Objective, parameters: &[f64]) -> Result<Self, FitError> {
        let (width, outputs) = (objective.width(), objective.outputs);
        let (blocks, scale) = sample(objective);
        let parameters = ArrayView2::from_shape((outputs, width), parameters).expect("one per place");
        let sampled: Vec<(Array2<f64>, Array2<f64>)> = blocks
            .into_par_iter()
            .map(|block| {
                objective.ctx.go_on()?;
                let x = extended(objective, block);
                let curvature = curvature(objective, block, x.view(), parameters) * scale;
                Ok((x, curvature))
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
                matrix(objective, sampled.iter().map(|(x, all)| (x, of(all))))
            })
            .collect::<Result<_, FitError>>()?;
        Ok(Self { matrices })
    }

    /// The matrix of a class.
    pub(super) fn of(&self, output: usize) -> &Matrix {
        &self.matrices[output % self.matrices.len()]
    }
}

/// Blocks to estimate from, and how much more all rows weigh than theirs.
fn sample(objective: &Objective) -> (Vec<usize>, f64) {
    let x = objective.x;
    let stride = (x.rows() / SAMPLE.0.max(SAMPLE.1 * x.features())).max(1);
    let blocks: Vec<usize> = (0..x.blocks()).step_by(stride).collect();
    let (sampled, all) = (objective.weight_of(stride), objective.weight_of(1));
    (blocks, if sampled > 0.0 { all / sampled } else { 1.0 })
}

/// A block's features × rows, and a row of ones for the intercept.
fn extended(objective: &Objective, block: usize) -> Array2<f64> {
    let x = objective.x.block(block);
    let (p, rows) = x.dim();
    let mut extended = Array2::from_elem((p + 1, rows), f64::from(u8::from(objective.fit_intercept)));
    extended.slice_mut(s![..p, ..]).assign(&x);
    extended
}

/// Rows × outputs: `w p (1 − p)`; of a squared hinge, `2 w` where the margin lacks something.
fn curvature(
    objective: &Objective,
    block: usize,
    extended: ArrayView2<f64>,
    parameters: ArrayView2<f64>,
) -> Array2<f64> {
    let start = objective.x.range(block).start;
    let mut curvature = Array2::zeros((extended.ncols(), objective.outputs));
    general_mat_mul(1.0, &extended.t(), &parameters.t(), 0.0, &mut curvature);
    for (i, mut row) in curvature.rows_mut().into_iter().enumerate() {
        let weight = objective.weights.map_or(1.0, |weights| weights[start + i]);
        if objective.loss == Loss::SquaredHinge {
            let sign = 1.0 - 2.0 * f64::from(objective.codes[start + i]);
            row[0] = if 1.0 + sign * row[0] > 0.0 {
                2.0 * weight
            } else {
                0.0
            };
            continue;
        }
        if objective.outputs == 1 {
            row[0] = sigmoid(row[0]);
        } else {
            softmax(row.as_slice_mut().unwrap_or_default());
        }
        row.mapv_inplace(|p| weight * p * (1.0 - p));
    }
    curvature
}

fn matrix<'x>(
    objective: &Objective,
    blocks: impl Iterator<Item = (&'x Array2<f64>, ndarray::Array1<f64>)>,
) -> Result<Matrix, FitError> {
    let width = objective.width();
    let full = width <= MOST_FACTORED + 1;
    let mut gram = Array2::<f64>::zeros(if full { (width, width) } else { (1, width) });
    for (x, curvature) in blocks {
        objective.ctx.go_on()?;
        let weighted = x * &curvature;
        if full {
            general_mat_mul(1.0, &weighted, &x.t(), 1.0, &mut gram);
        } else {
            gram.row_mut(0)
                .zip_mut_with(&(&weighted * x).sum_axis(Axis(1)), |sum, part| *sum += part);
        }
    }
    let diagonal = |value: f64, j: usize| {
        let value = value + objective.penalties.get(j).copied().unwrap_or(0.0);
        // A feature that says nothing has a gradient of zero, and any curvature will do.
        if value > 0.0 { value * (1.0 + 1e-8) } else { 1.0 }
    };
    if full {
        gram.diag_mut()
            .indexed_iter_mut()
            .for_each(|(j, value)| *value = diagonal(*value, j));
        return Ok(Matrix::Full(gram));
    }
    let all = gram.row(0).to_vec().into_iter().enumerate();
    Ok(Matrix::Diagonal(
        all.map(|(j, value)| diagonal(value, j)).collect(),
    ))
}
