use rayon::ThreadPoolBuilder;

use super::{smo::Machine, *};
use crate::{random, testing::CLOUDS};

fn solved(points: &[[f64; 2]], signs: &[f64], bounds: &[f64], tolerance: f64) -> Machine {
    let gamma = scale(points.as_flattened(), 2, |_| 1.0);
    let gram = Gram::new(
        points.iter().map(<[f64; 2]>::as_slice).collect(),
        Kernel::Rbf { gamma },
    );
    let problem = Problem::of_classes(&gram, signs, bounds, tolerance);
    solve(problem, || false).unwrap()
}

fn signs() -> Vec<f64> {
    (0..22).map(|row| if row < 14 { -1.0 } else { 1.0 }).collect()
}

/// To what libsvm's kernel values, of 24 bits, allow.
fn assert_close(found: &Machine, alphas: &[f64; 22], intercept: f64) {
    for (at, (found, expected)) in found.alphas.iter().zip(alphas).enumerate() {
        assert!((found - expected).abs() < 1e-6, "{at}: {found} for {expected}");
    }
    assert!((found.intercept - intercept).abs() < 1e-6, "{}", found.intercept);
}

/// A random table of so many points, and their signs.
fn noise(count: usize) -> (Vec<[f64; 2]>, Vec<f64>) {
    let mut random = random::stream(5, &["svm"]);
    let points: Vec<[f64; 2]> = (0..count).map(|_| [random.uniform(), random.uniform()]).collect();
    let sign = |point: &[f64; 2]| {
        if point[0] + 0.3 * random.uniform() > 0.6 {
            1.0
        } else {
            -1.0
        }
    };
    let signs = points.iter().map(sign).collect();
    (points, signs)
}

#[test]
fn the_solution_is_scikit_learns() {
    assert!((scale(CLOUDS.as_flattened(), 2, |_| 1.0) - 0.542_762_021_730_217_7).abs() < 1e-15);
    let found = solved(&CLOUDS, &signs(), &[1.0; 22], 1e-10);
    let alphas = [
        0.737_034_689_568_380_5,
        0.434_710_644_976_929_46,
        0.530_626_180_783_055_8,
        0.915_979_487_216_531_4,
        0.0,
        0.0,
        1.0,
        0.084_987_342_553_401_07,
        1.0,
        0.0,
        1.0,
        1.0,
        1.0,
        0.296_661_654_901_701_93,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
    ];
    assert_close(&found, &alphas, -0.510_692_78);
}

#[test]
fn bounds_of_their_own_are_kept_to() {
    let bounds: Vec<f64> = signs()
        .iter()
        .map(|sign| if *sign < 0.0 { 0.5 } else { 3.0 })
        .collect();
    let found = solved(&CLOUDS, &signs(), &bounds, 1e-10);
    let mut alphas = [0.5; 22];
    alphas[5] = 0.218_279_560_428_154_22;
    alphas[14..].copy_from_slice(&[
        0.670_313_101_118_243_5,
        0.0,
        0.0,
        0.0,
        1.003_295_245_889_775,
        0.889_054_142_488_668_2,
        3.0,
        1.155_617_070_931_468_1,
    ]);
    assert_close(&found, &alphas, 0.143_022_5);
}

#[test]
fn no_point_is_on_the_wrong_side_of_its_bound() {
    let (points, signs) = noise(300);
    let bounds = vec![1.0; 300];
    let found = solved(&points, &signs, &bounds, 1e-6);
    let gamma = scale(points.as_flattened(), 2, |_| 1.0);
    let balance: f64 = found
        .alphas
        .iter()
        .zip(&signs)
        .map(|(alpha, sign)| alpha * sign)
        .sum();
    assert!(balance.abs() < 1e-9);
    for (point, sign) in points.iter().zip(&signs) {
        let score = points.iter().zip(&signs).zip(&found.alphas);
        let score: f64 = score
            .map(|((other, sign), alpha)| {
                let squares = (point[0] - other[0]).powi(2) + (point[1] - other[1]).powi(2);
                alpha * sign * (-gamma * squares).exp()
            })
            .sum();
        let margin = sign * (score + found.intercept);
        let at = points.iter().position(|other| other == point).unwrap();
        let alpha = found.alphas[at];
        assert!((0.0..=1.0).contains(&alpha));
        // Off the margin only at a bound.
        assert!(alpha > 0.0 || margin > 1.0 - 1e-5, "{alpha} {margin}");
        assert!(alpha < 1.0 || margin < 1.0 + 1e-5, "{alpha} {margin}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (points, signs) = noise(1500);
    let on = |threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| solved(&points, &signs, &vec![1.0; 1500], 1e-3))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn rows_that_no_longer_fit_are_computed_again() {
    let points: Vec<[f64; 1]> = (0..5).map(|at| [f64::from(at)]).collect();
    let gamma = 1.0;
    let kernel = Gram::new(
        points.iter().map(<[f64; 1]>::as_slice).collect(),
        Kernel::Rbf { gamma },
    );
    let mut rows = kernel::Rows::new(&kernel, 0);
    for at in [0, 1, 2, 0, 4, 4, 3, 1] {
        assert_eq!(rows.get(at)[at], 1.0);
        assert_eq!(rows.get(at)[(at + 1) % 5], kernel_of(at, (at + 1) % 5));
    }
}

fn kernel_of(a: usize, b: usize) -> f64 {
    (-(a as f64 - b as f64).powi(2)).exp()
}

#[test]
fn equal_points_of_both_classes_come_to_an_end() {
    let found = solved(&[[1.0, 2.0]; 4], &[1.0, -1.0, 1.0, -1.0], &[1.0; 4], 1e-3);
    assert_eq!(found.alphas, [1.0; 4]);
    assert_eq!(found.intercept, 0.0);
}

#[test]
fn it_stops_when_told_to() {
    let gram = Gram::new(CLOUDS.iter().map(<[f64; 2]>::as_slice).collect(), Kernel::Linear);
    let signs = signs();
    let problem = Problem::of_classes(&gram, &signs, &[1.0; 22], 1e-3);
    assert_eq!(solve(problem, || true), None);
}
