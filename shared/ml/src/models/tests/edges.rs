//! Tables at the edges of what there is: every model predicts finite numbers from them, or says what is wrong.

use super::*;

/// What the model says of the rows it was fitted on, all of it finite; none if it refused them with one of these codes.
/// Another engine than its own may refuse any.
#[track_caller]
fn bears(
    spec: &ModelSpec,
    params: &[(&str, Value)],
    set: &TrainingSet,
    refusals: &[&str],
) -> Option<Vec<f64>> {
    if spec.parameters.iter().any(|parameter| parameter.name == "engine") {
        let linfa = [params, &[("engine", "linfa".into())]].concat();
        let refusals = [refusals, &["ENGINE_FAILED", "ENGINE_LIMIT", "NUMERIC_OVERFLOW"]].concat();
        is_borne(spec, &linfa, set, &refusals);
    }
    is_borne(spec, params, set, refusals)
}

#[track_caller]
fn is_borne(
    spec: &ModelSpec,
    params: &[(&str, Value)],
    set: &TrainingSet,
    refusals: &[&str],
) -> Option<Vec<f64>> {
    match fit_on(&spec.key, params, set, 2) {
        Ok(model) => {
            let numbers = predicted(&*model, set.x.view());
            assert!(numbers.iter().all(|number| number.is_finite()), "{}", spec.key);
            Some(numbers)
        }
        Err(FitError::Failed(failure)) => {
            let code = &*failure.code;
            assert!(
                refusals.contains(&code),
                "{}: {code}: {}",
                spec.key,
                failure.message
            );
            None
        }
        Err(FitError::Cancelled) => panic!("nobody cancelled {}", spec.key),
    }
}

#[test]
fn rows_that_do_not_differ_are_predicted_as_their_mean() {
    let x = Array2::from_elem((70, 3), 5.0);
    let values: Vec<f64> = (0..70).map(f64::from).collect();
    let codes = (0..70).map(|i| u32::from(i % 10 == 0)).collect();
    let table = Table::new(x, values, codes);
    // Neighbours are some of the rows, scores are no shares, and a tube has no mean.
    let has_shares = |spec: &ModelSpec| {
        !["k_neighbors", "bernoulli_nb", "linear_svc", "sv"]
            .iter()
            .any(|key| spec.key.starts_with(key))
    };
    for spec in of_type(ProblemType::Regression).filter(has_shares) {
        let off = if spec.key.contains("random_forest") {
            5.0
        } else {
            1e-9
        };
        let model = fit(&spec.key, &[], &table.numbers());
        assert_near(&predicted(&*model, table.x.view())[..1], &[34.5], off);
    }
    for spec in of_type(ProblemType::Classification).filter(has_shares) {
        let off = if spec.key.contains("forest") { 0.05 } else { 1e-4 };
        let model = fit(&spec.key, &[], &table.classes());
        assert_near(&predicted(&*model, table.x.view())[..2], &[0.9, 0.1], off);
    }
}

#[test]
fn one_row_is_enough_for_a_number() {
    let table = Table::new(Array2::ones((1, 2)), vec![3.0], vec![0]);
    for spec in of_type(ProblemType::Regression) {
        let model = fit(&spec.key, &[], &table.numbers());
        assert_near(&predicted(&*model, table.x.view()), &[3.0], 1e-12);
    }
}

#[test]
fn one_class_alone_never_panics() {
    let table = Table::new(waves(30, 2, 2).x, vec![0.0; 30], vec![0; 30]);
    for spec in of_type(ProblemType::Classification) {
        match fit_on(&spec.key, &[], &table.for_model(&spec.key), 1) {
            Ok(model) => assert_near(&predicted(&*model, table.x.view()), &[1.0; 30], 0.0),
            Err(FitError::Failed(failure)) => assert_eq!(failure.code, "ONE_CLASS"),
            Err(FitError::Cancelled) => panic!("nobody cancelled"),
        }
    }
}

#[test]
fn three_hundred_classes_are_told_apart() {
    let x = Array2::from_shape_fn((1500, 2).f(), |(i, j)| {
        if j == 0 { (i / 5) as f64 } else { (i % 5) as f64 }
    });
    let codes: Vec<u32> = (0..1500).map(|i| i / 5).collect();
    let table = Table::new(x, Vec::new(), codes.clone());
    let params = [
        ("n_estimators", 5.into()),
        ("max_depth", "none".into()),
        ("max_features", "none".into()),
    ];
    let model = fit("random_forest_classifier", &params, &table.classes());
    let rows = predicted(&*model, table.x.view());
    assert!(
        rows.chunks(300)
            .all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12)
    );
    let right = rows
        .chunks(300)
        .zip(&codes)
        .filter(|(row, code)| row[**code as usize] > 0.3)
        .count();
    assert!(right > 1000, "{right}");
    let model = fit("logistic_regression", &[("max_iter", 5.into())], &table.classes());
    assert!(
        predicted(&*model, table.x.view())
            .iter()
            .all(|share| share.is_finite())
    );
}

#[test]
fn what_a_model_cannot_take_is_refused_with_the_features_name() {
    for (value, code) in [
        (f64::NAN, "MISSING_VALUES"),
        (f64::INFINITY, "INFINITE_VALUES"),
        (f64::NEG_INFINITY, "INFINITE_VALUES"),
    ] {
        let mut table = waves(40, 3, 2);
        table.x[[7, 1]] = value;
        for spec in specs() {
            let set = table.for_model(&spec.key);
            if spec.handles_missing {
                let numbers = predicted(&*fit(&spec.key, &[], &set), table.x.view());
                assert!(numbers.iter().all(|number| number.is_finite()), "{}", spec.key);
            } else {
                let (found, message) = failure(&spec.key, &[], &set);
                assert_eq!(found, code);
                assert!(message.contains("\"f1\""), "{message}");
            }
        }
    }
}

#[test]
fn no_rows_or_rows_without_weight_are_refused() {
    let (empty, table) = (waves(0, 2, 2), waves(10, 2, 2));
    for key in keys() {
        assert_eq!(failure(&key, &[], &empty.for_model(&key)).0, "NO_ROWS");
        let set = table.for_model(&key);
        assert_eq!(failure(&key, &[], &set.weighted(Some(&[0.0; 10]))).0, "NO_ROWS");
    }
}

#[test]
fn one_row_of_one_class_or_of_the_second_never_panics() {
    let x = || Array2::ones((1, 2));
    let (one, second) = (
        Table::new(x(), vec![3.0], vec![0]),
        Table::new(x(), vec![3.0], vec![1]),
    );
    for spec in of_type(ProblemType::Classification) {
        bears(&spec, &[], &one.for_model(&spec.key), &["ONE_CLASS"]);
        bears(&spec, &[], &second.for_model(&spec.key), &["ONE_CLASS"]);
    }
}

#[test]
fn a_number_that_never_changes_is_predicted() {
    let table = Table::new(waves(50, 3, 2).x, vec![-2.5; 50], vec![0; 50]);
    for spec in of_type(ProblemType::Regression) {
        let found = bears(&spec, &[], &table.numbers(), &[]).unwrap();
        assert_near(&found, &[-2.5; 50], 1e-9);
    }
}

#[test]
fn columns_that_say_nothing_or_the_same_twice_are_no_trouble() {
    let mut table = level(3);
    let first = table.x.column(0).to_owned();
    table.x.column_mut(1).assign(&first);
    table.x.column_mut(2).fill(3.0);
    let nothing_else = Table::new(
        Array2::from_elem((60, 1), -7.0),
        table.values.clone(),
        table.codes.clone(),
    );
    for spec in specs() {
        bears(&spec, &[], &table.for_model(&spec.key), &[]).unwrap();
        bears(&spec, &[], &nothing_else.for_model(&spec.key), &[]).unwrap();
    }
}

#[test]
fn a_column_without_a_value_is_borne_or_refused_by_its_name() {
    let mut table = waves(60, 3, 2);
    table.x.column_mut(1).fill(f64::NAN);
    for spec in specs() {
        let refusals: &[_] = if spec.handles_missing {
            &[]
        } else {
            &["MISSING_VALUES"]
        };
        let found = bears(&spec, &[], &table.for_model(&spec.key), refusals);
        assert_eq!(found.is_some(), spec.handles_missing, "{}", spec.key);
    }
}

#[test]
fn more_features_than_rows_are_no_trouble() {
    let mut random = stream(2, &["wide"]);
    let x = Array2::from_shape_simple_fn((12, 40).f(), || random.uniform());
    let table = Table::new(
        x,
        (0..12).map(f64::from).collect(),
        (0..12).map(|i| i % 3).collect(),
    );
    for key in keys() {
        let model = fit(&key, &[], &table.for_model(&key));
        assert!(
            predicted(&*model, table.x.view())
                .iter()
                .all(|number| number.is_finite()),
            "{key}"
        );
    }
}

#[test]
fn numbers_of_any_scale_are_borne_or_refused_as_too_large() {
    for scale in [1e-300, 1e300] {
        let mut table = waves(300, 3, 2);
        table.x.column_mut(1).mapv_inplace(|value| value.signum() * scale);
        for (i, value) in table.values.iter_mut().enumerate() {
            *value = if i % 2 == 0 { scale } else { -scale };
        }
        for spec in specs() {
            // A tree's sums are whole numbers, and small numbers are no trouble to anybody.
            let refusals: &[_] = if spec.handles_missing || scale < 1.0 {
                &[]
            } else {
                &["NUMERIC_OVERFLOW"]
            };
            bears(&spec, &quick(&spec), &table.for_model(&spec.key), refusals);
        }
    }
}

#[test]
fn tables_of_any_scale_are_borne_or_refused_as_too_large() {
    for scale in [1e-300, 1e300] {
        let mut table = waves(300, 3, 2);
        table.x.mapv_inplace(|value| value.signum() * scale);
        for spec in specs() {
            let refusals: &[_] = if spec.handles_missing || scale < 1.0 {
                &[]
            } else {
                &["NUMERIC_OVERFLOW"]
            };
            bears(&spec, &quick(&spec), &table.for_model(&spec.key), refusals);
        }
    }
}

#[test]
fn a_class_whose_rows_have_no_weight_is_no_trouble() {
    let table = level(3);
    let weights: Vec<f64> = table
        .codes
        .iter()
        .map(|code| f64::from(u8::from(*code != 1)))
        .collect();
    for spec in of_type(ProblemType::Classification) {
        let set = table.for_model(&spec.key);
        bears(&spec, &quick(&spec), &set.weighted(Some(&weights)), &[]).unwrap();
    }
}

#[test]
fn rows_without_weight_leave_no_trace() {
    let (table, mut poisoned) = (level(3), level(3));
    let weights: Vec<f64> = (0..60).map(|i| if i % 4 == 0 { 0.0 } else { 1.5 }).collect();
    for i in (0..60).step_by(4) {
        poisoned.values[i] = 1e6;
        poisoned.codes[i] = 2 - poisoned.codes[i];
    }
    for spec in specs() {
        let params: &[_] = if spec.key.contains("random_forest") {
            &[("bootstrap", false.into())]
        } else {
            &[]
        };
        let [found, expected] = [&poisoned, &table].map(|table| {
            let set = table.for_model(&spec.key);
            bears(&spec, params, &set.weighted(Some(&weights)), &[]).unwrap()
        });
        assert_near(&found, &expected, 1e-9);
    }
}

#[test]
fn three_hundred_classes_are_no_trouble() {
    let x = Array2::from_shape_fn(
        (600, 2).f(),
        |(i, j)| if j == 0 { (i / 2) as f64 } else { (i % 2) as f64 },
    );
    let table = Table::new(x, Vec::new(), (0..600).map(|i| i / 2).collect());
    for spec in of_type(ProblemType::Classification) {
        let params = match &*spec.key {
            "linear_svc" | "logistic_regression" => vec![("max_iter", 5.into())],
            "hist_gradient_boosting_classifier" => vec![("max_iter", 1.into())],
            _ => quick(&spec),
        };
        let found = bears(&spec, &params, &table.for_model(&spec.key), &[]).unwrap();
        assert_eq!(found.len(), 600 * 300, "{}", spec.key);
    }
}

#[test]
fn seventy_thousand_rows_that_are_all_the_same_are_no_trouble() {
    let codes: Vec<u32> = (0..70_000).map(|i| i % 2).collect();
    let values = codes.iter().map(|code| f64::from(*code)).collect();
    let table = Table::new(Array2::from_elem((70_000, 2).f(), 1.5), values, codes);
    for spec in specs() {
        let set = table.for_model(&spec.key);
        match fit_on(&spec.key, &quick(&spec), &set, 2) {
            Ok(model) => {
                let found = predicted(&*model, set.x.slice(ndarray::s![..1, ..]));
                assert!(found.iter().all(|number| number.is_finite()), "{}", spec.key);
            }
            Err(FitError::Failed(failure)) => assert_eq!(failure.code, "TOO_MANY_ROWS", "{}", spec.key),
            Err(FitError::Cancelled) => panic!("nobody cancelled {}", spec.key),
        }
    }
}
