//! About the logistic objective's second derivative, whose inverse makes the minimiser's steps fit the data.
//!
//! Of the second derivative only the blocks of each class with itself are kept, `Xᵀ diag(w p (1 − p)) X` and the
//! penalty, estimated from a sample of the rows.

use ndarray::Array2;
use rayon::prelude::*;

use super::{kernel::Loss, objective::Objective, sigmoid, softmax};
use crate::{
    model::FitError,
    models::linear::{
        cholesky::Cholesky,
        lanes::{BLOCK, Rows},
        products::{add_combinations, add_gram, symmetric},
        rows::sum_over_rows,
    },
};

/// Features beyond which it is diagonal: a factor would cost more than it saves.
pub(super) const MOST_FACTORED: usize = 1000;
/// Numbers that the matrices of all classes may hold; beyond, one, their mean, serves all.
pub(super) const MOST_NUMBERS: usize = 4_000_000;
/// Rows it is estimated from, at least and per feature.
const SAMPLE: (usize, usize) = (2048, 20);

/// Rows that tell enough of so many features.
pub(super) fn enough(features: usize) -> usize {
    SAMPLE.0.max(SAMPLE.1 * features)
}

/// Evaluations of the objective that a matrix may cost: with an old one the search goes on for longer, and takes itself
/// for closer to the minimum than it is.
const WORTH: f64 = 32.0;

/// Whether the matrix from `sampled` rows is cheap beside evaluations of the objective on `rows`: these read two numbers
/// per row and parameter, the matrix half of all pairs of parameters per row.
pub(super) fn is_cheap(sampled: f64, width: f64, rows: f64) -> bool {
    sampled.min(rows) * width <= WORTH * 4.0 * rows
}

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
                    Cholesky::unless(matrix, objective.instructions, || objective.ctx.go_on())?
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

    /// Turns a gradient, class by class, into the inverse times it. The same added to every class's scores changes no
    /// probability, and at the minimum the parameters of all classes add up to 0: so do steps, or the search would stray
    /// along directions of hardly any curvature.
    pub(super) fn apply(&self, gradient: &mut [f64]) {
        add_up_to_zero(gradient, self.width);
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
        add_up_to_zero(gradient, self.width);
    }
}

/// Subtracts from each class's numbers, `width` for each, the mean of all classes'; of one class alone, nothing.
fn add_up_to_zero(numbers: &mut [f64], width: usize) {
    let classes = numbers.len() / width;
    if classes == 1 {
        return;
    }
    let mut means = vec![0.0; width];
    for numbers in numbers.chunks(width) {
        let sums = means.iter_mut().zip(numbers);
        sums.for_each(|(sum, number)| *sum += number / classes as f64);
    }
    for numbers in numbers.chunks_mut(width) {
        let all = numbers.iter_mut().zip(&means);
        all.for_each(|(number, mean)| *number -= mean);
    }
}

impl Curvature {
    /// That at these parameters.
    pub(super) fn at(objective: &Objective, parameters: &[f64]) -> Result<Self, FitError> {
        let (width, outputs) = (objective.width(), objective.outputs);
        let (blocks, scale) = sample(objective);
        // While all classes are alike, so are their matrices.
        let shared = outputs * width * width > MOST_NUMBERS || parameters.iter().all(|value| *value == 0.0);
        let (count, share) = if shared {
            (1, 1.0 / outputs as f64)
        } else {
            (outputs, 1.0)
        };
        let full = width <= MOST_FACTORED + 1;
        let size = if full { width * width } else { width };
        let sums = sum_over_rows(blocks.len() * BLOCK, count * size, |range, sums| {
            let mut scaled: Vec<Rows> = vec![[0.0; BLOCK]; width];
            for &block in &blocks[range.start.div_ceil(BLOCK)..range.end.div_ceil(BLOCK)] {
                objective.ctx.go_on()?;
                let x = extended(objective, block);
                let curvature = curvature(objective, block, &x, parameters);
                for (output, sums) in sums.chunks_exact_mut(size).enumerate() {
                    let of_row = |row: usize| match shared {
                        true => curvature.iter().map(|output| output[row]).sum::<f64>() * share,
                        false => curvature[output][row],
                    };
                    let roots: Rows = std::array::from_fn(|row| of_row(row).sqrt());
                    for (scaled, x) in scaled.iter_mut().zip(&x) {
                        let values = scaled.iter_mut().zip(x).zip(&roots);
                        values.for_each(|((scaled, x), root)| *scaled = x * root);
                    }
                    if full {
                        let scaled: Vec<&[f64]> = scaled.iter().map(|column| &column[..]).collect();
                        add_gram(objective.instructions, &scaled, sums, || objective.ctx.go_on())?;
                    } else {
                        let squares = |column: &Rows| column.iter().map(|value| value * value).sum::<f64>();
                        let columns = sums.iter_mut().zip(&scaled);
                        columns.for_each(|(sum, column)| *sum += squares(column));
                    }
                }
            }
            Ok(())
        })?;
        let matrices = sums
            .chunks_exact(size)
            .map(|sums| matrix(objective, sums, scale, full));
        Ok(Self {
            matrices: matrices.collect::<Result<_, _>>()?,
        })
    }

    /// The matrix of a class.
    pub(super) fn of(&self, output: usize) -> &Matrix {
        &self.matrices[output % self.matrices.len()]
    }
}

/// Blocks to estimate from, and how much more all rows weigh than theirs.
fn sample(objective: &Objective) -> (Vec<usize>, f64) {
    let x = objective.x;
    let stride = (x.rows() / enough(x.features())).max(1);
    let blocks: Vec<usize> = (0..x.blocks()).step_by(stride).collect();
    let (sampled, all) = (objective.weight_of(stride), objective.weight_of(1));
    (blocks, if sampled > 0.0 { all / sampled } else { 1.0 })
}

/// A block's standardised features, and a column of ones for the intercept; zeros beyond the last row.
fn extended(objective: &Objective, block: usize) -> Vec<Rows> {
    let (p, rows) = (objective.x.features(), objective.x.range(block).len());
    let mut extended = vec![[0.0; BLOCK]; p + 1];
    objective.x.fill(block, &mut extended[..p]);
    extended[p][..rows].fill(f64::from(u8::from(objective.fit_intercept)));
    extended
}

/// For each output, each row's `w p (1 − p)`; of a squared hinge, `2 w` where the margin lacks something.
fn curvature(objective: &Objective, block: usize, extended: &[Rows], parameters: &[f64]) -> Vec<Rows> {
    let mut curvature = vec![[0.0; BLOCK]; objective.outputs];
    let columns: Vec<&Rows> = extended.iter().collect();
    add_combinations(
        objective.instructions,
        &mut curvature,
        &columns,
        parameters,
        objective.width(),
    );
    let rows = objective.x.range(block);
    curvature
        .iter_mut()
        .for_each(|output| output[rows.len()..].fill(0.0));
    let mut row = vec![0.0; objective.outputs];
    for (place, i) in rows.enumerate() {
        let weight = objective.weights.map_or(1.0, |weights| weights[i]);
        row.iter_mut()
            .zip(&curvature)
            .for_each(|(score, output)| *score = output[place]);
        match (objective.loss, row.as_mut_slice()) {
            (Loss::SquaredHinge, scores) => {
                let sign = 1.0 - 2.0 * f64::from(objective.codes[i]);
                let lacks = |score: f64| if 1.0 + sign * score > 0.0 { 2.0 } else { 0.0 };
                scores.iter_mut().for_each(|score| *score = lacks(*score));
            }
            (Loss::Logistic, [score]) => *score = slope(sigmoid(*score)),
            (Loss::Logistic, scores) => {
                softmax(scores);
                scores.iter_mut().for_each(|score| *score = slope(*score));
            }
        }
        curvature
            .iter_mut()
            .zip(&row)
            .for_each(|(output, value)| output[place] = weight * value);
    }
    curvature
}

/// How much a probability grows with its score.
fn slope(probability: f64) -> f64 {
    probability * (1.0 - probability)
}

/// The matrix of these sums over the sample, and of the penalty.
fn matrix(objective: &Objective, sums: &[f64], scale: f64, full: bool) -> Result<Matrix, FitError> {
    let diagonal = |sum: f64, j: usize| {
        let value = sum * scale + objective.penalties.get(j).copied().unwrap_or(0.0);
        // A feature that says nothing has a gradient of zero, and any curvature will do.
        if value > 0.0 { value * (1.0 + 1e-8) } else { 1.0 }
    };
    if !full {
        let all = sums.iter().enumerate();
        return Ok(Matrix::Diagonal(all.map(|(j, sum)| diagonal(*sum, j)).collect()));
    }
    let width = objective.width();
    let sums_scaled = sums.iter().map(|sum| sum * scale).collect();
    let mut matrix = symmetric(sums_scaled, width, || objective.ctx.go_on())?;
    for j in 0..width {
        matrix[[j, j]] = diagonal(sums[j * width + j], j);
    }
    Ok(Matrix::Full(matrix))
}
