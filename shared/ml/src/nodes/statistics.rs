//! Statistics of a list of finite numbers. They follow the definitions of `numpy`, since scikit-learn does.

/// The arithmetic mean.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        None
    } else {
        Some(values.iter().sum::<f64>() / values.len() as f64)
    }
}

/// The population variance around a mean, with the correction for the rounding of the mean.
pub(super) fn variance(values: &[f64], mean: f64) -> f64 {
    let n = values.len() as f64;
    let (mut squares, mut rest) = (0.0, 0.0);
    for value in values {
        squares += (value - mean) * (value - mean);
        rest += value - mean;
    }
    (squares - rest * rest / n) / n
}

/// The `q`-quantile of sorted numbers, linear between neighbours.
pub(super) fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = q * last as f64;
    let below = (place.floor() as usize).min(last);
    let (a, b, t) = (sorted[below], sorted[(below + 1).min(last)], place - below as f64);
    Some(if t < 0.5 {
        a + (b - a) * t
    } else {
        b - (b - a) * (1.0 - t)
    })
}

/// The most frequent of sorted items, the first of equals.
pub(super) fn mode<T: PartialEq + Clone>(sorted: &[T]) -> Option<T> {
    let mut best: Option<(&T, usize)> = None;
    for run in sorted.chunk_by(|a, b| a == b) {
        if best.is_none_or(|(_, count)| run.len() > count) {
            best = Some((&run[0], run.len()));
        }
    }
    best.map(|(item, _)| item.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_linear_between_neighbours() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        let found: Vec<f64> = [0.0, 0.25, 0.5, 0.75, 1.0]
            .iter()
            .filter_map(|q| quantile(&sorted, *q))
            .collect();
        assert_eq!(found, [1.0, 1.75, 3.0, 5.0, 8.0]);
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_first_of_equally_frequent_items_is_the_mode() {
        assert_eq!(mode(&[1, 2, 2, 3, 3]), Some(2));
        assert_eq!(mode::<i32>(&[]), None);
    }

    #[test]
    fn the_variance_is_that_of_the_population() {
        assert_eq!(variance(&[1.0, 3.0], 2.0), 1.0);
        assert_eq!(mean(&[]), None);
    }
}
