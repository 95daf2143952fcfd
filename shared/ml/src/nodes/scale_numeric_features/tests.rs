use super::*;
use crate::frame::{float_column, numbers};
use crate::nodes::testing::{fails, frame, run};

fn scaled(method: &str, values: &[f64]) -> Vec<f64> {
    let table = Frame::new(vec![("x".into(), float_column(values.iter().copied().map(Some)))]).unwrap();
    let out = run(
        "scale_numeric_features",
        &format!(r#"{{"default_method": {method:?}}}"#),
        table,
    );
    numbers(&out.column("x").unwrap().data).unwrap().values().to_vec()
}

/// Expected values computed with scikit-learn 1.5.
#[test]
fn each_method_scales_as_scikit_learn_does() {
    let values = [1.0, 2.0, 4.0, 9.0];
    for (method, expected) in [
        (
            "standard",
            [-0.9733285267845753, -0.6488856845230502, 0.0, 1.6222142113076254],
        ),
        (
            "robust",
            [
                -0.5714285714285714,
                -0.2857142857142857,
                0.2857142857142857,
                1.7142857142857142,
            ],
        ),
        ("minmax", [0.0, 0.125, 0.375, 1.0]),
        (
            "maxabs",
            [0.1111111111111111, 0.2222222222222222, 0.4444444444444444, 1.0],
        ),
    ] {
        let found = scaled(method, &values);
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{method}: {found} is not {expected}"
            );
        }
    }
}

#[test]
fn a_constant_column_is_centred_and_not_divided_by_zero() {
    // Three times a tenth is not three tenths, so the mean is off by a rounding.
    assert!(
        scaled("standard", &[0.1; 3])
            .iter()
            .all(|value| value.abs() < 1e-15)
    );
    assert_eq!(scaled("robust", &[5.0; 3]), [0.0; 3]);
    assert_eq!(scaled("minmax", &[5.0; 3]), [0.0; 3]);
    assert_eq!(scaled("maxabs", &[0.0; 3]), [0.0; 3]);
}

#[test]
fn a_missing_value_stays_missing_and_text_stays_text() {
    let out = run("scale_numeric_features", "{}", frame());
    assert_eq!(out.column("a").unwrap().kind(), ColumnKind::Text);
    let before = numbers(&frame().column("n").unwrap().data).unwrap();
    let after = numbers(&out.column("n").unwrap().data).unwrap();
    let missing =
        |values: &arrow::array::Float64Array| values.iter().map(|v| v.is_none()).collect::<Vec<_>>();
    assert_eq!(missing(&before), missing(&after));
}

#[test]
fn a_column_may_have_its_own_method() {
    let table = Frame::new(vec![
        ("x".into(), float_column([Some(0.0), Some(4.0)])),
        ("y".into(), float_column([Some(0.0), Some(4.0)])),
    ]);
    let config = r#"{"default_method": "minmax", "column_methods": {"y": "standard"}}"#;
    let out = run("scale_numeric_features", config, table.unwrap());
    let values = |name| {
        numbers(&out.column(name).unwrap().data)
            .unwrap()
            .values()
            .to_vec()
    };
    assert_eq!((values("x"), values("y")), (vec![0.0, 1.0], vec![-1.0, 1.0]));
}

#[test]
fn text_and_the_target_are_refused() {
    assert_eq!(
        fails("scale_numeric_features", r#"{"columns": ["a"]}"#, frame()),
        "COLUMN_TYPE"
    );
    let config = r#"{"column_methods": {"target": "robust"}}"#;
    assert_eq!(
        fails("scale_numeric_features", config, frame()),
        "TARGET_IN_COLUMNS"
    );
}

/// Far from zero, with a missing value; scikit-learn 1.9.
#[test]
fn columns_far_from_zero_are_scaled_as_scikit_learn_does() {
    let values = [1.0, 2.5, f64::NAN, -3.0, 0.25, 40.0, 2.5].map(|x| 1e6 + x);
    for (method, first, last) in [
        ("standard", -0.420_031_721_626_773_7, -0.318_547_547_274_630_5),
        ("robust", -0.363_636_363_636_363_65, 0.363_636_363_636_363_65),
        ("minmax", 0.093_023_255_813_953_49, 0.127_906_976_744_186_05),
        ("maxabs", 0.999_961_001_559_937_6, 0.999_962_501_499_94),
    ] {
        let found = scaled(method, &values);
        for (found, expected) in [(found[0], first), (found[6], last)] {
            assert!(
                (found - expected).abs() < 1e-9,
                "{method}: {found} is not {expected}"
            );
        }
    }
}
