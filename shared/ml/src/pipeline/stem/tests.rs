use super::*;
use crate::{
    Silent,
    frame::{float_column, numbers, text_column},
    pipeline::{Steps, steps::Fitting},
    testing::chain,
};

/// The nodes that draw from random numbers as they are fitted, and configs under which they do.
const RANDOM: [(&str, &str); 9] = [
    ("class_oversampling", r#"{"method": "random"}"#),
    ("class_oversampling", r#"{"method": "smote"}"#),
    ("class_oversampling", r#"{"method": "adasyn"}"#),
    ("class_oversampling", r#"{"method": "borderline_smote"}"#),
    ("class_oversampling", r#"{"method": "smote_tomek"}"#),
    (
        "class_oversampling",
        r#"{"method": "kmeans_smote", "n_clusters": 2, "cluster_balance_threshold": 0}"#,
    ),
    ("class_oversampling", r#"{"method": "svm_smote"}"#),
    ("class_undersampling", "{}"),
    ("target_encoding", r#"{"columns": ["c"]}"#),
];

/// 120 rows, a third of class b, and a column of words for the encoder.
fn table(key: &str) -> Frame {
    let place =
        |at: usize, turn: f64| (at as f64 * turn).sin() + if at.is_multiple_of(3) { 0.8 } else { 0.0 };
    let mut columns = vec![
        ("x".into(), float_column((0..120).map(|at| Some(place(at, 0.7))))),
        ("y".into(), float_column((0..120).map(|at| Some(place(at, 1.9))))),
        (
            "target".into(),
            text_column((0..120).map(|at: usize| Some(if at.is_multiple_of(3) { "b" } else { "a" }))),
        ),
    ];
    if key == "target_encoding" {
        let word = |at: usize| ["u", "v", "w", "x", "y", "z"][at * 7 % 6];
        columns.push(("c".into(), text_column((0..120).map(|at| Some(word(at))))));
    }
    Frame::new(columns).unwrap()
}

/// What leaves the node in the fold of this number, which holds the last rows back.
fn in_fold(stem: &Stem<'_>, number: usize) -> Vec<Vec<Option<f64>>> {
    let training = stem.training();
    let fold = Fold {
        training: (0..100).collect(),
        held_out: (100..120).collect(),
    };
    let out = stem.run(&training, (number, &fold), &Silent).unwrap();
    let values = |column: &crate::frame::Column| numbers(&column.data).map(|values| values.iter().collect());
    out.columns().iter().filter_map(values).collect()
}

#[test]
fn two_folds_draw_differently_and_the_same_fold_alike_on_any_number_of_threads() {
    for (key, config) in RANDOM {
        let graph = chain(&[
            ("load", "dataset", "{}"),
            ("node", key, config),
            ("train", "train_model", r#"{"target_column": "target"}"#),
        ]);
        let fitting = Fitting {
            graph: &graph,
            training: "train",
            target: "target",
            problem_type: None,
            positive_class: None,
            memory_budget: None,
            with_validation: false,
        };
        let (_, _, stem) = Steps::fit(fitting, table(key), true, &Silent).unwrap();
        let stem = stem.unwrap();
        let on = |threads, number| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| in_fold(&stem, number))
        };
        assert_eq!(on(1, 0), on(3, 0), "{key} {config}");
        assert_ne!(on(1, 0), on(1, 1), "{key} {config}");
    }
}
