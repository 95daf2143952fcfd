use super::*;
use crate::nodes::testing::context;

/// The numbers in `[0, 1)` that the reference was computed on.
fn uniform(n: usize, mut state: u64) -> Vec<f64> {
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..n).map(|_| next()).collect()
}

struct Case {
    features: [Vec<f64>; 3],
    class: Vec<usize>,
    number: Vec<f64>,
}

/// A feature that decides the target, one that hardly does, and the first in six steps.
fn case() -> Case {
    let u = uniform(900, 7);
    let column = |at: usize| -> Vec<f64> { u.iter().skip(at).step_by(3).copied().collect() };
    let (a, b, c) = (column(0), column(1), column(2));
    let class = a
        .iter()
        .zip(&c)
        .map(|(a, c)| usize::from(a + 0.4 * c > 0.7) + usize::from(*a > 0.9));
    let number = a.iter().zip(&b).map(|(a, b)| (6.0 * a).sin() + 0.3 * b);
    Case {
        class: class.collect(),
        number: number.collect(),
        features: [a.clone(), b, a.iter().map(|a| (a * 6.0).floor()).collect()],
    }
}

fn by_class(feature: &[f64], class: &[usize]) -> Vec<Vec<f64>> {
    let of = |wanted| {
        feature
            .iter()
            .zip(class)
            .filter(move |(_, class)| **class == wanted)
            .map(|(x, _)| *x)
    };
    (0..3).map(|wanted| of(wanted).collect()).collect()
}

/// scikit-learn 1.9, the same for three seeds.
#[test]
fn without_equal_numbers_estimates_are_those_of_scikit_learn() {
    let case = case();
    for (feature, classes, numbers) in [
        (0, 0.709_043_271_204_281_8, 1.796_888_549_349_895_8),
        (1, 0.012_598_010_197_080_844, 0.225_313_014_242_232_6),
    ] {
        let feature = &case.features[feature];
        let found = with_classes(by_class(feature, &case.class), "x", 42, &context());
        assert!((found - classes).abs() < 1e-9, "{found} is not {classes}");
        let pairs: Vec<(f64, f64)> = feature.iter().copied().zip(case.number.iter().copied()).collect();
        let found = with_numbers(&pairs, "x", 42, &context());
        assert!((found - numbers).abs() < 1e-9, "{found} is not {numbers}");
    }
}

/// Over 200 seeds scikit-learn's estimate lies in [0.579, 0.659] around 0.612.
#[test]
fn equal_numbers_make_the_estimate_random_within_bounds() {
    let case = case();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let found = with_classes(by_class(&case.features[2], &case.class), name, 42, &context());
        assert!((found - 0.612).abs() < 0.06, "{found}");
    }
    let pairs: Vec<(f64, f64)> = case.features[2]
        .iter()
        .copied()
        .zip(case.number.iter().copied())
        .collect();
    assert!((with_numbers(&pairs, "a", 42, &context()) - 1.053_659_725_071_531_4).abs() < 0.01);
}

#[test]
fn the_seed_decides_how_equal_numbers_are_told_apart() {
    let case = case();
    let estimate = |seed| with_classes(by_class(&case.features[2], &case.class), "x", seed, &context());
    assert_eq!(estimate(1).to_bits(), estimate(1).to_bits());
    assert_ne!(estimate(1).to_bits(), estimate(2).to_bits());
}

#[test]
fn too_few_numbers_have_no_estimate_and_constants_say_nothing() {
    assert!(with_classes(vec![vec![1.0], vec![2.0]], "x", 42, &context()).is_nan());
    assert!(with_classes(vec![], "x", 42, &context()).is_nan());
    assert!(with_numbers(&[(1.0, 1.0); 3], "x", 42, &context()).is_nan());
    assert!(with_classes(vec![vec![1.0; 50], vec![1.0; 50]], "x", 42, &context()) < 0.1);
}
