//! Coordinate descent: the solution of least squares with a penalty on magnitudes, which sets coefficients to
//! exactly zero. Lasso and the elastic net share it.
//!
//! One coefficient at a time is brought to its best value, all others held (Friedman, Hastie and Tibshirani,
//! "Regularization Paths for Generalized Linear Models via Coordinate Descent", 2010). With no more features than
//! rows the sweeps go over their Gram matrix; else the residuals are kept. It ends when the duality gap
//! is below `tol ‖y‖²`, as scikit-learn's does.

mod gap;

use domain::catalog::{ParamSpec, boolean, integer, number};
use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1, s};
use serde::Deserialize;

use self::gap::Gap;
use crate::{
    instructions::Instructions,
    model::{FitContext, FitError, TrainingSet},
    models::linear::{centred::Centred, lanes::dot, plane::Plane, require_fitted},
    observer::Step,
};

/// Coordinates between two questions whether to stop, times the numbers each of them touches.
const WORK: usize = 20_000_000;

/// The hyperparameters, what is solved and how closely: `1/(2n) ‖y − Xβ − b‖² + alpha (l1_ratio ‖β‖₁ + ½ (1 − l1_ratio) ‖β‖²)`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The penalty's weight.
    pub alpha: f64,
    /// The share of the penalty that falls on magnitudes; all of it if absent.
    #[serde(default = "all")]
    pub l1_ratio: f64,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// Sweeps over all coefficients at most.
    pub max_iter: usize,
    /// The duality gap that is small enough.
    pub tol: f64,
}

fn all() -> f64 {
    1.0
}

/// The specs of the hyperparameters but `l1_ratio`.
pub(crate) fn parameters() -> Vec<ParamSpec> {
    vec![
        number(
            "alpha",
            1.0,
            0.0,
            f64::MAX,
            "Weight of the penalty against the mean of squared errors.",
        ),
        boolean("fit_intercept", true, "Whether an intercept is fitted."),
        integer(
            "max_iter",
            1000,
            1,
            1_000_000,
            "Sweeps over all coefficients at most; a warning tells when they did not suffice.",
        ),
        number(
            "tol",
            1e-4,
            1e-10,
            1.0,
            "The duality gap that is small enough, as a share of the target's squares.",
        ),
    ]
}

/// The penalties against sums over rows instead of means.
#[derive(Debug, Clone, Copy)]
struct Penalties {
    l1: f64,
    l2: f64,
}

/// Solves on these rows; `name` is the model's in a warning.
pub(crate) fn fit(
    name: &str,
    params: &Params,
    set: &TrainingSet,
    ctx: &FitContext,
) -> Result<Plane, FitError> {
    fit_by(name, params, set, Instructions::widest(), ctx)
}

/// As `fit`, by these instructions.
pub(crate) fn fit_by(
    name: &str,
    params: &Params,
    set: &TrainingSet,
    instructions: Instructions,
    ctx: &FitContext,
) -> Result<Plane, FitError> {
    set.values()?;
    set.require_rows()?;
    ctx.on_threads(|| {
        let (n, p) = set.x.dim();
        let (rows, mut problem) = if p <= n {
            let (rows, gram) = Centred::with_gram(set, params.fit_intercept, instructions, ctx)?;
            (rows, Problem::by_gram(gram))
        } else {
            let rows = Centred::of(set, params.fit_intercept, ctx)?;
            let problem = Problem::by_residuals(&rows, ctx)?;
            (rows, problem)
        };
        let total = rows.total_weight();
        let penalties = Penalties {
            l1: params.alpha * params.l1_ratio * total,
            l2: params.alpha * (1.0 - params.l1_ratio) * total,
        };
        require_fitted(problem.squares.iter().chain([&problem.y_squares]))?;
        let left = descend(&mut problem, penalties, params, ctx)?;
        if left > params.tol {
            let message = format!(
                "{name} did not converge in {} iterations: the duality gap is {left:.1e} of the target's squares, more than tol {:.1e}; raise max_iter or alpha",
                params.max_iter, params.tol,
            );
            ctx.observer.warning(None, &message);
        }
        Plane::through(&rows, problem.coefficients)
    })
}

/// Coefficients and what is kept beside them.
struct Problem {
    coefficients: Vec<f64>,
    /// Each column's squared length.
    squares: Vec<f64>,
    y_squares: f64,
    kept: Kept,
}

enum Kept {
    /// `XᵀX`, `Xᵀy` and `XᵀXβ`.
    Gram {
        gram: Array2<f64>,
        with_y: Vec<f64>,
        fitted: Array1<f64>,
    },
    /// The columns, `y` and `y − Xβ`.
    Residuals {
        x: Array2<f64>,
        y: Vec<f64>,
        left: Vec<f64>,
    },
}

impl Problem {
    /// Of the Gram matrix of features and target.
    fn by_gram(all: Array2<f64>) -> Self {
        let p = all.nrows() - 1;
        let gram = all.slice(s![..p, ..p]).to_owned();
        Self {
            coefficients: vec![0.0; p],
            squares: gram.diag().to_vec(),
            y_squares: all[[p, p]],
            kept: Kept::Gram {
                with_y: all.slice(s![..p, p]).to_vec(),
                fitted: Array1::zeros(p),
                gram,
            },
        }
    }

    /// Of the rows themselves.
    fn by_residuals(rows: &Centred, ctx: &FitContext) -> Result<Self, FitError> {
        rows.require_finite(ctx)?;
        let (_, p) = rows.dim();
        let x = rows.columns(0..p, ctx)?;
        let y = rows.columns(p..p + 1, ctx)?.into_raw_vec_and_offset().0;
        let squares = x.columns().into_iter().map(|column| {
            ctx.go_on()?;
            Ok(column.dot(&column))
        });
        Ok(Self {
            coefficients: vec![0.0; p],
            squares: squares.collect::<Result<_, FitError>>()?,
            y_squares: dot(&y, &y),
            kept: Kept::Residuals {
                x,
                left: y.clone(),
                y,
            },
        })
    }

    /// `xⱼ · (y − Xβ)`.
    fn correlation(&self, j: usize) -> f64 {
        match &self.kept {
            Kept::Gram { with_y, fitted, .. } => with_y[j] - fitted[j],
            Kept::Residuals { x, left, .. } => x.column(j).dot(&ArrayView1::from(left)),
        }
    }

    /// Moves a coefficient.
    fn set(&mut self, j: usize, value: f64) {
        let change = value - self.coefficients[j];
        self.coefficients[j] = value;
        match &mut self.kept {
            Kept::Gram { gram, fitted, .. } => fitted.scaled_add(change, &gram.row(j)),
            Kept::Residuals { x, left, .. } => ArrayViewMut1::from(left).scaled_add(-change, &x.column(j)),
        }
    }

    /// What the duality gap is computed from.
    fn gap(&self, penalties: Penalties, ctx: &FitContext) -> Result<f64, FitError> {
        let beta = ArrayView1::from(&self.coefficients);
        let (left_squares, y_left) = match &self.kept {
            Kept::Gram { with_y, fitted, .. } => {
                let with_y = beta.dot(&ArrayView1::from(with_y));
                let squares = self.y_squares + beta.dot(fitted) - 2.0 * with_y;
                (squares.max(0.0), self.y_squares - with_y)
            }
            Kept::Residuals { y, left, .. } => (dot(left, left), dot(y, left)),
        };
        let mut steepest = 0.0f64;
        for j in 0..beta.len() {
            if j % self.between() == 0 {
                ctx.go_on()?;
            }
            steepest = steepest.max((self.correlation(j) - penalties.l2 * beta[j]).abs());
        }
        let gap = Gap {
            left_squares,
            y_left,
            steepest,
            magnitudes: beta.iter().map(|beta| beta.abs()).sum(),
            squares: beta.dot(&beta),
        };
        Ok(gap.value(penalties))
    }

    /// Coordinates between two questions whether to stop.
    fn between(&self) -> usize {
        let touched = match &self.kept {
            Kept::Gram { .. } => self.coefficients.len(),
            Kept::Residuals { left, .. } => left.len(),
        };
        (WORK / touched.max(1)).max(1)
    }
}

/// Descends until the gap is small enough and returns it as a share of the target's squares.
fn descend(
    problem: &mut Problem,
    penalties: Penalties,
    params: &Params,
    ctx: &FitContext,
) -> Result<f64, FitError> {
    let p = problem.coefficients.len();
    let between = problem.between();
    let mut share = f64::INFINITY;
    for iteration in 1..=params.max_iter {
        let (mut largest, mut change) = (0.0f64, 0.0f64);
        for j in 0..p {
            if j % between == 0 {
                ctx.go_on()?;
            }
            if problem.squares[j] == 0.0 {
                continue;
            }
            let before = problem.coefficients[j];
            let pull = problem.correlation(j) + before * problem.squares[j];
            let shrunk = (pull.abs() - penalties.l1).max(0.0).copysign(pull);
            let value = shrunk / (problem.squares[j] + penalties.l2);
            if value != before {
                problem.set(j, value);
            }
            largest = largest.max(value.abs());
            change = change.max((value - before).abs());
        }
        ctx.observer.step(Step {
            completed: iteration as u64,
            total: params.max_iter as u64,
            unit: "iterations",
        });
        // The gap costs a sweep, so it is asked for when coefficients have settled.
        if largest == 0.0 || change <= params.tol * largest || iteration == params.max_iter {
            let gap = problem.gap(penalties, ctx)?;
            share = if gap <= 0.0 { 0.0 } else { gap / problem.y_squares };
            if share <= params.tol {
                break;
            }
        }
    }
    Ok(share)
}
