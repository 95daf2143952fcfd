use domain::value::Value;

use crate::{
    model::FitError,
    models::{
        svm::points::MAX_ROWS,
        testing::{Table, Witness, assert_near, failure, fit, fit_on, level, predicted, uneven, waves},
    },
};

/// The scores of the last of two classes.
fn scores(table: &Table, params: &[(&str, Value)], weights: Option<&[f64]>) -> Vec<f64> {
    let set = table.classes();
    let params = [params, &[("tol", 1e-9.into())]].concat();
    let model = fit("svc", &params, &set.weighted(weights));
    predicted(&*model, table.x.view())
        .chunks(2)
        .take(5)
        .map(|row| row[1])
        .collect()
}

/// Values of scikit-learn 1.9, whose kernel values have 24 bits.
#[test]
fn every_kernel_scores_as_scikit_learns() {
    let expected = [
        -0.299_157_469_341_780_67,
        0.997_420_972_777_795_3,
        0.903_374_411_953_161_3,
        -0.186_248_127_074_297_94,
        0.996_678_348_240_809,
    ];
    assert_near(&scores(&waves(60, 3, 2), &[], None), &expected, 1e-5);
    let balanced = [
        ("kernel", "linear".into()),
        ("c", 0.5.into()),
        ("class_weight", "balanced".into()),
    ];
    let expected = [
        -1.227_833_603_066_604_2,
        1.473_471_212_842_064_8,
        0.684_874_485_704_533_2,
        -1.374_588_260_085_980_5,
        0.950_912_954_226_517,
    ];
    assert_near(&scores(&level(2), &balanced, None), &expected, 1e-5);
    let poly = [
        ("kernel", "poly".into()),
        ("degree", 2.into()),
        ("coef0", 1.into()),
        ("gamma", 0.3.into()),
    ];
    let expected = [
        -1.546_858_314_911_435_9,
        1.889_140_964_912_222,
        1.069_372_807_801_813_2,
        -1.213_380_719_619_849_4,
        -0.669_688_754_678_437_6,
    ];
    assert_near(&scores(&level(2), &poly, Some(&uneven(60))), &expected, 1e-5);
    let sigmoid = [
        ("kernel", "sigmoid".into()),
        ("coef0", 0.1.into()),
        ("gamma", "auto".into()),
        ("c", 0.3.into()),
    ];
    let expected = [
        -0.968_567_064_903_957_3,
        1.054_011_217_149_385_2,
        0.505_734_622_972_647_6,
        -1.000_971_893_281_149_3,
        0.955_024_202_640_430_3,
    ];
    assert_near(&scores(&level(2), &sigmoid, None), &expected, 1e-5);
}

#[test]
fn three_classes_vote_as_scikit_learns() {
    let table = waves(60, 3, 3);
    let model = fit("svc", &[("tol", 1e-9.into())], &table.classes());
    let expected = [
        1.160_339_001_194_034_9,
        -0.187_358_808_305_380_43,
        2.087_631_529_117_306_4,
        -0.221_976_817_585_236_82,
        2.214_575_313_686_645,
        1.052_409_368_430_268_7,
        -0.218_254_286_406_940_06,
        2.214_255_532_987_890_4,
        1.029_548_931_447_980_1,
        1.150_242_266_432_637_7,
        -0.192_134_519_465_153_97,
        2.116_904_176_502_511_6,
    ];
    assert_near(&predicted(&*model, table.x.view())[..12], &expected, 1e-5);
}

#[test]
fn a_class_without_rows_is_never_predicted() {
    let mut table = waves(60, 3, 3);
    table.codes.iter_mut().for_each(|code| *code = (*code / 2) * 2);
    let model = fit("svc", &[], &table.classes());
    let scores = predicted(&*model, table.x.view());
    assert!(scores.chunks(3).all(|row| row[1] < row[0].max(row[2])));
}

#[test]
fn more_rows_than_it_takes_are_refused_with_the_limit_and_a_way_out() {
    let table = waves(MAX_ROWS + 1, 1, 2);
    for key in ["svc", "svr"] {
        let (code, message) = failure(key, &[], &table.for_model(key));
        assert_eq!(code, "TOO_MANY_ROWS");
        assert!(
            message.contains("50000") && message.contains("hist_gradient_boosting"),
            "{message}"
        );
    }
}

#[test]
fn a_state_with_vectors_that_are_not_there_does_not_suit() {
    let table = waves(40, 2, 3);
    let model = super::Svc;
    let set = table.classes();
    let ctx = crate::model::FitContext {
        observer: &Witness::patient_for(usize::MAX),
        threads: 1,
        fold: None,
        memory: None,
    };
    let parameters = crate::model::Model::spec(&model).parameters;
    let params = crate::parameters::read(&parameters, &crate::models::testing::object(&[]), "").unwrap();
    let fitted = crate::model::Model::fit(&model, &params, &set, &ctx).unwrap();
    let suits = |fitted: &super::Fitted| crate::model::Model::suits(&model, fitted, 2, Some(3));
    assert!(suits(&fitted));
    let cut = |change: fn(&mut super::Fitted)| {
        let mut fitted = fitted.clone();
        change(&mut fitted);
        fitted
    };
    assert!(!suits(&cut(|fitted| fitted.present = vec![0, 2])));
    assert!(!suits(&cut(|fitted| fitted.present = vec![0, 1, 7])));
    assert!(!suits(&cut(|fitted| fitted.classes = 4)));
}

#[test]
fn numbers_too_large_to_compute_with_are_refused() {
    let mut table = waves(40, 2, 2);
    table.x.mapv_inplace(|value| value * 1e200);
    for kernel in ["rbf", "linear"] {
        let failed = fit_on("svc", &[("kernel", kernel.into())], &table.classes(), 1);
        match failed.map(|_| ()) {
            Err(FitError::Failed(failure)) => assert_eq!(failure.code, "NUMERIC_OVERFLOW", "{kernel}"),
            other => panic!("{kernel}: {other:?}"),
        }
    }
}
