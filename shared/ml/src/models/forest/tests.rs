use domain::value::Value;
use ndarray::{Array2, Axis, s};

use super::{
    Forest,
    params::{FeatureRule, MaxFeatures},
};
use crate::{
    model::FitContext,
    models::{get, testing::*},
};

const CLASSIFIER: &str = "random_forest_classifier";
const REGRESSOR: &str = "random_forest_regressor";

/// One tree on all rows and features.
fn one_tree(more: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    let mut params = vec![
        ("n_estimators", 1.into()),
        ("bootstrap", false.into()),
        ("max_features", Value::Null),
    ];
    params.extend(more.iter().cloned());
    params
}

#[test]
fn a_tree_of_numbers_is_scikit_learns() {
    let table = waves(40, 4, 2);
    let plain = [
        -0.7330585419145468,
        4.466512619002278,
        2.6844510553504266,
        -5.750450495663263,
        0.3366960810477157,
        -3.5293247163098407,
    ];
    let weighted = [
        -0.7330585419145468,
        5.054751940135224,
        1.1091899908191005,
        -5.970347524631073,
        -0.7282998257778788,
        -3.674583587200563,
    ];
    let params = one_tree(&[
        ("max_depth", 3.into()),
        ("min_samples_leaf", 3.into()),
        ("min_samples_split", 2.into()),
    ]);
    let rows = table.x.slice(s![..6, ..]);
    assert_near(
        &predicted(&*fit(REGRESSOR, &params, &table.numbers()), rows),
        &plain,
        1e-12,
    );
    let set = table.numbers();
    let model = fit(REGRESSOR, &params, &set.weighted(Some(&uneven(40))));
    assert_near(&predicted(&*model, rows), &weighted, 1e-12);
}

#[test]
fn a_tree_of_classes_is_scikit_learns() {
    let table = waves(40, 4, 3);
    let mixed = [0.1951219512195122, 0.5121951219512195, 0.2926829268292683];
    let expected = [mixed, [0.0, 0.0, 1.0], mixed, mixed];
    let set = table.classes();
    for criterion in ["gini", "entropy", "log_loss"] {
        let params = one_tree(&[
            ("max_depth", 2.into()),
            ("criterion", criterion.into()),
            ("min_samples_leaf", 1.into()),
            ("min_samples_split", 2.into()),
        ]);
        let model = fit(CLASSIFIER, &params, &set.weighted(Some(&uneven(40))));
        let found = predicted(&*model, table.x.slice(s![..4, ..]));
        assert_near(&found, expected.as_flattened(), 1e-12);
    }
}

/// Few classes whose rows weigh the same are summed up in one cell, all others class by class.
#[test]
fn classes_in_one_cell_and_class_by_class_make_the_same_trees() {
    for classes in [3, 4, 6] {
        let mut table = waves(400, 5, classes);
        for (i, value) in table.x.column_mut(0).iter_mut().enumerate() {
            *value = if i % 7 == 0 {
                f64::NAN
            } else {
                (*value * 3.0).round()
            };
        }
        for (criterion, random_cuts) in [("gini", false), ("entropy", false), ("gini", true)] {
            let key = if random_cuts {
                "extra_trees_classifier"
            } else {
                CLASSIFIER
            };
            let params = [
                ("n_estimators", 5.into()),
                ("bootstrap", false.into()),
                ("criterion", criterion.into()),
                ("max_depth", 4.into()),
            ];
            let set = table.classes();
            let plain = predicted(&*fit(key, &params, &set), table.x.view());
            let ones = vec![1.0; 400];
            let weighted = predicted(&*fit(key, &params, &set.weighted(Some(&ones))), table.x.view());
            assert_eq!(plain, weighted, "{classes} {criterion} {key}");
        }
    }
}

#[test]
fn a_tree_without_limits_learns_every_row() {
    let table = waves(250, 3, 3);
    let params = one_tree(&[
        ("max_depth", "none".into()),
        ("min_samples_leaf", 1.into()),
        ("min_samples_split", 2.into()),
    ]);
    let found = predicted(&*fit(CLASSIFIER, &params, &table.classes()), table.x.view());
    let right = found
        .chunks(3)
        .zip(&table.codes)
        .filter(|(row, code)| row[**code as usize] > 0.5)
        .count();
    assert_eq!(right, 250);
}

#[test]
fn missing_values_go_where_they_fit() {
    // Missing values belong to the large ones, then to the small ones.
    for high in [true, false] {
        let x = Array2::from_shape_fn((90, 1), |(i, _)| if i < 30 { f64::NAN } else { i as f64 });
        let class = |i: usize| u32::from(if high { !(30..60).contains(&i) } else { i >= 60 });
        let table = Table::new(x, Vec::new(), (0..90).map(class).collect());
        let model = fit(
            CLASSIFIER,
            &one_tree(&[("max_depth", 1.into())]),
            &table.classes(),
        );
        let found = predicted(&*model, table.x.view());
        assert!(
            found
                .chunks(2)
                .zip(&table.codes)
                .all(|(row, code)| row[*code as usize] == 1.0),
            "{high}"
        );
    }
}

#[test]
fn missing_values_go_where_they_fit_if_features_are_cut_anywhere() {
    for class_of_missing in [0, 1] {
        let x = Array2::from_shape_fn((60, 1), |(i, _)| [0.0, 1.0, f64::NAN][i % 3]);
        let codes: Vec<u32> = (0..60).map(|i| [0, 1, class_of_missing][i % 3]).collect();
        let values = codes.iter().map(|code| f64::from(*code)).collect();
        let table = Table::new(x, values, codes);
        let params = [("n_estimators", 1.into()), ("max_depth", 1.into())];
        let model = fit("extra_trees_regressor", &params, &table.numbers());
        assert_near(&predicted(&*model, table.x.view()), &table.values, 0.0);
    }
}

#[test]
fn that_a_value_is_missing_can_be_all_a_tree_needs() {
    let x = Array2::from_shape_fn((60, 1), |(i, _)| if i % 2 == 0 { f64::NAN } else { i as f64 });
    let table = Table::new(x, (0..60).map(|i| f64::from(i % 2)).collect(), vec![0; 60]);
    let model = fit(REGRESSOR, &one_tree(&[("max_depth", 1.into())]), &table.numbers());
    assert_near(&predicted(&*model, table.x.view()), &table.values, 0.0);
}

#[test]
fn values_missing_at_prediction_alone_go_with_the_majority() {
    let x = Array2::from_shape_fn((50, 1), |(i, _)| i as f64);
    let table = Table::new(
        x,
        (0..50).map(|i| f64::from(u8::from(i < 15))).collect(),
        vec![0; 50],
    );
    let model = fit(REGRESSOR, &one_tree(&[("max_depth", 1.into())]), &table.numbers());
    assert_eq!(
        predicted(&*model, Array2::from_elem((1, 1), f64::NAN).view()),
        [0.0]
    );
}

#[test]
fn features_without_values_and_infinite_ones_are_no_trouble() {
    let mut table = waves(100, 3, 2);
    table.x.column_mut(1).fill(f64::NAN);
    for (i, value) in table.x.column_mut(2).iter_mut().enumerate() {
        *value = [f64::NEG_INFINITY, -1.0, f64::INFINITY][i % 3];
        table.values[i] = f64::from((i % 3) as u8);
    }
    let model = fit(REGRESSOR, &one_tree(&[]), &table.numbers());
    assert_near(&predicted(&*model, table.x.view()), &table.values, 1e-12);
}

#[test]
fn rows_are_predicted_alike_alone_and_among_others() {
    let table = waves(1500, 4, 3);
    let model = fit(CLASSIFIER, &[], &table.classes());
    let together = predicted(&*model, table.x.view());
    for row in [0, 511, 512, 1499] {
        let alone = predicted(&*model, table.x.slice(s![row..=row, ..]));
        assert_eq!(alone, together[row * 3..row * 3 + 3]);
    }
    assert!(predicted(&*model, table.x.slice(s![..0, ..])).is_empty());
}

#[test]
fn constant_features_do_not_count_as_tried() {
    let mut table = waves(300, 1, 2);
    let constant = Array2::from_elem((300, 30), 1.0);
    table.x = ndarray::concatenate![Axis(1), constant, table.x];
    table.names = (0..31).map(|j| format!("f{j}")).collect();
    let params = [("max_features", 0.01.into()), ("n_estimators", 3.into())];
    let found = predicted(&*fit(CLASSIFIER, &params, &table.classes()), table.x.view());
    let right = found
        .chunks(2)
        .zip(&table.codes)
        .filter(|(row, code)| row[**code as usize] > 0.5)
        .count();
    assert!(right > 200, "{right}");
}

#[test]
fn the_seed_and_nothing_else_draws() {
    let table = waves(200, 4, 2);
    let saved = |seed: i32| fit(CLASSIFIER, &[("random_state", seed.into())], &table.classes()).save();
    assert_eq!(saved(1), saved(1));
    assert_ne!(saved(1), saved(2));
}

#[test]
fn progress_is_a_tick_per_tree_in_order() {
    let observer = Witness::patient_for(usize::MAX);
    let ctx = FitContext {
        observer: &observer,
        threads: 4,
        fold: None,
        memory: None,
    };
    let params = object(&[("n_estimators", 30.into())]);
    get(CLASSIFIER)
        .unwrap()
        .fit(&params, &waves(100, 2, 2).classes(), &ctx)
        .map(|_| ())
        .unwrap();
    let steps = observer.steps.lock().unwrap();
    assert!(steps.iter().map(|step| step.completed).eq(1..=30));
    assert!(steps.iter().all(|step| step.total == 30 && step.unit == "trees"));
}

#[test]
fn pure_leaves_are_kept_once() {
    let table = waves(500, 3, 3);
    let params = one_tree(&[("max_depth", Value::Null), ("min_samples_leaf", 1.into())]);
    let saved = fit(CLASSIFIER, &params, &table.classes()).save();
    let forest: Forest = ciborium::from_reader(saved.as_slice()).unwrap();
    let leaves: Vec<&[f64]> = forest.trees[0].values.chunks(3).collect();
    assert!(
        leaves.iter().filter(|leaf| leaf.contains(&1.0)).count() <= 3,
        "{leaves:?}"
    );
}

#[test]
fn max_features_is_a_rule_a_share_or_a_number() {
    let rule = |rule| Some(MaxFeatures::Rule(rule));
    let cases = [
        (None, 20),
        (rule(FeatureRule::None), 20),
        (rule(FeatureRule::Sqrt), 4),
        (rule(FeatureRule::Log2), 4),
        (Some(MaxFeatures::Number(0.5)), 10),
        (Some(MaxFeatures::Number(1.0)), 20),
        (Some(MaxFeatures::Number(0.001)), 1),
        (Some(MaxFeatures::Number(7.0)), 7),
        (Some(MaxFeatures::Number(70.0)), 20),
    ];
    for (given, expected) in cases {
        assert_eq!(MaxFeatures::resolve(given, 20), expected, "{given:?}");
    }
}

#[test]
fn limited_trees_are_scikit_learns() {
    let table = waves(200, 4, 3);
    let set = table.numbers();
    let model = fit(
        "decision_tree_regressor",
        &[("max_leaf_nodes", 7.into())],
        &set.weighted(Some(&uneven(200))),
    );
    let numbers = [
        -0.16295528541285637,
        2.0822209106007654,
        1.9913818067649909,
        -2.5335598890074316,
        -0.12546626420991105,
    ];
    assert_near(&predicted(&*model, table.x.slice(s![..5, ..])), &numbers, 1e-9);
    let importances = [0.672177120381154, 0.2948613199282606, 0.032961559690585576, 0.0];
    assert_near(&model.importances().unwrap(), &importances, 1e-6);
    let params = [
        ("criterion", "entropy".into()),
        ("max_leaf_nodes", 5.into()),
        ("min_samples_leaf", 4.into()),
    ];
    let model = fit("decision_tree_classifier", &params, &table.classes());
    let shares = [
        0.647887323943662,
        0.352112676056338,
        0.0,
        0.038461538461538464,
        0.38461538461538464,
        0.5769230769230769,
        0.23214285714285715,
        0.4107142857142857,
        0.35714285714285715,
    ];
    assert_near(&predicted(&*model, table.x.slice(s![..3, ..])), &shares, 1e-12);
    let importances = [0.6605870893561203, 0.258804682286852, 0.08060822835702774, 0.0];
    assert_near(&model.importances().unwrap(), &importances, 1e-9);
}

#[test]
fn a_split_must_lower_the_impurity_by_as_much_as_asked() {
    let table = waves(200, 4, 2);
    let params = [("min_impurity_decrease", 0.02.into())];
    let model = fit("decision_tree_classifier", &params, &table.classes());
    let found = predicted(&*model, table.x.slice(s![..5, ..]));
    let second: Vec<f64> = found.chunks(2).map(|row| row[1]).collect();
    let expected = [
        0.12903225806451613,
        0.9285714285714286,
        0.4878048780487805,
        0.12903225806451613,
        0.4878048780487805,
    ];
    assert_near(&second, &expected, 1e-12);
    let importances = [0.7586610319222596, 0.2413389680777404, 0.0, 0.0];
    assert_near(&model.importances().unwrap(), &importances, 1e-9);
}

#[test]
fn rows_outside_of_the_bags_tell_what_new_rows_would() {
    let table = waves(600, 3, 2);
    let outside = |key: &str, set: &crate::model::TrainingSet| {
        let params = [("oob_score", true.into()), ("n_estimators", 30.into())];
        let forest: Forest = ciborium::from_reader(fit(key, &params, set).save().as_slice()).unwrap();
        forest.outside.unwrap()
    };
    // scikit-learn's, the mean of ten seeds, are 0.617 and 0.252.
    let accuracy = outside(CLASSIFIER, &table.classes());
    assert!((0.58..0.66).contains(&accuracy), "{accuracy}");
    let r2 = outside(REGRESSOR, &table.numbers());
    assert!((0.2..0.3).contains(&r2), "{r2}");
}

#[test]
fn many_rows_and_few_choose_alike() {
    // Kept histograms, fresh ones and ordered rows find the same tree: the forest of one without a draw is the
    // decision tree, and narrow and wide cells agree.
    let table = waves(3000, 5, 2);
    let grown = |params: &[(&'static str, Value)], weights: Option<&[f64]>| {
        let set = table.classes();
        let model = fit("decision_tree_classifier", params, &set.weighted(weights));
        predicted(&*model, table.x.view())
    };
    let limits = [("max_depth", 7.into())];
    assert_eq!(grown(&limits, None), grown(&limits, Some(&[1.0; 3000])));
}

#[test]
fn cuts_anywhere_differ_from_the_best() {
    let table = waves(400, 3, 3);
    let first = |key: &str| {
        let params = [("n_estimators", 1.into()), ("random_state", 3.into())];
        let forest: Forest =
            ciborium::from_reader(fit(key, &params, &table.classes()).save().as_slice()).unwrap();
        forest.trees[0].nodes.len()
    };
    // Random cuts need more of them.
    assert!(first("extra_trees_classifier") > first(CLASSIFIER) + 20);
}
