use domain::value::Value;

use super::Fitted;
use crate::{model::TrainingSet, models::testing::*};

const KEY: &str = "elasticnet_regression";

fn net(params: &[(&str, Value)], set: &TrainingSet) -> Fitted {
    ciborium::from_reader(fit(KEY, params, set).save().as_slice()).unwrap()
}

fn closely() -> Vec<(&'static str, Value)> {
    vec![
        ("alpha", 0.5.into()),
        ("l1_ratio", 0.3.into()),
        ("tol", 1e-10.into()),
        ("max_iter", 100_000.into()),
    ]
}

#[test]
fn coefficients_are_scikit_learns() {
    let table = waves(40, 4, 2);
    let found = net(&closely(), &table.numbers());
    let expected = [
        0.9251185989826874,
        -0.2811675379778252,
        1.1232512320642842e-05,
        0.0018810886002140112,
    ];
    assert_near(&found.coefficients, &expected, 1e-6);
    assert_near(&[found.intercept], &[0.0966621257749429], 1e-6);
    let found = net(&closely(), &table.numbers().weighted(Some(&uneven(40))));
    let expected = [
        0.8745702929477115,
        -0.2832541997630225,
        -0.0004172868857643043,
        0.0017310481070583672,
    ];
    assert_near(&found.coefficients, &expected, 1e-6);
    assert_near(&[found.intercept], &[0.07560742689499483], 1e-6);
}

#[test]
fn without_an_intercept_it_is_scikit_learns_too() {
    let mut params = closely();
    params.push(("fit_intercept", false.into()));
    let found = net(&params, &waves(40, 4, 2).numbers());
    let expected = [
        0.9257353331371215,
        -0.2806744031386273,
        1.7264139118135407e-05,
        0.001883199920238061,
    ];
    assert_near(&found.coefficients, &expected, 1e-6);
    assert_eq!(found.intercept, 0.0);
}

#[test]
fn more_features_than_rows_are_solved_as_scikit_learn_does() {
    let (table, weights) = (waves(3, 4, 2), [1.0, 2.0, 3.0]);
    let plain = (
        [0.0, 0.0, 0.11802264711959001, 0.02442794339704768],
        -13.708045485325702,
    );
    let weighted = (
        [0.0, 0.0, 0.11820541392462662, 0.02446301358171926],
        -13.734208620856812,
    );
    for (weights, (coefficients, intercept)) in [(None, plain), (Some(&weights[..]), weighted)] {
        let found = net(&closely(), &table.numbers().weighted(weights));
        assert_near(&found.coefficients, &coefficients, 1e-6);
        assert_near(&[found.intercept], &[intercept], 1e-4);
    }
}

#[test]
fn without_a_share_for_magnitudes_it_is_ridge() {
    let table = waves(60, 3, 2);
    let net = net(
        &[
            ("alpha", 0.1.into()),
            ("l1_ratio", 0.0.into()),
            ("tol", 1e-10.into()),
        ],
        &table.numbers(),
    );
    let ridge = fit("ridge_regression", &[("alpha", 6.0.into())], &table.numbers());
    let ridge = ridge.coefficients().unwrap().remove(0);
    assert_near(&net.coefficients, &ridge.values, 1e-5);
    assert_near(&[net.intercept], &[ridge.intercept], 1e-5);
}
