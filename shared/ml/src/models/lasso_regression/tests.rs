use domain::value::Value;
use ndarray::s;

use super::Fitted;
use crate::{
    model::TrainingSet,
    models::{get, testing::*},
};

const KEY: &str = "lasso_regression";

fn lasso(params: &[(&str, Value)], set: &TrainingSet) -> Fitted {
    ciborium::from_reader(fit(KEY, params, set).save().as_slice()).unwrap()
}

fn closely() -> [(&'static str, Value); 3] {
    [
        ("alpha", 0.5.into()),
        ("tol", 1e-10.into()),
        ("max_iter", 100_000.into()),
    ]
}

#[test]
fn coefficients_are_scikit_learns_and_zeros_are_exact() {
    let table = waves(40, 4, 2);
    let found = lasso(&closely(), &table.numbers());
    let expected = [0.869906571606446, -0.2759420859926176, 0.0, 0.0018886396528418608];
    assert_near(&found.coefficients, &expected, 1e-6);
    assert_eq!(found.coefficients[2], 0.0);
    assert_near(&[found.intercept], &[0.09564077771213607], 1e-6);
    let found = lasso(&closely(), &table.numbers().weighted(Some(&uneven(40))));
    let expected = [
        0.7853528431429762,
        -0.27808370265251614,
        -0.0004426450992432913,
        0.0017415948131505536,
    ];
    assert_near(&found.coefficients, &expected, 1e-6);
    assert_near(&[found.intercept], &[0.07579092206651591], 1e-6);
}

#[test]
fn more_features_than_rows_are_solved_as_scikit_learn_does() {
    let found = lasso(&closely(), &waves(3, 4, 2).numbers());
    let expected = [0.0, 0.0, 0.11620708606711205, 0.02411172914739826];
    assert_near(&found.coefficients, &expected, 1e-6);
    assert_eq!(found.coefficients[..2], [0.0, 0.0]);
    assert_near(&[found.intercept], &[-13.5057500333534], 1e-4);
}

#[test]
fn a_penalty_beyond_all_correlation_leaves_the_mean() {
    let table = waves(40, 3, 2);
    let found = lasso(&[("alpha", 1e6.into())], &table.numbers());
    assert_eq!(found.coefficients, [0.0; 3]);
    let mean = table.values.iter().sum::<f64>() / 40.0;
    assert_near(&[found.intercept], &[mean], 1e-12);
}

#[test]
fn too_few_sweeps_are_warned_of() {
    let mut table = waves(40, 3, 2);
    let sum = &table.x.column(0) + &table.x.column(1);
    table.x.column_mut(2).assign(&sum);
    let observer = Witness::patient_for(usize::MAX);
    let ctx = observer.context();
    let params = object(&[
        ("alpha", 1e-3.into()),
        ("max_iter", 1.into()),
        ("tol", 1e-9.into()),
    ]);
    get(KEY)
        .unwrap()
        .fit(&params, &table.numbers(), &ctx)
        .map(|_| ())
        .unwrap();
    let warnings = observer.warnings.lock().unwrap();
    assert!(
        warnings.len() == 1 && warnings[0].contains("1 iterations"),
        "{warnings:?}"
    );
}

#[test]
fn constant_columns_have_no_coefficient_and_features_too_large_to_square_are_refused() {
    let mut table = waves(50, 3, 2);
    table.x.column_mut(1).fill(7.5);
    assert_near(
        &lasso(&[("alpha", 0.1.into())], &table.numbers()).coefficients[1..2],
        &[0.0],
        1e-12,
    );
    table.x.slice_mut(s![.., 0]).mapv_inplace(|value| value * 1e300);
    assert_eq!(failure(KEY, &[], &table.numbers()).0, "NUMERIC_OVERFLOW");
}
