//! That models and predictions do not depend on the number of threads.

use super::*;

const THREADS: [usize; 3] = [1, 2, 8];

#[track_caller]
fn same_on_any_number_of_threads(key: &str, params: &[(&str, Value)], set: &TrainingSet) {
    let saved = THREADS.map(|threads| fit_on(key, params, set, threads).unwrap().save());
    assert!(saved.iter().all(|bytes| *bytes == saved[0]), "{key} {params:?}");
}

#[test]
fn equal_fits_are_equal_bytes_on_any_number_of_threads() {
    let table = waves(5000, 4, 3);
    let weights = uneven(5000);
    for key in keys() {
        let set = table.for_model(&key);
        let set = set.weighted(Some(&weights));
        same_on_any_number_of_threads(&key, &[], &set);
    }
}

#[test]
fn equal_fits_on_rows_that_count_the_same_are_equal_bytes_on_any_number_of_threads() {
    let table = waves(3000, 6, 2);
    for key in keys() {
        same_on_any_number_of_threads(&key, &[], &table.for_model(&key));
    }
}

#[test]
fn what_few_fits_ask_for_is_the_same_on_any_number_of_threads() {
    let (tall, wide) = (drawn(6000, 6), drawn(60, 150));
    for (key, params) in variants() {
        same_on_any_number_of_threads(key, &params, &tall.for_model(key));
        same_on_any_number_of_threads(key, &params, &wide.for_model(key));
    }
}

#[test]
fn one_tree_so_large_that_threads_share_its_features_is_the_same_on_any_number_of_them() {
    // 2¹⁹ rows × features are shared out.
    let table = waves(60_000, 10, 2);
    let limits = [("max_depth", 6.into())];
    for key in ["decision_tree_classifier", "decision_tree_regressor"] {
        same_on_any_number_of_threads(key, &limits, &table.for_model(key));
    }
}

#[test]
fn predictions_are_the_same_on_any_number_of_threads() {
    let table = waves(3000, 4, 3);
    for spec in specs() {
        let set = table.for_model(&spec.key);
        let model = fit(&spec.key, &quick(&spec), &set);
        let found = THREADS.map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| model.predict(set.x.view()))
        });
        assert!(
            found.iter().all(|prediction| *prediction == found[0]),
            "{}",
            spec.key
        );
    }
}
