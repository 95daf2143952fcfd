use ndarray::{Array2, s};

use super::*;
use crate::{
    Silent,
    frame::Split,
    model::{FitContext, Target, TrainingSet},
    models,
    pipeline::TruthView,
    random,
    testing::object,
};

/// Rows of random features.
fn table(rows: usize, features: usize) -> Array2<f64> {
    let mut random = random::stream(3, &["importances"]);
    Array2::from_shape_simple_fn((rows, features), || random.uniform())
}

fn names(features: usize) -> Vec<String> {
    (0..features).map(|at| format!("x{at}")).collect()
}

/// What is told of a model of numbers that is judged by the rows it was fitted on.
fn told(model: &str, hyperparameters: &str, x: &Array2<f64>, values: &[f64]) -> Importances {
    let features = names(x.ncols());
    let set = TrainingSet {
        x: x.view(),
        target: Target::Values(values),
        weights: None,
        feature_names: &features,
    };
    let ctx = FitContext {
        observer: &Silent,
        threads: 2,
        fold: None,
        memory: None,
    };
    let fitted = models::get(model)
        .unwrap()
        .fit(&object(hyperparameters), &set, &ctx)
        .unwrap();
    let asked = Asked {
        split: Split::Test,
        x: x.slice(s![.., ..]),
        truth: TruthView::Values(values),
    };
    importances(&features, &*fitted, None, &asked, &Silent).unwrap()
}

#[test]
fn what_is_lost_without_a_feature_is_told() {
    let x = table(3_000, 3);
    let values: Vec<f64> = x.rows().into_iter().map(|row| 3.0 * row[0] + row[1]).collect();
    let told = told("linear_regression", "{}", &x, &values);
    let permutation = told.permutation.unwrap();
    assert_eq!(
        (permutation.metric.as_str(), permutation.split.as_str()),
        ("r2", "test")
    );
    assert_eq!((permutation.rows, permutation.repeats), (1_000, 5));
    assert!((permutation.score - 1.0).abs() < 1e-12);
    // Of a sum of independent terms a shuffled one loses twice its share of the variance: here 9 and 1 of 10.
    let expected = [1.8, 0.2, 0.0];
    for (feature, expected) in expected.iter().enumerate() {
        let (mean, std) = (permutation.mean[feature], permutation.std[feature]);
        assert!((mean - expected).abs() < 0.1, "{feature}: {mean}");
        assert!(std < 0.1 && (std > 1e-6) == (feature < 2), "{feature}: {std}");
    }
    let [of] = &told.coefficients[..] else {
        panic!("there is one list")
    };
    assert!((of.values[0] - 3.0).abs() < 1e-9 && of.class.is_none() && of.intercept.abs() < 1e-9);
    assert!(told.impurity.is_none() && told.permutation_left_out.is_none());
}

#[test]
fn trees_tell_their_shares() {
    let x = table(400, 2);
    let values = x.column(1).to_vec();
    let told = told("decision_tree_regressor", "{}", &x, &values);
    let shares = told.impurity.unwrap();
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12 && shares[1] > 0.99);
    assert!(told.permutation.unwrap().mean[1] > 1.5);
}

#[test]
fn what_would_take_too_long_is_left_out_with_a_word() {
    let wide = table(300, 201);
    let told_of = |model: &str, x: &Array2<f64>| told(model, "{}", x, &x.column(0).to_vec());
    let reason = told_of("ridge_regression", &wide).permutation_left_out.unwrap();
    assert!(reason.contains("201 features"), "{reason}");
    let long = table(50_000, 10);
    let slow = told_of("k_neighbors_regressor", &long);
    assert!(slow.permutation.is_none());
    let reason = slow.permutation_left_out.unwrap();
    assert!(reason.contains("too long"), "{reason}");
}

#[test]
fn a_score_that_is_not_defined_is_no_figure() {
    let x = table(1, 2);
    let told = told("linear_regression", "{}", &x, &[1.0]);
    assert!(told.permutation.is_none());
    assert_eq!(
        told.permutation_left_out.unwrap(),
        "the r2 of 1 test rows is not defined"
    );
}
