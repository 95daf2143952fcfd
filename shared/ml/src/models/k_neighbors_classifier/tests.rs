use ndarray::s;

use crate::models::{get, testing::*};

const KEY: &str = "k_neighbors_classifier";

#[test]
fn probabilities_are_scikit_learns() {
    let table = waves(700, 3, 3);
    let near = &table.x.slice(s![..3, ..]) + 0.25;
    let cases: [(&[_], [[f64; 3]; 3]); 3] = [
        (&[], [[0.6, 0.4, 0.0], [0.0, 0.4, 0.6], [0.2, 0.2, 0.6]]),
        (
            &[
                ("weights", "distance".into()),
                ("p", 1.into()),
                ("n_neighbors", 7.into()),
            ],
            [
                [0.554189852445534, 0.445810147554466, 0.0],
                [0.0, 0.27541985658834767, 0.7245801434116523],
                [0.1510411039183491, 0.3401877325902472, 0.5087711634914037],
            ],
        ),
        (
            &[("weights", "distance".into())],
            [
                [0.5692196050884821, 0.43078039491151787, 0.0],
                [0.0, 0.3394638443374308, 0.6605361556625692],
                [0.17689275470999602, 0.3330797164192874, 0.4900275288707165],
            ],
        ),
    ];
    for (params, expected) in cases {
        let found = predicted(&*fit(KEY, params, &table.classes()), near.view());
        assert_near(&found, expected.as_flattened(), 1e-9);
    }
}

#[test]
fn a_row_at_no_distance_decides_alone_by_distance() {
    let table = waves(100, 3, 3);
    let model = fit(KEY, &[("weights", "distance".into())], &table.classes());
    for (row, code) in predicted(&*model, table.x.view()).chunks(3).zip(&table.codes) {
        assert_eq!(row[*code as usize], 1.0);
    }
}

#[test]
fn rows_without_weight_are_no_neighbours_and_others_count_by_weight() {
    let x = ndarray::array![[0.0], [1.0], [2.0], [3.0]];
    let table = Table::new(x, Vec::new(), vec![0, 1, 1, 1]);
    let set = table.classes();
    let model = fit(
        KEY,
        &[("n_neighbors", 2.into())],
        &set.weighted(Some(&[3.0, 1.0, 0.0, 1.0])),
    );
    let found = predicted(&*model, ndarray::array![[0.4], [2.1]].view());
    assert_near(&found, &[0.75, 0.25, 0.0, 1.0], 1e-12);
}

#[test]
fn more_neighbours_than_rows_are_all_rows_with_a_warning() {
    let table = waves(8, 2, 2);
    let observer = Witness::patient_for(usize::MAX);
    let ctx = observer.context();
    let model = get(KEY)
        .unwrap()
        .fit(&object(&[("n_neighbors", 9.into())]), &table.classes(), &ctx);
    let share = table.codes.iter().sum::<u32>() as f64 / 8.0;
    let found = predicted(
        &*model.unwrap_or_else(|error| panic!("{error:?}")),
        table.x.view(),
    );
    assert_near(&found[1..2], &[share], 1e-12);
    assert!(observer.warnings.lock().unwrap()[0].contains("8 rows"));
}

#[test]
fn distances_that_overflow_still_find_neighbours() {
    let mut table = waves(30, 2, 2);
    table.x *= 1e300;
    for weights in ["uniform", "distance"] {
        let model = fit(KEY, &[("weights", weights.into())], &table.classes());
        for row in predicted(&*model, table.x.view()).chunks(2) {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{row:?}");
        }
    }
}
