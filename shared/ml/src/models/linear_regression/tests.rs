use super::Fitted;
use crate::{model::TrainingSet, models::testing::*};

const KEY: &str = "linear_regression";

fn plane(engine: &str, set: &TrainingSet) -> Fitted {
    ciborium::from_reader(fit(KEY, &[("engine", engine.into())], set).save().as_slice()).unwrap()
}

#[test]
fn coefficients_are_scikit_learns() {
    let table = waves(40, 4, 2);
    let plain = [
        1.9112724107724373,
        -0.28850516840634566,
        0.0004974613199774467,
        0.0017663948396088314,
    ];
    let weighted = [
        1.8047581458652107,
        -0.28840781175193764,
        -7.484153647645611e-05,
        0.001634220119201446,
    ];
    for engine in ["native", "linfa"] {
        let found = plane(engine, &table.numbers());
        assert_near(&found.coefficients, &plain, 1e-10);
        assert_near(&[found.intercept], &[0.09270006962491303], 1e-10);
        let found = plane(engine, &table.numbers().weighted(Some(&uneven(40))));
        assert_near(&found.coefficients, &weighted, 1e-10);
        assert_near(&[found.intercept], &[0.07047674984139432], 1e-10);
    }
}

#[test]
fn engines_agree_without_an_intercept() {
    let table = waves(40, 3, 2);
    let [native, linfa] = ["native", "linfa"].map(|engine| {
        let params = [("engine", engine.into()), ("fit_intercept", false.into())];
        predicted(&*fit(KEY, &params, &table.numbers()), table.x.view())
    });
    assert_near(&native, &linfa, 1e-10);
}

#[test]
fn more_features_than_rows_have_scikit_learns_shortest_solution() {
    let found = plane("native", &waves(3, 4, 2).numbers());
    let expected = [
        0.0008388141539696268,
        -0.0018714292108911966,
        0.11907462050554335,
        0.0245800998628924,
    ];
    assert_near(&found.coefficients, &expected, 1e-9);
    assert_near(&[found.intercept], &[-13.80483391397005], 1e-8);
}

#[test]
fn dependent_columns_of_different_scales_have_scikit_learns_shortest_solution() {
    let mut table = waves(40, 3, 2);
    let twice = table.x.column(0).mapv(|value| 2.0 * value);
    table.x.column_mut(2).assign(&twice);
    let found = plane("native", &table.numbers());
    let expected = [0.42318974662412756, -0.29485476755506834, 0.8463794932482551];
    assert_near(&found.coefficients, &expected, 1e-9);
    assert_near(&[found.intercept], &[0.11156499336270452], 1e-9);
}

#[test]
fn features_of_vanishing_and_of_huge_scale_keep_their_coefficients() {
    let plain = plane("native", &waves(40, 3, 2).numbers());
    let mut table = waves(40, 3, 2);
    let scales = [1e-300, 1.0, 1e300];
    for (mut column, scale) in table.x.columns_mut().into_iter().zip(scales) {
        column.mapv_inplace(|value| value * scale);
    }
    let found = plane("native", &table.numbers());
    let scaled: Vec<f64> = found
        .coefficients
        .iter()
        .zip(scales)
        .map(|(beta, scale)| beta * scale)
        .collect();
    assert_near(&scaled, &plain.coefficients, 1e-9);
}

#[test]
fn rows_without_weight_do_not_count() {
    let table = waves(40, 3, 2);
    let few = waves(25, 3, 2);
    let weights: Vec<f64> = (0..40).map(|i| f64::from(u8::from(i < 25))).collect();
    let found = plane("native", &table.numbers().weighted(Some(&weights)));
    let expected = plane("native", &few.numbers());
    assert_near(&found.coefficients, &expected.coefficients, 1e-10);
}

#[test]
fn linfa_is_refused_where_its_answer_is_not_the_least_squares() {
    let mut table = waves(60, 3, 2);
    let first = table.x.column(0).to_owned();
    table.x.column_mut(1).assign(&first);
    let (code, message) = failure(KEY, &[("engine", "linfa".into())], &table.numbers());
    assert_eq!(code, "ENGINE_FAILED");
    assert!(message.contains("depend on each other"), "{message}");
}
