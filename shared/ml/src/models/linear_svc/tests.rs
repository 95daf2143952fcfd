use super::Fitted;
use crate::{
    model::{Prediction, TrainingSet},
    models::testing::*,
};

const KEY: &str = "linear_svc";

fn plane(set: &TrainingSet) -> Fitted {
    let params = [("c", 0.5.into()), ("tol", 1e-8.into())];
    ciborium::from_reader(fit(KEY, &params, set).save().as_slice()).unwrap()
}

/// scikit-learn's with an `intercept_scaling` of 10,000.
#[test]
fn coefficients_are_scikit_learns_with_an_intercept_that_is_hardly_penalised() {
    let found = plane(&waves(60, 2, 2).classes());
    let expected = [0.5908677151183858, -0.08278159494070572];
    assert_near(&found.coefficients[0], &expected, 1e-5);
    assert_near(&found.intercepts, &[0.11954082271729251], 1e-5);
    let found = plane(&waves(60, 2, 3).classes());
    let expected = [
        [-0.5408061373090838, 0.07420568674558878],
        [-0.24918014684785755, 0.009790620472713084],
        [0.6192056601091162, -0.0698416057170738],
    ];
    assert_near(&found.coefficients.concat(), expected.as_flattened(), 1e-5);
    let expected = [-0.4702796041630439, -0.3633073884305155, -0.2899772900762496];
    assert_near(&found.intercepts, &expected, 1e-5);
}

/// The plane `x₀ = 0` has no row within its margin and costs ½, and a row on the wrong side costs 1 or more: the
/// cheapest plane has none.
#[test]
fn the_greatest_score_is_the_class_and_two_classes_have_opposite_ones() {
    let mut table = waves(60, 2, 2);
    for (x, code) in table.x.column_mut(0).iter_mut().zip(&mut table.codes) {
        *code = u32::from(*x >= 0.0);
        *x += x.signum();
    }
    match fit(KEY, &[], &table.classes()).predict(table.x.view()) {
        Prediction::Scores(scores) => {
            assert!(scores.rows().into_iter().all(|row| row[0] == -row[1]));
            let mut rows = scores.rows().into_iter().zip(&table.codes);
            assert!(rows.all(|(row, code)| (row[1] > 0.0) == (*code == 1)));
        }
        other => panic!("{other:?}"),
    }
}
