use ndarray::s;

use crate::models::testing::*;

const KEY: &str = "multinomial_nb";

#[test]
fn probabilities_are_scikit_learns() {
    let table = waves(40, 3, 3);
    let set = table.for_model(KEY);
    let rows = set.x.slice(s![..2, ..]);
    let plain = [
        [0.2337066023046475, 0.6536525898390274, 0.11264080785632398],
        [0.14697272827089095, 0.2507518819398136, 0.6022753897892972],
    ];
    assert_near(
        &predicted(&*fit(KEY, &[], &set), rows),
        plain.as_flattened(),
        1e-9,
    );
    let weighted = [
        [0.19414849655649144, 0.7284704311702804, 0.07738107227322939],
        [0.16178848282739391, 0.24940100610569463, 0.5888105110669116],
    ];
    let params = [("alpha", 0.5.into()), ("fit_prior", false.into())];
    let found = predicted(&*fit(KEY, &params, &set.weighted(Some(&uneven(40)))), rows);
    assert_near(&found, weighted.as_flattened(), 1e-9);
}

#[test]
fn negative_numbers_are_no_counts() {
    let (code, message) = failure(KEY, &[], &waves(40, 3, 2).classes());
    assert_eq!(code, "NEGATIVE_VALUES");
    assert!(message.contains("\"f0\""), "{message}");
}
