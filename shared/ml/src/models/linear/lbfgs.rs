//! L-BFGS: finds the minimum of a smooth convex function from values and gradients alone. It is our own because
//! it takes a preconditioner, which is what makes badly scaled features converge, and a cancel flag.
//!
//! Two-loop recursion with the last ten steps (Nocedal and Wright, "Numerical Optimization", 2006, algorithm
//! 7.4), its initial matrix the preconditioner scaled by sᵀy / yᵀPy; line search by bracketing to the Wolfe
//! conditions, in their approximate form where rounding hides the decrease (Hager and Zhang, 2005).

use std::collections::VecDeque;

use crate::models::linear::lanes::dot;

/// Steps remembered.
const MEMORY: usize = 10;
/// Evaluations at most in one line search.
const SEARCHES: usize = 40;
/// The decrease asked for, as a share of what the slope promises.
const DECREASE: f64 = 1e-4;
/// The slope left over at most, as a share of the slope at the start.
const CURVATURE: f64 = 0.9;

/// A function to minimise.
pub(crate) trait Problem {
    /// Why minimising may end early.
    type Stop;

    /// The value at `x`, and into `gradient` the gradient.
    fn evaluate(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, Self::Stop>;

    /// Turns a gradient into about the inverse second derivative times it.
    fn precondition(&self, gradient: &mut [f64]);

    /// Called after every step, with the point it led to. Whether the preconditioner is another from here on.
    fn stepped(&mut self, iteration: usize, x: &[f64]) -> Result<bool, Self::Stop>;
}

/// When a point is close enough to the minimum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closeness {
    /// The largest component that the gradient may have.
    pub(crate) gradient: f64,
    /// The decrease that the next step may still promise.
    pub(crate) decrease: f64,
}

/// Where the minimisation ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Minimum {
    /// The best point.
    pub(crate) x: Vec<f64>,
    /// Steps made.
    pub(crate) iterations: usize,
    /// The largest component of the gradient there.
    pub(crate) gradient: f64,
}

struct Point {
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    /// What the preconditioner makes of the gradient.
    turned: Vec<f64>,
}

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// What the preconditioner makes of the change.
    turned: Vec<f64>,
    rho: f64,
}

fn turned<P: Problem>(problem: &P, gradient: &[f64]) -> Vec<f64> {
    let mut turned = gradient.to_vec();
    problem.precondition(&mut turned);
    turned
}

/// Minimises from `start` until a point is `close` enough, rounding leaves no decrease or `max_iterations` steps
/// are made.
pub(crate) fn minimize<P: Problem>(
    problem: &mut P,
    start: Vec<f64>,
    close: Closeness,
    max_iterations: usize,
) -> Result<Minimum, P::Stop> {
    let mut gradient = vec![0.0; start.len()];
    let value = problem.evaluate(&start, &mut gradient)?;
    let mut point = Point {
        x: start,
        value,
        turned: turned(problem, &gradient),
        gradient,
    };
    let mut pairs: VecDeque<Pair> = VecDeque::new();
    let mut iterations = 0;
    while iterations < max_iterations {
        let mut direction = direction(&pairs, &point);
        if dot(&direction, &point.gradient) >= 0.0 {
            pairs.clear();
            direction = self::direction(&pairs, &point);
        }
        let promised = -0.5 * dot(&direction, &point.gradient);
        if largest(&point.gradient) <= close.gradient && promised <= close.decrease {
            break;
        }
        let Some(next) = line_search(problem, &point, &direction)? else {
            if pairs.is_empty() {
                break;
            }
            pairs.clear();
            continue;
        };
        remember(&mut pairs, &point, &next);
        point = next;
        iterations += 1;
        if problem.stepped(iterations, &point.x)? {
            point.turned = turned(problem, &point.gradient);
            for pair in &mut pairs {
                pair.turned = turned(problem, &pair.change);
            }
        }
    }
    Ok(Minimum {
        gradient: largest(&point.gradient),
        x: point.x,
        iterations,
    })
}

/// The preconditioner is linear, so that what it makes of a sum is the sum of what it made of each part.
fn direction(pairs: &VecDeque<Pair>, point: &Point) -> Vec<f64> {
    let negative = |numbers: &[f64]| -> Vec<f64> { numbers.iter().map(|number| -number).collect() };
    let (mut plain, mut q) = (negative(&point.gradient), negative(&point.turned));
    let mut shares = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let share = pair.rho * dot(&pair.step, &plain);
        add(&mut plain, -share, &pair.change);
        add(&mut q, -share, &pair.turned);
        shares.push(share);
    }
    if let Some(last) = pairs.back() {
        let scale = 1.0 / (last.rho * dot(&last.change, &last.turned));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for (pair, share) in pairs.iter().zip(shares.into_iter().rev()) {
        let correction = share - pair.rho * dot(&pair.change, &q);
        add(&mut q, correction, &pair.step);
    }
    q
}

fn remember(pairs: &mut VecDeque<Pair>, from: &Point, to: &Point) {
    let less =
        |to: &[f64], from: &[f64]| -> Vec<f64> { to.iter().zip(from).map(|(to, from)| to - from).collect() };
    let (step, change) = (less(&to.x, &from.x), less(&to.gradient, &from.gradient));
    let curvature = dot(&step, &change);
    if curvature > f64::EPSILON * dot(&change, &change) * 1e-8 && curvature > 0.0 {
        if pairs.len() == MEMORY {
            pairs.pop_front();
        }
        pairs.push_back(Pair {
            rho: 1.0 / curvature,
            step,
            change,
            turned: less(&to.turned, &from.turned),
        });
    }
}

/// A point along `direction` that satisfies the Wolfe conditions; none if rounding leaves no decrease.
fn line_search<P: Problem>(
    problem: &mut P,
    from: &Point,
    direction: &[f64],
) -> Result<Option<Point>, P::Stop> {
    let slope = dot(direction, &from.gradient);
    // Differences of values smaller than this are rounding.
    let noise = 1e-13 * from.value.abs();
    let (mut low, mut high, mut length) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..SEARCHES {
        let mut x = from.x.clone();
        add(&mut x, length, direction);
        let mut gradient = vec![0.0; x.len()];
        let value = problem.evaluate(&x, &mut gradient)?;
        let slope_there = dot(direction, &gradient);
        let decreased = value <= from.value + DECREASE * length * slope;
        let flat = value <= from.value + noise && slope_there <= (2.0 * DECREASE - 1.0) * slope;
        if !(decreased || flat) {
            high = length;
        } else if slope_there < CURVATURE * slope {
            low = length;
        } else {
            return Ok(Some(Point {
                x,
                value,
                turned: turned(problem, &gradient),
                gradient,
            }));
        }
        length = if high.is_finite() {
            0.5 * (low + high)
        } else {
            2.0 * length
        };
    }
    Ok(None)
}

fn largest(numbers: &[f64]) -> f64 {
    numbers
        .iter()
        .fold(0.0, |largest: f64, number| largest.max(number.abs()))
}

fn add(to: &mut [f64], share: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += share * what);
}

#[cfg(test)]
mod tests;
