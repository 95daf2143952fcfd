use ndarray::s;

use crate::models::testing::*;

#[test]
fn means_are_scikit_learns() {
    let table = waves(700, 3, 3);
    let near = &table.x.slice(s![..3, ..]) + 0.25;
    let cases: [(&[_], [f64; 3]); 3] = [
        (&[], [-2.5450264345848246, 3.3844181642182414, 1.413894380515646]),
        (
            &[
                ("weights", "distance".into()),
                ("p", 1.into()),
                ("n_neighbors", 7.into()),
            ],
            [-2.212353650007306, 3.592348561039323, 1.3246457008063706],
        ),
        (
            &[("weights", "distance".into())],
            [-2.3203846219453665, 3.4681588156732177, 1.2802187775407672],
        ),
    ];
    for (params, expected) in cases {
        let found = predicted(
            &*fit("k_neighbors_regressor", params, &table.numbers()),
            near.view(),
        );
        assert_near(&found, &expected, 1e-9);
    }
}
