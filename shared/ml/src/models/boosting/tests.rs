use domain::value::Value;
use ndarray::{Array2, s};

use super::Boosted;
use crate::{
    model::FitContext,
    models::{get, testing::*},
};

const CLASSIFIER: &str = "hist_gradient_boosting_classifier";
const REGRESSOR: &str = "hist_gradient_boosting_regressor";

fn few(more: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    let mut params = vec![
        ("max_iter", 20.into()),
        ("min_samples_leaf", 5.into()),
        ("max_leaf_nodes", 6.into()),
        ("early_stopping", false.into()),
    ];
    params.extend(more.iter().cloned());
    params
}

fn iterations(key: &str, params: &[(&'static str, Value)], table: &Table) -> usize {
    let saved = fit(key, params, &table.for_model(key)).save();
    let boosted: Boosted = ciborium::from_reader(saved.as_slice()).unwrap();
    boosted.trees.len() / boosted.baseline.len()
}

#[test]
fn boosted_numbers_are_scikit_learns() {
    let table = waves(200, 4, 3);
    let rows = table.x.slice(s![..4, ..]);
    let plain = [
        -1.97258186378343,
        3.023028013704181,
        0.9720164187543755,
        -3.2740636268185885,
    ];
    let model = fit(REGRESSOR, &few(&[]), &table.numbers());
    assert_near(&predicted(&*model, rows), &plain, 1e-4);
    let weighted = [
        -2.3084815842608455,
        2.5738257958980744,
        1.6023531313965664,
        -2.5104712709038686,
    ];
    let params = few(&[("l2_regularization", 2.0.into())]);
    let set = table.numbers();
    let model = fit(REGRESSOR, &params, &set.weighted(Some(&uneven(200))));
    assert_near(&predicted(&*model, rows), &weighted, 1e-4);
}

#[test]
fn boosted_probabilities_are_scikit_learns() {
    let two = waves(200, 4, 2);
    let second = [
        0.3542328578252936,
        0.936243035156937,
        0.7359282081170516,
        0.10715563766603001,
    ];
    let model = fit(CLASSIFIER, &few(&[]), &two.classes());
    let found = predicted(&*model, two.x.slice(s![..4, ..]));
    let found: Vec<f64> = found.chunks(2).map(|row| row[1]).collect();
    assert_near(&found, &second, 1e-4);
    let three = waves(200, 4, 3);
    let shares = [
        0.6297393794664682,
        0.3344973585106978,
        0.035763262022833975,
        0.027063449024222752,
        0.3164607699115003,
        0.656475781064277,
        0.10633420723417604,
        0.43393695272907284,
        0.45972884003675113,
    ];
    let set = three.classes();
    let model = fit(CLASSIFIER, &few(&[]), &set.weighted(Some(&uneven(200))));
    assert_near(&predicted(&*model, three.x.slice(s![..3, ..])), &shares, 1e-4);
}

#[test]
fn it_stops_once_validation_rows_gain_nothing() {
    let mut noise = crate::random::stream(5, &["noise"]);
    let x = Array2::from_shape_simple_fn((400, 3), || noise.uniform());
    let values: Vec<f64> = (0..400).map(|_| noise.uniform()).collect();
    let codes = values.iter().map(|value| u32::from(*value > 0.5)).collect();
    let table = Table::new(x, values, codes);
    for key in [CLASSIFIER, REGRESSOR] {
        let stopped = iterations(key, &[("early_stopping", true.into())], &table);
        assert!((10..60).contains(&stopped), "{key} {stopped}");
        assert_eq!(iterations(key, &[], &table), 100, "{key}: too few rows for auto");
        let by_training = [
            ("early_stopping", true.into()),
            ("validation_fraction", Value::Null),
        ];
        assert!(iterations(key, &by_training, &table) > stopped, "{key}");
        let lenient = [("early_stopping", true.into()), ("tol", 10.0.into())];
        assert_eq!(iterations(key, &lenient, &table), 10, "{key}");
    }
}

#[test]
fn missing_values_go_where_they_fit() {
    let x = Array2::from_shape_fn((300, 1), |(i, _)| if i < 100 { f64::NAN } else { i as f64 });
    let values: Vec<f64> = (0..300)
        .map(|i| f64::from(u8::from(!(100..200).contains(&i))))
        .collect();
    let table = Table::new(x, values.clone(), values.iter().map(|v| *v as u32).collect());
    let found = predicted(&*fit(REGRESSOR, &[], &table.numbers()), table.x.view());
    assert_near(&found, &values, 0.01);
}

#[test]
fn few_bins_are_few_thresholds() {
    let table = waves(500, 2, 2);
    let saved = fit(REGRESSOR, &[("max_bins", 4.into())], &table.numbers()).save();
    let boosted: Boosted = ciborium::from_reader(saved.as_slice()).unwrap();
    assert!(boosted.thresholds.0.iter().all(|feature| feature.len() == 3));
}

#[test]
fn progress_is_a_tick_per_iteration() {
    let observer = Witness::patient_for(usize::MAX);
    let ctx = FitContext {
        observer: &observer,
        threads: 2,
        fold: None,
        memory: None,
    };
    let table = waves(300, 2, 3);
    let model = get(CLASSIFIER).unwrap();
    model
        .fit(&object(&[("max_iter", 7.into())]), &table.classes(), &ctx)
        .map(|_| ())
        .unwrap();
    let steps = observer.steps.lock().unwrap();
    assert!(steps.iter().map(|step| step.completed).eq(1..=7));
    assert!(
        steps
            .iter()
            .all(|step| step.total == 7 && step.unit == "iterations")
    );
}

#[test]
fn a_damaged_model_is_refused() {
    let table = waves(100, 2, 3);
    let saved = fit(CLASSIFIER, &[], &table.classes()).save();
    let mut boosted: Boosted = ciborium::from_reader(saved.as_slice()).unwrap();
    std::sync::Arc::make_mut(&mut boosted.trees).pop();
    let mut bytes = Vec::new();
    ciborium::into_writer(&boosted, &mut bytes).unwrap();
    assert!(get(CLASSIFIER).unwrap().load(&bytes).is_err());
}

#[test]
fn rows_of_equal_slopes_are_not_split_by_what_rounding_makes_of_their_weights() {
    // Two groups, of which nothing tells the rows apart once they are separated.
    let x = Array2::from_shape_fn((60, 2), |(i, j)| {
        if j == 0 {
            f64::from(u8::from(i < 30))
        } else {
            i as f64
        }
    });
    let codes = (0..60).map(|i| u32::from(i < 30)).collect();
    let table = Table::new(x, Vec::new(), codes);
    let weights: Vec<f64> = (0..60).map(|i| 1.0 + f64::from(i % 7) / 7.0).collect();
    let params = few(&[("min_samples_leaf", 1.into()), ("max_iter", 5.into())]);
    let set = table.classes();
    let saved = fit(CLASSIFIER, &params, &set.weighted(Some(&weights))).save();
    let boosted: Boosted = ciborium::from_reader(saved.as_slice()).unwrap();
    assert!(boosted.trees.iter().all(|tree| tree.nodes.len() == 3));
}
