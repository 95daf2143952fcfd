use domain::value::Value;

use crate::models::testing::{Table, assert_near, fit, level, predicted, uneven, waves};

fn values(table: &Table, params: &[(&str, Value)], weights: Option<&[f64]>) -> Vec<f64> {
    let set = table.numbers();
    let params = [params, &[("tol", 1e-9.into())]].concat();
    let model = fit("svr", &params, &set.weighted(weights));
    predicted(&*model, table.x.view())[..5].to_vec()
}

/// Values of scikit-learn 1.9, whose kernel values have 24 bits.
#[test]
fn numbers_are_scikit_learns() {
    let expected = [
        -0.611_812_694_187_822,
        0.105_883_613_147_397_69,
        -0.005_068_206_546_268_494,
        -0.493_793_001_638_416_66,
        0.615_959_446_192_876_3,
    ];
    assert_near(&values(&waves(60, 3, 2), &[], None), &expected, 1e-5);
    let linear = [
        ("kernel", "linear".into()),
        ("epsilon", 0.5.into()),
        ("c", 2.into()),
    ];
    let expected = [
        -1.972_611_795_928_297_4,
        3.216_830_675_227_688_7,
        1.195_287_139_274_769_7,
        -2.917_323_780_007_440_5,
        -0.123_486_868_569_545_45,
    ];
    assert_near(&values(&level(2), &linear, Some(&uneven(60))), &expected, 1e-5);
}

#[test]
fn what_lies_within_the_tube_costs_nothing() {
    let table = waves(60, 3, 2);
    let all = table
        .values
        .iter()
        .fold(0.0, |most, value| f64::max(most, value.abs()));
    let flat = values(&table, &[("epsilon", (all + 1.0).into())], None);
    assert!(flat.iter().all(|value| *value == flat[0]));
}
