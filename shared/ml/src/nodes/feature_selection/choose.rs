//! Which features are kept by their scores. The rules, ties included, are those of scikit-learn's `SelectKBest`,
//! `SelectPercentile`, `SelectFpr`, `SelectFdr` and `SelectFwe`.

use super::{config::Config, scores::Score};
use crate::nodes::statistics::quantile;

/// How features are chosen by their scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    KBest,
    Percentile,
    Fpr,
    Fdr,
    Fwe,
}

/// Whether each feature is kept.
pub(super) fn keep(way: Way, config: &Config, scores: &[Score]) -> Vec<bool> {
    let values: Vec<f64> = scores
        .iter()
        .map(|score| {
            if score.value.is_nan() {
                f64::MIN
            } else {
                score.value
            }
        })
        .collect();
    let p_values = || scores.iter().map(|score| score.p_value.unwrap_or(f64::NAN));
    let n = scores.len() as f64;
    match way {
        Way::KBest => k_best(&values, config.k),
        Way::Percentile => percentile(&values, config.percentile),
        Way::Fpr => p_values().map(|p| p < config.alpha).collect(),
        Way::Fwe => p_values().map(|p| p < config.alpha / n).collect(),
        Way::Fdr => {
            let mut sorted: Vec<f64> = p_values().collect();
            sorted.sort_by(f64::total_cmp);
            let passes = |(at, p): (usize, &f64)| *p <= config.alpha / n * (at as f64 + 1.0);
            let last = sorted.iter().enumerate().rev().find(|(at, p)| passes((*at, p)));
            let limit = last.map_or(f64::NEG_INFINITY, |(_, p)| *p);
            p_values().map(|p| p <= limit).collect()
        }
    }
}

/// The `k` greatest, the later ones of equals.
fn k_best(values: &[f64], k: usize) -> Vec<bool> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut keep = vec![false; values.len()];
    places.iter().rev().take(k).for_each(|&place| keep[place] = true);
    keep
}

/// Those above the percentile, and the first of those at it as far as there is room.
fn percentile(values: &[f64], percent: f64) -> Vec<bool> {
    if percent >= 100.0 {
        return vec![true; values.len()];
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let share = (100.0 - percent) / 100.0;
    let Some(limit) = quantile(&sorted, share).filter(|_| percent > 0.0) else {
        return vec![false; values.len()];
    };
    let above = values.iter().filter(|value| **value > limit).count();
    let mut room = ((values.len() as f64 * percent / 100.0) as usize).saturating_sub(above);
    let keep = |value: &f64| {
        let tie = *value == limit && room > 0;
        room -= usize::from(tie);
        *value > limit || tie
    };
    values.iter().map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_equal_scores_is_among_the_best() {
        assert_eq!(k_best(&[1.0, 3.0, 1.0, 2.0], 3), [false, true, true, true]);
        assert_eq!(k_best(&[1.0], 10), [true]);
    }

    /// `SelectPercentile` of scikit-learn 1.9.
    #[test]
    fn ties_at_the_percentile_have_the_room_that_is_left() {
        assert_eq!(
            percentile(&[1.0, 2.0, 2.0, 2.0, 3.0], 60.0),
            [false, true, true, false, true]
        );
        assert_eq!(percentile(&[1.0, 2.0], 0.0), [false, false]);
        assert_eq!(percentile(&[1.0, 2.0], 100.0), [true, true]);
    }
}
