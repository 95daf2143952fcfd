use ndarray::{Array2, ArrayViewD, ShapeBuilder};

use super::{
    Centred,
    raw::{self, Centre},
};
use crate::{
    Silent,
    instructions::Instructions,
    model::{FitContext, FitError, TrainingSet},
    models::{
        linear::{Engine, coordinate_descent, least_squares, plane::Plane},
        testing::{Table, Witness, assert_near, uneven, waves},
    },
};

fn on(threads: usize) -> FitContext<'static> {
    FitContext {
        observer: &Silent,
        threads,
        fold: None,
        memory: None,
    }
}

/// Features and a target that rise and fall about 0.
fn swings(rows: usize, features: usize) -> Table {
    let swing = |i: usize, j: usize| ((i + 31 * j) as f64 * 0.7).sin();
    let x = Array2::from_shape_fn((rows, features).f(), |(i, j)| swing(i, j));
    let y = (0..rows).map(|i| swing(i, features + 2) + 0.1).collect();
    Table::new(x, y, vec![0; rows])
}

fn raw_gram(set: &TrainingSet, instructions: Instructions) -> Option<Centre> {
    raw::gram(set, true, instructions, &on(1)).unwrap()
}

fn assert_alike(found: ArrayViewD<f64>, expected: ArrayViewD<f64>) {
    let numbers = |all: ArrayViewD<f64>| -> Vec<f64> { all.iter().copied().collect() };
    assert_near(&numbers(found), &numbers(expected), 1e-8);
}

#[test]
fn raw_rows_have_the_gram_matrix_of_centred_ones() {
    for rows in [5, 256, 1000] {
        let table = swings(rows, 5);
        let set = table.numbers();
        for instructions in Instructions::all() {
            let centred = Centred::of(&set, true, &on(1)).unwrap();
            let expected = centred.gram(instructions, &on(1)).unwrap();
            let Centre { means, gram } = raw_gram(&set, instructions).expect("means near 0");
            assert_near(&means, &centred.means, 1e-12);
            assert_alike(gram.view().into_dyn(), expected.view().into_dyn());
        }
    }
}

#[test]
fn rows_are_centred_first_where_rounding_would_tell() {
    let mut table = swings(1000, 5);
    assert!(raw_gram(&table.numbers(), Instructions::widest()).is_some());
    let weights = uneven(1000);
    assert!(raw_gram(&table.numbers().weighted(Some(&weights)), Instructions::widest()).is_none());
    table.x.column_mut(3).mapv_inplace(|value| value + 100.0);
    assert!(raw_gram(&table.numbers(), Instructions::widest()).is_none());
    table.x.column_mut(3).fill(1.0);
    assert!(raw_gram(&table.numbers(), Instructions::widest()).is_none());
    let mut table = swings(1000, 5);
    table.x = table.x.as_standard_layout().into_owned();
    assert!(raw_gram(&table.numbers(), Instructions::widest()).is_none());
    let mut table = swings(1000, 5);
    table.x[[500, 2]] = f64::NAN;
    assert!(raw_gram(&table.numbers(), Instructions::widest()).is_none());
}

#[test]
fn rows_that_start_far_from_zero_are_not_read_in_vain() {
    let observer = Witness::patient_for(0);
    let mut table = swings(1000, 5);
    let asked = |table: &Table| {
        raw::gram(
            &table.numbers(),
            true,
            Instructions::widest(),
            &observer.context(),
        )
    };
    assert!(matches!(asked(&table), Err(FitError::Cancelled)));
    table.x.column_mut(3).mapv_inplace(|value| value + 100.0);
    assert!(matches!(asked(&table), Ok(None)));
}

#[test]
fn solutions_are_equal_for_each_set_of_instructions_on_any_number_of_threads() {
    let (tall, wide) = (waves(14_000, 6, 2), swings(40, 1500));
    let weights = uneven(14_000);
    let (tall, wide) = (tall.numbers(), wide.numbers());
    let (tall_weighted, wide_weighted) = (tall.weighted(Some(&weights)), wide.weighted(Some(&weights[..40])));
    let sets = [&tall, &tall_weighted, &wide, &wide_weighted];
    let ridge = |set: &TrainingSet, instructions, threads| {
        let params = least_squares::Params {
            alpha: 1.0,
            fit_intercept: true,
            engine: Engine::Native,
        };
        least_squares::fit_by(&params, set, instructions, &on(threads)).unwrap()
    };
    let lasso = |set: &TrainingSet, instructions, threads| {
        let params = coordinate_descent::Params {
            alpha: 0.01,
            l1_ratio: 1.0,
            fit_intercept: true,
            max_iter: 1000,
            tol: 1e-10,
        };
        coordinate_descent::fit_by("lasso", &params, set, instructions, &on(threads)).unwrap()
    };
    type Fit<'a> = &'a dyn Fn(&TrainingSet, Instructions, usize) -> Plane;
    let fits: [Fit; 2] = [&ridge, &lasso];
    for (fit, set) in fits.into_iter().flat_map(|fit| sets.map(move |set| (fit, set))) {
        let plain = fit(set, Instructions::Plain, 1);
        for instructions in Instructions::all() {
            let [one, two, eight] = [1, 2, 8].map(|threads| fit(set, instructions, threads));
            assert!(one == two && one == eight, "{instructions:?} {:?}", set.x.dim());
            assert_near(&one.coefficients, &plain.coefficients, 1e-5);
        }
    }
}
