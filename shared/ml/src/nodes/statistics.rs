//! Statistics of a list of finite numbers. They follow the definitions of `numpy`, since scikit-learn does.

/// The arithmetic mean.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    let mut mean = Mean::new();
    mean.add(values);
    mean.get()
}

/// The arithmetic mean of numbers that come piece by piece.
#[derive(Debug)]
pub(super) struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    pub(super) fn new() -> Self {
        // As `Iterator::sum` begins: what adds nothing to any number, not even to -0.
        Self { sum: -0.0, count: 0 }
    }

    pub(super) fn add(&mut self, values: &[f64]) {
        self.sum = values.iter().fold(self.sum, |sum, value| sum + value);
        self.count += values.len();
    }

    /// How many numbers there were.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn get(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

/// The population variance around a mean.
pub(super) fn variance(values: &[f64], mean: f64) -> f64 {
    let mut variance = Variance::around(mean);
    variance.add(values);
    variance.get()
}

/// The population variance around a mean of numbers that come piece by piece, with the correction for the rounding
/// of the mean.
#[derive(Debug)]
pub(super) struct Variance {
    mean: f64,
    squares: f64,
    rest: f64,
    count: usize,
}

impl Variance {
    pub(super) fn around(mean: f64) -> Self {
        Self {
            mean,
            squares: 0.0,
            rest: 0.0,
            count: 0,
        }
    }

    pub(super) fn add(&mut self, values: &[f64]) {
        for value in values {
            self.squares += (value - self.mean) * (value - self.mean);
            self.rest += value - self.mean;
        }
        self.count += values.len();
    }

    pub(super) fn get(&self) -> f64 {
        let n = self.count as f64;
        (self.squares - self.rest * self.rest / n) / n
    }
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
