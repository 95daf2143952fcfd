//! Figures of numbers: how far predictions are from the truth.

use super::{Figures, add};

/// The figures of a regressor: `mae`, `mse`, `rmse`; `r2`; `mape`, a fraction, of the larger of |y| and 2⁻⁵²;
/// `explained_variance`; `max_error`, which weights do not change. `truth`, `predicted` and `weights` have one number per row.
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
    let variance = |of: &dyn Fn(usize) -> f64| {
        let first = of((0..truth.len()).find(|row| weight(*row) > 0.0).unwrap_or(0));
        let equal = (0..truth.len()).all(|row| weight(row) == 0.0 || of(row) == first);
        // Of equal numbers the weighted mean may differ by rounding.
        let centre = if equal { first } else { mean(of) };
        mean(&|row| (of(row) - centre).powi(2))
    };
    let all = variance(&|row| truth[row]);
    if truth.len() > 1 {
        add(&mut figures, "r2", explained(mse, all));
    }
    add(
        &mut figures,
        "explained_variance",
        explained(variance(&error), all),
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
