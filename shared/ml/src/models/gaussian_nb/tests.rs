use ndarray::s;

use crate::models::testing::*;

const KEY: &str = "gaussian_nb";

#[test]
fn probabilities_are_scikit_learns() {
    let table = waves(40, 3, 3);
    let rows = table.x.slice(s![..2, ..]);
    let plain = [
        [0.695207539834852, 0.2909014052881157, 0.0138910548770327],
        [0.016649731180769182, 0.03420376579034866, 0.9491465030288813],
    ];
    let found = predicted(&*fit(KEY, &[], &table.classes()), rows);
    assert_near(&found, plain.as_flattened(), 1e-9);
    let weighted = [
        [0.8201173726559526, 0.16059567504420816, 0.019286952299838588],
        [0.01055990243290717, 0.027206734231089488, 0.962233363336004],
    ];
    let set = table.classes();
    let found = predicted(&*fit(KEY, &[], &set.weighted(Some(&uneven(40)))), rows);
    assert_near(&found, weighted.as_flattened(), 1e-7);
}

#[test]
fn a_class_without_weight_is_never_predicted_and_nothing_is_nan() {
    let mut table = waves(40, 3, 3);
    table.x.column_mut(0).fill(1.0);
    let weights: Vec<f64> = table.codes.iter().map(|code| f64::from(*code.min(&1))).collect();
    let set = table.classes();
    for smoothing in [0.0, 1e-9] {
        let params = [("var_smoothing", smoothing.into())];
        let model = fit(KEY, &params, &set.weighted(Some(&weights)));
        for row in predicted(&*model, (&table.x * 1e200).view()).chunks(3) {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{row:?}");
        }
        let rows = predicted(&*model, table.x.view());
        assert!(rows.chunks(3).all(|row| row[0] == 0.0), "{rows:?}");
    }
}

#[test]
fn features_too_large_to_square_are_refused() {
    let mut table = waves(40, 3, 2);
    table.x *= 1e300;
    assert_eq!(failure(KEY, &[], &table.classes()).0, "NUMERIC_OVERFLOW");
}
