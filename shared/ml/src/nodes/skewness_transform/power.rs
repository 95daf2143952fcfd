//! The Box-Cox and Yeo-Johnson transforms and their most likely powers.

use crate::nodes::{minimise, statistics};

/// `(x^λ − 1) / λ`, defined for positive `x`.
pub(super) fn box_cox(x: f64, lambda: f64) -> f64 {
    if x < 0.0 {
        return f64::NAN;
    }
    if lambda.abs() < 1e-19 {
        return x.ln();
    }
    let exponent = lambda * x.ln();
    if exponent < 709.78 {
        exponent.exp_m1() / lambda
    } else {
        // Beyond what a number can hold before the division, but perhaps not after it.
        (exponent - lambda.abs().ln()).exp().copysign(lambda) - 1.0 / lambda
    }
}

/// The Yeo-Johnson transform, defined for every number.
pub(super) fn yeo_johnson(x: f64, lambda: f64) -> f64 {
    let power = |x: f64, lambda: f64| {
        if lambda.abs() < f64::EPSILON {
            x.ln_1p()
        } else {
            (lambda * x.ln_1p()).exp_m1() / lambda
        }
    };
    if x >= 0.0 {
        power(x, lambda)
    } else {
        -power(-x, 2.0 - lambda)
    }
}

/// The `λ` that maximises `(λ − 1) Σ ln x − n/2 ln var(x_λ)`, for positive numbers; none if all are the same.
pub(super) fn box_cox_lambda(values: &[f64]) -> Option<f64> {
    if constant(values) {
        return None;
    }
    let logs: Vec<f64> = values.iter().map(|x| x.ln()).collect();
    let (n, sum) = (logs.len() as f64, logs.iter().sum::<f64>());
    minimise::downhill(
        |lambda| n / 2.0 * log_variance(&logs, lambda) - (lambda - 1.0) * sum,
        -2.0,
        2.0,
    )
}

/// `ln var((x^λ − 1) / λ)` from `ln x`, by powers relative to the greatest, so that none overflows.
fn log_variance(logs: &[f64], lambda: f64) -> f64 {
    if lambda == 0.0 {
        return spread(logs).ln();
    }
    let greatest = logs
        .iter()
        .map(|log| lambda * log)
        .fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logs.iter().map(|log| (lambda * log - greatest).exp()).collect();
    spread(&powers).ln() + 2.0 * greatest - 2.0 * lambda.abs().ln()
}

/// The `λ` that maximises `(λ − 1) Σ sign(x) ln(1 + |x|) − n/2 ln var(x_λ)`, between bounds under which no result
/// overflows; none if all numbers are the same.
pub(super) fn yeo_johnson_lambda(values: &[f64]) -> Option<f64> {
    if constant(values) {
        return None;
    }
    let n = values.len() as f64;
    let sum: f64 = values.iter().map(|x| x.abs().ln_1p().copysign(*x)).sum();
    let unlikely = |lambda: f64| {
        let variance = spread(&values.iter().map(|x| yeo_johnson(*x, lambda)).collect::<Vec<_>>());
        if variance < f64::MIN_POSITIVE {
            return f64::INFINITY;
        }
        n / 2.0 * variance.ln() - (lambda - 1.0) * sum
    };
    let (low, high) = bounds(values);
    Some(minimise::bounded(unlikely, low, high))
}

/// Powers under which values up to twenty times the greatest have results whose squares a number can hold.
fn bounds(values: &[f64]) -> (f64, f64) {
    let greatest = values.iter().map(|x| x.abs()).fold(0.0, f64::max);
    let size = (20.0 * greatest).ln_1p();
    let low = (f64::MIN_POSITIVE.ln() - f64::EPSILON.ln()) / 2.0 / size;
    let high = (f64::MAX.ln() + f64::EPSILON.ln()) / 2.0 / size;
    let negative = values.iter().filter(|x| **x < 0.0).count();
    if negative == values.len() {
        (2.0 - high, 2.0 - low)
    } else if negative > 0 {
        (low.max(2.0 - high), high.min(2.0 - low))
    } else {
        (low, high)
    }
}

fn spread(values: &[f64]) -> f64 {
    statistics::mean(values).map_or(0.0, |mean| statistics::variance(values, mean))
}

fn constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}
