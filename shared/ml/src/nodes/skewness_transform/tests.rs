use super::*;
use arrow::array::Array;

use crate::nodes::testing::{apply, fails, fit, frame, run};

const POSITIVE: [f64; 12] = [
    1.134, 0.876, 1.897, 1.111, 0.585, 1.436, 3.684, 2.578, 0.495, 0.282, 0.536, 1.042,
];
const MIXED: [f64; 12] = [
    -9.726, 0.036, -0.664, -0.02, -0.0, 0.01, 1.212, 5.872, 0.082, 10.403, -0.007, 0.988,
];

fn table(values: &[f64]) -> Frame {
    Frame::new(vec![("x".into(), float_column(values.iter().copied().map(Some)))]).unwrap()
}

fn config(method: &str) -> String {
    format!(r#"{{"transformations": [{{"column": "x", "method": {method:?}}}]}}"#)
}

fn transformed(method: &str, values: &[f64]) -> Vec<Option<f64>> {
    let out = run("skewness_transform", &config(method), table(values));
    number_column(&out, "x").unwrap().iter().collect()
}

#[test]
fn fixed_functions_are_those_of_the_table() {
    for (method, x, expected) in [
        ("log", std::f64::consts::E, 1.0),
        ("square_root", 9.0, 3.0),
        ("cube_root", -8.0, -2.0),
        ("reciprocal", -4.0, -0.25),
        ("square", -3.0, 9.0),
        ("exponential", 1.0, std::f64::consts::E),
    ] {
        assert_eq!(transformed(method, &[x]), [Some(expected)], "{method}");
    }
}

/// First results of the powers that make the derivative of the likelihood 0, found with 60 decimal digits. Those of
/// scikit-learn differ from the eighth digit on, because its search only compares likelihoods.
#[test]
fn powers_are_the_most_likely_ones() {
    let negative = POSITIVE.map(|x| -x);
    let firsts = [
        0.549_929_240_378_46,
        0.480_737_635_568_923_9,
        0.685_341_511_108_703_3,
    ];
    for (method, values, first) in [
        (
            "box_cox",
            POSITIVE,
            [
                0.125_496_545_579_449_25,
                -0.132_672_227_024_857_68,
                0.633_708_158_562_817,
            ],
        ),
        ("yeo_johnson", POSITIVE, firsts),
        (
            "yeo_johnson",
            MIXED,
            [
                -9.498_372_326_085_715,
                0.036_009_397_882_826_5,
                -0.661_316_610_092_688_9,
            ],
        ),
        ("yeo_johnson", negative, firsts.map(|x| -x)),
    ] {
        for (found, expected) in transformed(method, &values).into_iter().zip(first) {
            let found = found.unwrap();
            assert!(
                (found - expected).abs() < 1e-13 * expected.abs().max(1.0),
                "{method}: {found} is not {expected}"
            );
        }
    }
}

#[test]
fn a_value_out_of_the_domain_is_refused_in_training_and_missing_later() {
    for (method, bad) in [
        ("log", 0.0),
        ("box_cox", -1.0),
        ("square_root", -1.0),
        ("reciprocal", 0.0),
    ] {
        assert_eq!(
            fails("skewness_transform", &config(method), table(&[1.0, 2.0, bad])),
            "OUT_OF_DOMAIN"
        );
        let fitted = fit("skewness_transform", &config(method), &table(&[1.0, 2.0])).unwrap();
        let out = apply(&*fitted, table(&[1.0, bad]));
        let values: Vec<_> = number_column(&out, "x").unwrap().iter().collect();
        assert!(values[0].is_some() && values[1].is_none(), "{method}: {values:?}");
    }
    assert_eq!(
        fails("skewness_transform", &config("exponential"), table(&[1000.0])),
        "NUMERIC_OVERFLOW"
    );
}

#[test]
fn a_constant_column_keeps_its_shape() {
    assert_eq!(transformed("box_cox", &[3.0; 4]), [Some(2.0); 4]);
    assert_eq!(transformed("yeo_johnson", &[3.0; 4]), [Some(3.0); 4]);
}

#[test]
fn numbers_of_any_size_have_a_power() {
    for scale in [1e-300, 1e-8, 1e8, 1e300] {
        for method in ["box_cox", "yeo_johnson"] {
            let values = transformed(method, &POSITIVE.map(|x| x * scale));
            assert!(values.iter().all(Option::is_some), "{method} {scale}: {values:?}");
        }
    }
}

#[test]
fn a_blank_column_means_every_numeric_feature_not_transformed_yet() {
    let config = r#"{"transformations": [{"column": "n", "method": "square"}, {"method": "cube_root"}]}"#;
    let out = run("skewness_transform", config, frame());
    let values = number_column(&out, "n").unwrap();
    assert_eq!((values.value(2), values.is_valid(7)), (9.0, false));
}

#[test]
fn text_and_the_target_are_refused() {
    let named = |name: &str| format!(r#"{{"transformations": [{{"column": {name:?}}}]}}"#);
    assert_eq!(fails("skewness_transform", &named("a"), frame()), "COLUMN_TYPE");
    assert_eq!(
        fails("skewness_transform", &named("target"), frame()),
        "TARGET_IN_COLUMNS"
    );
}
