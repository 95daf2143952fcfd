//! Proximal Newton steps: the minimum of a smooth function plus penalties on magnitudes, which set coefficients to
//! exactly zero.
//!
//! Each step replaces the smooth part by its gradient and about its second derivative, minimises that plus the
//! penalties by coordinate descent, and walks towards the minimum as far as the value sinks (Lee, Sun and
//! Saunders, "Proximal Newton-Type Methods for Minimizing Composite Functions", 2014; Yuan, Ho and Lin, "An
//! Improved GLMNET for L1-Regularized Logistic Regression", 2012).

use super::{
    objective::Objective,
    preconditioner::{Curvature, Matrix},
};
use crate::{
    model::FitError,
    models::linear::lbfgs::{Closeness, Minimum, Problem},
};

/// Sweeps over a class's coefficients at most, in one step.
const SWEEPS: usize = 200;
/// A change below this share of the step's largest ends the sweeps.
const SETTLED: f64 = 1e-3;
/// The decrease asked for, as a share of what the step promises.
const DECREASE: f64 = 1e-4;
/// Halvings of a step at most.
const HALVINGS: usize = 40;

struct Point {
    x: Vec<f64>,
    gradient: Vec<f64>,
    value: f64,
}

/// Minimises the objective plus `Σ penalties[j] |coefficient j|` of every class from `start` on.
pub(super) fn minimize(
    objective: &mut Objective,
    penalties: &[f64],
    start: Vec<f64>,
    close: Closeness,
    max_iterations: usize,
) -> Result<Minimum, FitError> {
    let mut point = evaluate(objective, penalties, start)?;
    let mut iterations = 0;
    let mut curvature = Curvature::at(objective, &point.x)?;
    while iterations < max_iterations {
        let steepest = steepest(&point, penalties);
        let (step, promised) = step(objective, &curvature, penalties, &point)?;
        let rounding = f64::EPSILON * point.value.abs();
        if (steepest <= close.gradient && promised <= close.decrease) || promised <= rounding {
            break;
        }
        let Some(next) = search(objective, penalties, &point, &step, promised)? else {
            break;
        };
        point = next;
        iterations += 1;
        objective.tick(iterations);
        curvature = Curvature::at(objective, &point.x)?;
    }
    Ok(Minimum {
        gradient: steepest(&point, penalties),
        x: point.x,
        iterations,
    })
}

fn evaluate(objective: &mut Objective, penalties: &[f64], x: Vec<f64>) -> Result<Point, FitError> {
    let mut gradient = vec![0.0; x.len()];
    let value = objective.evaluate(&x, &mut gradient)? + magnitudes(&x, penalties);
    Ok(Point { x, gradient, value })
}

/// What the penalties on magnitudes add up to.
fn magnitudes(x: &[f64], penalties: &[f64]) -> f64 {
    x.chunks(penalties.len() + 1)
        .flat_map(|x| x.iter().zip(penalties))
        .map(|(x, penalty)| penalty * x.abs())
        .sum()
}

/// The largest component of the least subgradient.
fn steepest(point: &Point, penalties: &[f64]) -> f64 {
    let width = penalties.len() + 1;
    let places = point.x.chunks(width).zip(point.gradient.chunks(width));
    places
        .flat_map(|(x, gradient)| {
            x.iter().zip(gradient).enumerate().map(move |(j, (x, gradient))| {
                let penalty = penalties.get(j).copied().unwrap_or(0.0);
                if *x == 0.0 {
                    (gradient.abs() - penalty).max(0.0)
                } else {
                    (gradient + penalty.copysign(*x)).abs()
                }
            })
        })
        .fold(0.0, f64::max)
}

/// The step to the minimum of the model, and the decrease it promises.
fn step(
    objective: &Objective,
    curvature: &Curvature,
    penalties: &[f64],
    point: &Point,
) -> Result<(Vec<f64>, f64), FitError> {
    let width = penalties.len() + 1;
    let mut step = vec![0.0; point.x.len()];
    let mut promised = 0.0;
    for (output, step) in step.chunks_mut(width).enumerate() {
        let place = output * width..(output + 1) * width;
        let (x, gradient) = (&point.x[place.clone()], &point.gradient[place]);
        descend(objective, curvature.of(output), penalties, (x, gradient), step)?;
        for (j, step) in step.iter().enumerate() {
            let penalty = penalties.get(j).copied().unwrap_or(0.0);
            promised -= gradient[j] * step + penalty * ((x[j] + step).abs() - x[j].abs());
        }
    }
    Ok((step, promised))
}

/// Coordinate descent on the model of one class, from a step of zero.
fn descend(
    objective: &Objective,
    curvature: &Matrix,
    penalties: &[f64],
    (x, gradient): (&[f64], &[f64]),
    step: &mut [f64],
) -> Result<(), FitError> {
    // The model's gradient at the step.
    let mut slope = gradient.to_vec();
    for _ in 0..SWEEPS {
        objective.ctx.go_on()?;
        let (mut largest, mut change) = (0.0f64, 0.0f64);
        for j in 0..x.len() {
            if j == penalties.len() && !objective.fit_intercept {
                continue;
            }
            let bend = curvature.diagonal(j);
            let penalty = penalties.get(j).copied().unwrap_or(0.0);
            let at = x[j] + step[j];
            let pull = bend * at - slope[j];
            let target = (pull.abs() - penalty).max(0.0).copysign(pull) / bend;
            let by = target - at;
            if by != 0.0 {
                // From `target`, so that zero is hit exactly.
                step[j] = target - x[j];
                curvature.add_row(j, by, &mut slope);
            }
            largest = largest.max(step[j].abs() * bend.sqrt());
            change = change.max(by.abs() * bend.sqrt());
        }
        if change <= SETTLED * largest {
            break;
        }
    }
    Ok(())
}

/// The first point along the step, halved again and again, whose value has sunk enough.
fn search(
    objective: &mut Objective,
    penalties: &[f64],
    from: &Point,
    step: &[f64],
    promised: f64,
) -> Result<Option<Point>, FitError> {
    // Differences of values smaller than this are rounding.
    let noise = 1e-13 * from.value.abs();
    let mut length = 1.0;
    for _ in 0..HALVINGS {
        let x = from
            .x
            .iter()
            .zip(step)
            .map(|(x, step)| x + length * step)
            .collect();
        let point = evaluate(objective, penalties, x)?;
        if point.value <= from.value - DECREASE * length * promised + noise {
            return Ok(Some(point));
        }
        length *= 0.5;
    }
    Ok(None)
}
