//! What holds for every model that is made of trees.

use super::*;

/// The models that are made of trees.
fn trees() -> impl Iterator<Item = ModelSpec> {
    specs().into_iter().filter(|spec| {
        spec.key.contains("tree") || spec.key.contains("forest") || spec.key.contains("boosting")
    })
}

#[test]
fn trees_bear_numbers_of_any_scale() {
    let mut table = waves(300, 3, 2);
    for scale in [1e-300, 1e300] {
        table.x.column_mut(1).mapv_inplace(|value| value.signum() * scale);
        table
            .values
            .iter_mut()
            .enumerate()
            .for_each(|(i, value)| *value = if i % 2 == 0 { scale } else { -scale });
        for spec in trees() {
            let numbers = predicted(&*fit(&spec.key, &[], &table.for_model(&spec.key)), table.x.view());
            assert!(
                numbers.iter().all(|number| number.is_finite()),
                "{} {scale}",
                spec.key
            );
        }
    }
}

#[test]
fn trees_bear_columns_that_say_nothing_or_the_same_twice() {
    let mut table = waves(300, 5, 2);
    let first = table.x.column(0).to_owned();
    table.x.column_mut(1).assign(&first);
    table.x.column_mut(2).fill(3.0);
    table.x.column_mut(3).fill(f64::NAN);
    for spec in trees() {
        let model = fit(&spec.key, &[], &table.for_model(&spec.key));
        let importances = model.importances().unwrap();
        assert_eq!(importances[2..4], [0.0, 0.0], "{}", spec.key);
        let without = Array2::from_elem((1, 5), f64::NAN);
        assert!(
            predicted(&*model, without.view())
                .iter()
                .all(|number| number.is_finite())
        );
    }
}

#[test]
fn seventy_thousand_rows_that_are_all_the_same_are_one_leaf() {
    let table = Table::new(
        Array2::from_elem((70_000, 2).f(), 1.5),
        vec![2.5; 70_000],
        vec![1; 70_000],
    );
    for spec in trees() {
        let params: &[_] = if spec.key.contains("decision") {
            &[]
        } else {
            &[few_trees(&spec)]
        };
        let model = fit(&spec.key, params, &table.for_model(&spec.key));
        let found = predicted(&*model, Array2::from_elem((1, 2), 1.5).view());
        match spec.problem_type {
            ProblemType::Regression => assert_near(&found, &[2.5], 1e-12),
            ProblemType::Classification => assert_near(&found, &[0.0, 1.0], 1e-9),
        }
    }
}

/// Five trees.
fn few_trees(spec: &ModelSpec) -> (&'static str, domain::value::Value) {
    let boosting = spec.key.contains("boosting");
    (if boosting { "max_iter" } else { "n_estimators" }, 5.into())
}

#[test]
fn rows_without_weight_leave_no_trace() {
    let table = waves(200, 3, 3);
    let mut poisoned = waves(200, 3, 3);
    let weights: Vec<f64> = (0..200).map(|i| if i % 4 == 0 { 0.0 } else { 1.5 }).collect();
    for i in (0..200).step_by(4) {
        poisoned.values[i] = 1e6;
        poisoned.codes[i] = 2 - poisoned.codes[i];
    }
    for spec in trees() {
        let params: &[_] = if spec.key.contains("random_forest") {
            &[("bootstrap", false.into())]
        } else {
            &[]
        };
        let saved = [&table, &poisoned].map(|table| {
            let set = table.for_model(&spec.key);
            let numbers = fit(&spec.key, params, &set.weighted(Some(&weights)));
            predicted(&*numbers, table.x.view())
        });
        assert_near(&saved[0], &saved[1], 1e-3);
    }
}
