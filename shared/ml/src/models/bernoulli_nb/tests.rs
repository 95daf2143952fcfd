use ndarray::s;

use crate::models::testing::*;

const KEY: &str = "bernoulli_nb";

#[test]
fn probabilities_are_scikit_learns() {
    let table = waves(40, 3, 3);
    let rows = table.x.slice(s![..2, ..]);
    let plain = [
        [0.5249394476881019, 0.3681393529241232, 0.1069211993877748],
        [0.09848274205757243, 0.18758617534775718, 0.7139310825946705],
    ];
    let found = predicted(&*fit(KEY, &[], &table.classes()), rows);
    assert_near(&found, plain.as_flattened(), 1e-9);
    let weighted = [
        [0.6792650256204026, 0.26970048685659814, 0.051034487522999335],
        [0.026047438813344575, 0.20405645190189636, 0.769896109284759],
    ];
    let params = [
        ("alpha", 0.5.into()),
        ("fit_prior", false.into()),
        ("binarize", 0.3.into()),
    ];
    let set = table.classes();
    let found = predicted(&*fit(KEY, &params, &set.weighted(Some(&uneven(40)))), rows);
    assert_near(&found, weighted.as_flattened(), 1e-9);
}
