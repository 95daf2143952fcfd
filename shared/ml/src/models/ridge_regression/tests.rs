use ndarray::{Array2, ArrayView2, concatenate, s};

use super::Fitted;
use crate::{model::TrainingSet, models::testing::*};

fn ridge(alpha: f64, engine: &str, set: &TrainingSet) -> Fitted {
    let model = fit(
        "ridge_regression",
        &[("alpha", alpha.into()), ("engine", engine.into())],
        set,
    );
    ciborium::from_reader(model.save().as_slice()).unwrap()
}

#[test]
fn coefficients_are_scikit_learns() {
    let table = waves(40, 4, 2);
    let plain = [
        1.7312551827170362,
        -0.2878161461914039,
        0.00042332775801943296,
        0.001787132407725741,
    ];
    let weighted = [
        1.7161375105234316,
        -0.2882583940644724,
        -0.00010588873620587312,
        0.0016433285239510706,
    ];
    for engine in ["native", "linfa"] {
        let found = ridge(2.0, engine, &table.numbers());
        assert_near(&found.coefficients, &plain, 1e-12);
        assert_near(&[found.intercept], &[0.0935808262794216], 1e-12);
        let found = ridge(2.0, engine, &table.numbers().weighted(Some(&uneven(40))));
        assert_near(&found.coefficients, &weighted, 1e-12);
        assert_near(&[found.intercept], &[0.0709826269977403], 1e-12);
    }
}

#[test]
fn more_features_than_rows_are_solved_as_scikit_learn_does() {
    let (few, all) = (waves(3, 4, 2), waves(40, 4, 2));
    let coefficients = [
        0.0008381076065128226,
        -0.001869897205308539,
        0.1189732225784232,
        0.02456259444412423,
    ];
    for engine in ["native", "linfa"] {
        let found = ridge(0.5, engine, &few.numbers());
        assert_near(&found.coefficients, &coefficients, 1e-10);
        assert_near(&[found.intercept], &[-13.793631221859464], 1e-9);
    }
    assert_eq!(few.x, all.x.slice(s![..3, ..]));
}

#[test]
fn many_more_features_than_rows_are_taken_part_by_part_to_the_same_solution() {
    let x = Array2::from_shape_fn((20, 2100), |(i, j)| {
        ((i * i + 7 * j * (i + 1)) as f64 * 0.37).sin() + 3.0
    });
    let values = (0..20).map(|i| (i as f64).cos()).collect();
    let (table, weights) = (Table::new(x, values, vec![0; 20]), uneven(20));
    for weights in [None, Some(&weights[..])] {
        let set = table.numbers();
        let found = ridge(0.5, "native", &set.weighted(weights));
        // The penalty's pull on every coefficient is that of what is left.
        let left = table.x.rows().into_iter().zip(&table.values).enumerate();
        let left: Vec<f64> = left
            .map(|(i, (row, y))| {
                let fitted = row.dot(&ndarray::aview1(&found.coefficients)) + found.intercept;
                weights.map_or(1.0, |weights| weights[i]) * (y - fitted)
            })
            .collect();
        let pulls = table.x.t().dot(&ndarray::aview1(&left)).to_vec();
        let expected: Vec<f64> = found.coefficients.iter().map(|beta| 0.5 * beta).collect();
        assert_near(&pulls, &expected, 1e-11);
        assert_near(&[left.iter().sum()], &[0.0], 1e-11);
        assert!(found.coefficients.iter().any(|beta| beta.abs() > 1e-4));
    }
}

#[test]
fn a_penalty_that_is_nothing_beside_the_features_leaves_what_least_squares_predicts() {
    for (rows, features) in [(600, 4), (20, 90)] {
        let x = Array2::from_shape_fn((rows, features), |(i, j)| {
            ((3 * i + 1) as f64 * (j + 2) as f64 * 0.37).sin()
        });
        let values = (0..rows).map(|i| (i as f64).cos()).collect();
        let mut table = Table::new(x, values, vec![0; rows]);
        let (first, weights) = (table.x.column(0).to_owned(), uneven(rows));
        table.x.column_mut(1).assign(&first);
        let set = table.numbers();
        let shortest = fit("linear_regression", &[], &set.weighted(Some(&weights)));
        let shortest = predicted(&*shortest, table.x.view());
        table.x *= 1e6;
        let set = table.numbers();
        let found = fit("ridge_regression", &[], &set.weighted(Some(&weights)));
        assert_near(&predicted(&*found, table.x.view()), &shortest, 1e-8);
    }
}

#[test]
fn many_rows_are_summed_in_parts_to_the_same_solution() {
    let table = waves(20_000, 3, 2);
    let (native, linfa) = (
        ridge(1.0, "native", &table.numbers()),
        ridge(1.0, "linfa", &table.numbers()),
    );
    assert_near(&native.coefficients, &linfa.coefficients, 1e-12);
    assert_near(&[native.intercept], &[linfa.intercept], 1e-12);
}

/// The larger of what is left of the normal equations and of the difference between the doubled columns.
fn flaw(table: &Table, found: &Fitted) -> f64 {
    let x: ArrayView2<f64> = table.x.view();
    let centred = &x - &x.mean_axis(ndarray::Axis(0)).unwrap();
    let fitted: Vec<f64> = x
        .rows()
        .into_iter()
        .map(|row| row.dot(&ndarray::aview1(&found.coefficients)))
        .collect();
    let left: Vec<f64> = table
        .values
        .iter()
        .zip(&fitted)
        .map(|(y, f)| y - f - found.intercept)
        .collect();
    let normal = centred.t().dot(&ndarray::aview1(&left));
    let apart = found
        .coefficients
        .iter()
        .zip(&found.coefficients[2..])
        .map(|(a, b)| (a - b).abs());
    normal
        .iter()
        .map(|value| value.abs())
        .chain(apart)
        .fold(0.0, f64::max)
}

#[test]
fn doubled_columns_without_a_penalty_share_their_coefficient() {
    let mut table = waves(50, 2, 2);
    table.x = concatenate![ndarray::Axis(1), table.x, table.x];
    table.names = (0..4).map(|j| format!("f{j}")).collect();
    let found = ridge(0.0, "native", &table.numbers());
    assert!(flaw(&table, &found) < 1e-9, "{found:?}");
}

#[test]
fn constant_columns_have_no_coefficient() {
    let mut table = waves(50, 3, 2);
    table.x.column_mut(1).fill(7.5);
    for alpha in [0.0, 1.0] {
        assert_near(
            &ridge(alpha, "native", &table.numbers()).coefficients[1..2],
            &[0.0],
            1e-12,
        );
    }
}

#[test]
fn without_an_intercept_the_plane_goes_through_the_origin() {
    let table = waves(40, 3, 2);
    for engine in ["native", "linfa"] {
        let params = [("fit_intercept", false.into()), ("engine", engine.into())];
        let model = fit("ridge_regression", &params, &table.numbers());
        assert_eq!(predicted(&*model, Array2::zeros((1, 3)).view()), [0.0]);
    }
}

#[test]
fn features_too_large_to_square_are_fitted_and_too_large_targets_refused() {
    let mut table = waves(40, 3, 2);
    let plain = ridge(0.0, "native", &table.numbers());
    table.x *= 1e200;
    let large = ridge(1.0, "native", &table.numbers());
    let scaled: Vec<f64> = large.coefficients.iter().map(|beta| beta * 1e200).collect();
    assert_near(&scaled, &plain.coefficients, 1e-9);

    table.values.iter_mut().for_each(|value| *value *= 1e308);
    assert_eq!(
        failure("ridge_regression", &[], &table.numbers()).0,
        "NUMERIC_OVERFLOW"
    );
}
