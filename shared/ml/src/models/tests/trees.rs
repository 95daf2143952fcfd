//! What holds for every model that is made of trees.

use super::*;

/// The models that are made of trees.
fn trees() -> impl Iterator<Item = ModelSpec> {
    specs().into_iter().filter(|spec| {
        spec.key.contains("tree") || spec.key.contains("forest") || spec.key.contains("boosting")
    })
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
        let model = fit(&spec.key, &quick(&spec), &table.for_model(&spec.key));
        let found = predicted(&*model, Array2::from_elem((1, 2), 1.5).view());
        match spec.problem_type {
            ProblemType::Regression => assert_near(&found, &[2.5], 1e-12),
            ProblemType::Classification => assert_near(&found, &[0.0, 1.0], 1e-9),
        }
    }
}
