//! How much a feature says about the target, by tests of a single feature:
//!
//! | score | value | p-value |
//! |---|---|---|
//! | `f_classif` | `F = (Σ nₖ (x̄ₖ − x̄)² / (K − 1)) / (Σ (x − x̄ₖ)² / (n − K))`, the analysis of variance | of the F distribution |
//! | `f_regression` | `F = r² / (1 − r²) · (n − 2)` with the correlation `r` | of the F distribution |
//! | `r_regression` | `r` itself, so that negative correlations count as small | none |
//! | chi2 | `Σ (oₖ − eₖ)² / eₖ` with `oₖ` the sum of the class and `eₖ` its expected share of the sum of all | of the χ² distribution |
//!
//! As scikit-learn's functions of these names. The sums are taken around means, so they keep more digits than
//! scikit-learn's where a feature lies far from zero.

use statrs::function::{beta::checked_beta_reg, gamma::checked_gamma_ur};

use crate::{Error, error::Result, nodes::statistics::mean};

/// A score, and how likely chance alone gives one as great.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Score {
    /// NaN where it is not defined.
    pub(super) value: f64,
    pub(super) p_value: Option<f64>,
}

impl Score {
    /// A score without a p-value.
    pub(super) fn alone(value: f64) -> Self {
        Self { value, p_value: None }
    }

    fn tested(value: f64, p_value: f64) -> Self {
        Self {
            value,
            p_value: Some(p_value),
        }
    }
}

/// The analysis of variance of a feature's numbers by class.
pub(super) fn f_classif(classes: &[Vec<f64>]) -> Score {
    let all: Vec<f64> = classes.iter().flatten().copied().collect();
    let Some(centre) = mean(&all) else {
        return Score::tested(f64::NAN, f64::NAN);
    };
    let (mut between, mut within) = (0.0, 0.0);
    for class in classes {
        let own = mean(class).unwrap_or(centre);
        between += class.len() as f64 * (own - centre) * (own - centre);
        within += class.iter().map(|x| (x - own) * (x - own)).sum::<f64>();
    }
    let (above, below) = (
        classes.len() as f64 - 1.0,
        all.len() as f64 - classes.len() as f64,
    );
    let constant = all.windows(2).all(|pair| pair[0] == pair[1]);
    let f = if constant {
        f64::NAN
    } else {
        (between / above) / (within / below)
    };
    Score::tested(f, f_tail(f, above, below))
}

/// The test of a linear dependence.
pub(super) fn f_regression(pairs: &[(f64, f64)]) -> Score {
    let r = correlation(pairs);
    let freedom = pairs.len() as f64 - 2.0;
    let f = r * r / (1.0 - r * r) * freedom;
    if r.is_nan() {
        Score::tested(0.0, 1.0)
    } else if f.is_infinite() {
        Score::tested(f64::MAX, 0.0)
    } else {
        Score::tested(f, f_tail(f, 1.0, freedom))
    }
}

/// The correlation.
pub(super) fn r_regression(pairs: &[(f64, f64)]) -> Score {
    let r = correlation(pairs);
    Score::alone(if r.is_nan() { 0.0 } else { r })
}

/// The test of a dependence between frequencies and classes.
///
/// # Errors
/// `NEGATIVE_VALUES`.
pub(super) fn chi2(name: &str, classes: &[Vec<f64>]) -> Result<Score> {
    if classes.iter().flatten().any(|value| *value < 0.0) {
        let message = format!("column {name:?} holds negative numbers, and chi2 takes frequencies");
        return Err(Error::data("NEGATIVE_VALUES", message));
    }
    let rows: usize = classes.iter().map(Vec::len).sum();
    let sums: Vec<f64> = classes.iter().map(|class| class.iter().sum()).collect();
    let total: f64 = sums.iter().sum();
    let term = |(class, sum): (&Vec<f64>, &f64)| {
        let expected = class.len() as f64 / rows as f64 * total;
        (sum - expected) * (sum - expected) / expected
    };
    let value: f64 = classes.iter().zip(&sums).map(term).sum();
    let freedom = classes.len() as f64 - 1.0;
    let p = if value == 0.0 {
        1.0
    } else {
        checked_gamma_ur(freedom / 2.0, value / 2.0).unwrap_or(f64::NAN)
    };
    // No term, no frequencies: nothing to test.
    let value = if rows == 0 { f64::NAN } else { value };
    Ok(Score::tested(value, p))
}

/// The correlation of pairs; NaN if one side is constant.
fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let constant = |side: fn(&(f64, f64)) -> f64| pairs.windows(2).all(|two| side(&two[0]) == side(&two[1]));
    if constant(|pair| pair.0) || constant(|pair| pair.1) {
        return f64::NAN;
    }
    let n = pairs.len() as f64;
    let (x, y) = pairs
        .iter()
        .fold((0.0, 0.0), |(x, y), pair| (x + pair.0 / n, y + pair.1 / n));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        xx += (a - x) * (a - x);
        yy += (b - y) * (b - y);
        xy += (a - x) * (b - y);
    }
    (xy / xx.sqrt() / yy.sqrt()).clamp(-1.0, 1.0)
}

/// `P(F ≥ f)` with `above` and `below` degrees of freedom.
fn f_tail(f: f64, above: f64, below: f64) -> f64 {
    if f.is_infinite() {
        return 0.0;
    }
    checked_beta_reg(below / 2.0, above / 2.0, below / (below + above * f)).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3),
            "{found} is not {expected}"
        );
    }

    /// `scipy.stats.f.sf` of scipy 1.17.
    #[test]
    fn tails_of_the_f_distribution_are_those_of_scipy() {
        for (f, above, below, expected) in [
            (3.5, 2.0, 27.0, 0.04450875394640024),
            (0.2, 1.0, 5.0, 0.6734284355375537),
            (40.0, 4.0, 95.0, 1.317706503984989e-19),
            (1.01, 1.0, 999998.0, 0.3149030821867537),
            (250.0, 3.0, 100000.0, 1.2181160336761263e-161),
            (0.001, 9.0, 3.0, 0.9999999999886906),
            (0.0, 2.0, 9.0, 1.0),
        ] {
            close(f_tail(f, above, below), expected);
        }
    }

    /// scikit-learn 1.9.
    #[test]
    fn scores_are_those_of_scikit_learn() {
        let x = [0.3, 1.2, 2.5, 0.1, 1.9, 2.0, 0.7, 1.1, 3.3, 0.2, 0.9, 1.4];
        let classes: Vec<Vec<f64>> = (0..3)
            .map(|class| x.iter().skip(class).step_by(3).copied().collect())
            .collect();
        let pairs: Vec<(f64, f64)> = x
            .iter()
            .enumerate()
            .map(|(i, x)| (*x, (i as f64 * 0.7).sin() + x * 0.1))
            .collect();
        for (score, value, p) in [
            (f_classif(&classes), 12.93646408839778, 0.002253686086337316),
            (
                chi2("x", &classes).unwrap(),
                6.003846153846153,
                0.04969141600851918,
            ),
            (f_regression(&pairs), 0.022406343238094414, 0.883987124848938),
        ] {
            close(score.value, value);
            close(score.p_value.unwrap(), p);
        }
        close(r_regression(&pairs).value, 0.04728239741661765);
    }

    #[test]
    fn what_is_not_defined_is_no_number_and_no_panic() {
        for classes in [
            vec![],
            vec![vec![1.0]],
            vec![vec![1.0], vec![2.0]],
            vec![vec![3.0; 3], vec![3.0; 2]],
        ] {
            assert!(f_classif(&classes).p_value.unwrap().is_nan(), "{classes:?}");
        }
        assert!(chi2("x", &[vec![0.0], vec![0.0]]).unwrap().value.is_nan());
        assert!(chi2("x", &[]).unwrap().value.is_nan());
        assert_eq!(f_regression(&[(1.0, 1.0); 3]), Score::tested(0.0, 1.0));
        assert_eq!(
            f_regression(&[(1.0, 1.0), (2.0, 2.0), (4.0, 4.0)]),
            Score::tested(f64::MAX, 0.0)
        );
        assert!(chi2("x", &[vec![-1.0]]).is_err());
    }

    #[test]
    fn classes_told_apart_without_error_have_an_infinite_score() {
        let score = f_classif(&[vec![1.0, 1.0], vec![2.0, 2.0]]);
        assert_eq!(score, Score::tested(f64::INFINITY, 0.0));
    }
}
