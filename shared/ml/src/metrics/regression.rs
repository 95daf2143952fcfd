//! Figures of numbers: how far predictions are from the truth.

use super::{Figures, add};

/// The figures of a regressor: `mae`, `mse`, `rmse`; `r2`; `mape`, a fraction, of the larger of |y| and 2⁻⁵²;
/// `explained_variance`; `max_error`. `truth`, `predicted` and `weights` have one number per row.
pub fn regression(truth: &[f64], predicted: &[f64], weights: Option<&[f64]>) -> Figures {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let total: f64 = (0..truth.len()).map(weight).sum();
    let mean =
        |of: &dyn Fn(usize) -> f64| (0..truth.len()).map(|row| weight(row) * of(row)).sum::<f64>() / total;
    let error = |row: usize| truth[row] - predicted[row];
    let mut figures = Figures::new();
    if truth.is_empty() {
        return figures;
    }
    let mse = mean(&|row| error(row).powi(2));
    add(&mut figures, "mae", mean(&|row| error(row).abs()));
    add(&mut figures, "mse", mse);
    add(&mut figures, "rmse", mse.sqrt());
    add(
        &mut figures,
        "mape",
        mean(&|row| error(row).abs() / truth[row].abs().max(f64::EPSILON)),
    );
    add(
        &mut figures,
        "max_error",
        (0..truth.len()).map(|row| error(row).abs()).fold(0.0, f64::max),
    );
    // Of equal numbers the weighted mean may differ by rounding.
    let centre = if truth.iter().all(|y| *y == truth[0]) {
        truth[0]
    } else {
        mean(&|row| truth[row])
    };
    let variance = mean(&|row| (truth[row] - centre).powi(2));
    if truth.len() > 1 {
        add(&mut figures, "r2", explained(mse, variance));
    }
    let bias = mean(&error);
    add(
        &mut figures,
        "explained_variance",
        explained(mean(&|row| (error(row) - bias).powi(2)), variance),
    );
    figures
}

/// `1 − left / all`; of no variance, all is explained or nothing.
fn explained(left: f64, all: f64) -> f64 {
    if all != 0.0 {
        1.0 - left / all
    } else if left == 0.0 {
        1.0
    } else {
        0.0
    }
}
