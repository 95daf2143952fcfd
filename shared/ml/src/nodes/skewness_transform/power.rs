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
    let unlikely = |lambda: f64| n / 2.0 * log_variance(&logs, lambda) - (lambda - 1.0) * sum;
    let slope = |lambda: f64| {
        let powers = logs.iter().map(|log| power_of(*log, lambda));
        unlikely_slope(powers, n, sum)
    };
    Some(minimise::level(slope, minimise::downhill(unlikely, -2.0, 2.0)?))
}

/// `((eˡ)^λ − 1) / λ` and its derivative by `λ`.
fn power_of(log: f64, lambda: f64) -> (f64, f64) {
    let u = lambda * log;
    if u.abs() < 0.5 {
        // Both are series in `u`: `l Σ uᵏ / (k + 1)!` and `l² Σ uᵏ (k + 1) / (k + 2)!`. The formulas below lose
        // digits where `u` is small.
        let (mut term, mut value, mut slope) = (1.0, 0.0, 0.0);
        for k in 0..18 {
            let k = f64::from(k);
            value += term / (k + 1.0);
            slope += term / (k + 2.0);
            term *= u / (k + 1.0);
        }
        return (log * value, log * log * slope);
    }
    let value = u.exp_m1() / lambda;
    (value, (log * u.exp() - value) / lambda)
}

/// The derivative of `n/2 ln var(x_λ) − (λ − 1) · sum` from the transformed numbers and their derivatives: what `λ`
/// is looked for makes it 0.
fn unlikely_slope(powers: impl Iterator<Item = (f64, f64)>, n: f64, sum: f64) -> f64 {
    let (values, slopes): (Vec<f64>, Vec<f64>) = powers.unzip();
    let mean = values.iter().sum::<f64>() / n;
    let covariance = values
        .iter()
        .zip(&slopes)
        .map(|(value, slope)| (value - mean) * slope)
        .sum::<f64>();
    covariance / statistics::variance(&values, mean) - sum
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
    let slope = |lambda: f64| {
        let power = |x: &f64| {
            if *x >= 0.0 {
                power_of(x.ln_1p(), lambda)
            } else {
                let (value, slope) = power_of((-x).ln_1p(), 2.0 - lambda);
                (-value, slope)
            }
        };
        unlikely_slope(values.iter().map(power), n, sum)
    };
    let (low, high) = bounds(values);
    let found = minimise::level(slope, minimise::bounded(unlikely, low, high));
    Some(found.clamp(low, high))
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
