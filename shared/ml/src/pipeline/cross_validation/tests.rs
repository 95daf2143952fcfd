use std::sync::atomic::Ordering;

use domain::{graph::Graph, spec::TrainSpec};

use super::*;
use crate::{
    Silent, Trained,
    attempt::train,
    testing::{Recorder, chain, csv, edge, messy, messy_graph, object, spec, without_report},
};

fn run(spec: &TrainSpec, table: &str, threads: usize) -> Result<Trained> {
    train(spec, csv(table), "00", threads, &Silent)
}

/// The graph with more in its training node's config.
fn with(mut graph: Graph, config: &str) -> Graph {
    let train = graph.nodes.iter_mut().find(|node| node.id == "train").unwrap();
    train.config.extend(object(config));
    graph
}

fn folds(trained: &Trained) -> &CrossValidation {
    trained.cross_validation().unwrap()
}

fn failure(result: Result<Trained>) -> (String, String, Option<String>) {
    let error = result.err().unwrap();
    let failure = error.failure().unwrap();
    (
        failure.code.clone(),
        failure.message.clone(),
        failure.node_id.clone(),
    )
}

const SCALED: [(&str, &str, &str); 2] = [
    (
        "fill",
        "imputation_methods",
        r#"{"strategies": [{"method": "mean"}, {"method": "mode"}]}"#,
    ),
    ("scale", "scale_numeric_features", "{}"),
];

/// A graph that fills, scales and encodes, behind these nodes.
fn learning(before: &[(&str, &str, &str)], config: &str) -> Graph {
    let mut nodes = vec![("load", "dataset", "{}")];
    nodes.extend_from_slice(before);
    nodes.extend_from_slice(&SCALED);
    nodes.push(("encode", "one_hot_encoding", "{}"));
    nodes.push(("train", "train_model", r#"{"target_column": "spent"}"#));
    with(chain(&nodes), config)
}

fn regression(graph: Graph) -> TrainSpec {
    spec(graph, "ridge_regression", "{}")
}

/// [`messy`] without the row that has no target.
fn labelled(rows: usize) -> String {
    let text = messy(rows);
    let kept = text.lines().filter(|line| !line.ends_with(",,"));
    kept.map(|line| format!("{line}\n")).collect()
}

#[test]
fn folds_for_which_there_is_no_memory_wait_for_their_turn() {
    for (budget, folds) in [
        (None, usize::MAX),
        (Some(0), 1),
        (Some(500), 1),
        (Some(600), 2),
        (Some(850), 3),
    ] {
        assert_eq!(Room::new(4, budget, 100, 0).folds, folds, "{budget:?}");
    }
    // Fits need room as well, and each has what the others leave.
    let room = Room::new(4, Some(850), 100, 100);
    let memory = Memory {
        budget: 850,
        taken: 600,
    };
    assert_eq!((room.folds, room.memory), (2, Some(memory)));
    let spec = regression(learning(&[], r#"{"cv_enabled": true}"#));
    let table = labelled(101);
    let trained = |budget| {
        let (recorder, mut source) = (Recorder::default(), csv(&table));
        source.memory_budget = budget;
        let trained = train(&spec, source, "00", 4, &recorder).unwrap();
        let waited = "no more than 1 of 5 folds are fitted at once".to_owned();
        let infos = recorder.infos.into_inner().unwrap();
        (trained, infos.iter().any(|info| info.contains(&waited)))
    };
    let (narrow, wide) = (trained(Some(24 << 10)), trained(Some(24 << 20)));
    assert!(narrow.1 && !wide.1);
    assert!(without_report(&narrow.0) == without_report(&wide.0));
}

#[test]
fn a_fold_is_a_training_that_never_saw_the_rows_held_out() {
    let table = labelled(101);
    let folds_of = |config: &str| run(&regression(learning(&[], config)), &table, 2).unwrap();
    let in_folds = folds_of(r#"{"cv_enabled": true, "cv_shuffle": false}"#);
    let last = folds(&in_folds).folds.last().unwrap().clone();
    let split = [(
        "split",
        "train_test_split",
        r#"{"test_size": 0.2, "shuffle": false}"#,
    )];
    let plain = run(&regression(learning(&split, "{}")), &table, 1).unwrap();
    assert_eq!(last.metrics, plain.metrics()["test"]);
    assert_eq!((last.training_rows, last.held_out_rows), (80, 20));
    assert_eq!(folds(&in_folds).strategy, Strategy::Kfold);

    // Rows in time: the last run of six is held back, all before it are fitted on.
    let in_time =
        folds_of(r#"{"cv_enabled": true, "cv_strategy": "time_series_split", "cv_order_column": "id"}"#);
    let last = folds(&in_time).folds.last().unwrap();
    assert_eq!((last.training_rows, last.held_out_rows), (84, 16));
}

#[test]
fn the_mean_and_the_deviation_are_those_of_the_folds() {
    let graph = learning(
        &[],
        r#"{"cv_enabled": true, "cv_strategy": "shuffle_split", "cv_folds": 3}"#,
    );
    let observer = Recorder::default();
    let trained = train(&regression(graph), csv(&messy(60)), "00", 1, &observer).unwrap();
    let CrossValidation { folds, mean, std, .. } = folds(&trained);
    let r2: Vec<f64> = folds.iter().map(|fold| fold.metrics["r2"]).collect();
    let average = (r2[0] + r2[1] + r2[2]) / 3.0;
    assert_eq!(mean["r2"], average);
    let variance = r2.iter().map(|value| (value - average).powi(2)).sum::<f64>() / 3.0;
    assert!((std["r2"] - variance.sqrt()).abs() < 1e-15);
    assert_eq!(&trained.metrics()["cv_mean"], mean);
    let told = observer.metrics.lock().unwrap();
    assert!(told.contains(&("cv_std".into(), "r2".into(), std["r2"])));
    let infos = observer.infos.lock().unwrap();
    assert!(
        infos
            .iter()
            .any(|info| info.starts_with("fold 3 of 3: 47 rows to fit on, 12 held out, r2 "))
    );
}

#[test]
fn folds_are_the_same_on_any_number_of_threads() {
    let config = r#"{"cv_enabled": true, "cv_refit_strategy": "train_plus_validation"}"#;
    for (model, hyperparameters) in [
        ("logistic_regression", "{}"),
        ("random_forest_classifier", r#"{"n_estimators": 4}"#),
    ] {
        let spec = spec(
            with(messy_graph("bought", "spent"), config),
            model,
            hyperparameters,
        );
        let files = |threads| without_report(&run(&spec, &messy(200), threads).unwrap());
        let one = files(1);
        assert!(one == files(2) && one == files(8), "{model}");
    }
    // Rows made up at random, anew in each fold.
    let mut graph = with(messy_graph("bought", "spent"), config);
    let more = r#"{"method": "svm_smote", "k_neighbors": 2}"#;
    graph.nodes.push(domain::graph::Node {
        id: "more".into(),
        kind: "class_oversampling".into(),
        config: object(more),
    });
    let last = graph
        .edges
        .iter_mut()
        .find(|edge| edge.target == "train")
        .unwrap();
    last.target = "more".into();
    graph.edges.push(edge("more", "train"));
    let spec = spec(graph, "logistic_regression", "{}");
    let files = |threads| without_report(&run(&spec, &messy(200), threads).unwrap());
    assert!(files(1) == files(3));
}

#[test]
fn folds_come_from_training_rows_only() {
    let split = [(
        "split",
        "train_test_split",
        r#"{"test_size": 0.2, "validation_size": 0.2, "shuffle": false}"#,
    )];
    let folded = |refit: &str, table: &str| {
        let config = format!(r#"{{"cv_enabled": true, "cv_refit_strategy": {refit:?}}}"#);
        run(&regression(learning(&split, &config)), table, 1).unwrap()
    };
    let table = labelled(101);
    let trained = folded("train_only", &table);
    let head: Vec<&str> = table.lines().take(61).collect();
    let poison = "9,-1e9,1e9,Rome,false,yes,-1e6\n".repeat(40);
    let poisoned = folded("train_only", &format!("{}\n{poison}", head.join("\n")));
    assert_eq!(folds(&trained), folds(&poisoned));

    // Validation rows train at last, when the folds have been judged without them.
    let with_validation = folded("train_plus_validation", &table);
    assert_eq!(folds(&trained), folds(&with_validation));
    assert!(trained.metrics().contains_key("validation"));
    assert!(!with_validation.metrics().contains_key("validation"));
    let joined = [(
        "split",
        "train_test_split",
        r#"{"test_size": 0.2, "shuffle": false}"#,
    )];
    let plain = run(&regression(learning(&joined, "{}")), &table, 1).unwrap();
    assert_eq!(plain.metrics()["test"], with_validation.metrics()["test"]);
}

#[test]
fn classes_are_stratified_by_themselves_and_a_rare_one_is_warned_of() {
    let rows: String = (0..40)
        .map(|i| format!("{i},{}\n", if i % 13 == 0 { "rare" } else { "common" }))
        .collect();
    let graph = chain(&[
        ("load", "dataset", "{}"),
        (
            "train",
            "train_model",
            r#"{"target_column": "y", "cv_enabled": true}"#,
        ),
    ]);
    let observer = Recorder::default();
    let spec = spec(graph, "logistic_regression", "{}");
    let trained = train(&spec, csv(&format!("x,y\n{rows}")), "00", 1, &observer).unwrap();
    assert_eq!(folds(&trained).strategy, Strategy::StratifiedKfold);
    assert!(observer.warned("the smallest class has 4 training rows"));
    assert!(observer.warned("could not be told in every fold and have no mean"));
    assert!(!folds(&trained).mean.contains_key("roc_auc"));
    assert!(folds(&trained).mean.contains_key("accuracy"));
}

#[test]
fn what_is_warned_of_in_one_fold_only_is_told_with_its_number() {
    let row = |at: usize| {
        let rare = if at < 4 { "5" } else { "" };
        let word = if at == 7 { "once" } else { ["a", "b"][at % 2] };
        format!("{at},{rare},{word},{}\n", 2 * at)
    };
    let table: String = (0..20).map(row).collect();
    let graph = chain(&[
        ("load", "dataset", "{}"),
        (
            "fill",
            "imputation_methods",
            r#"{"strategies": [{"method": "mean"}]}"#,
        ),
        ("encode", "one_hot_encoding", "{}"),
        (
            "train",
            "train_model",
            r#"{"target_column": "y", "cv_enabled": true, "cv_shuffle": false}"#,
        ),
    ]);
    let observer = Recorder::default();
    let table = format!("x,rare,w,y\n{table}");
    train(&regression(graph), csv(&table), "00", 2, &observer).unwrap();
    assert_eq!(
        *observer.warnings.lock().unwrap(),
        [
            "there is no splitter: every row trains, and the metrics are in-sample",
            "fold 2 of 5: column \"w\": 1 value not seen in the training rows set none of its columns",
            "fold 1 of 5: column \"rare\" has no value in the training rows and is removed",
        ]
    );
}

#[test]
fn folds_that_cannot_be_made_or_fitted_fail_the_job() {
    let graph = |config: &str| {
        let nodes = [
            ("load", "dataset", "{}"),
            (
                "train",
                "train_model",
                r#"{"target_column": "y", "cv_enabled": true}"#,
            ),
        ];
        with(chain(&nodes), config)
    };
    let few = run(&regression(graph("{}")), "x,y\n1,1\n2,2\n3,4\n", 2);
    let (code, message, node) = failure(few);
    assert_eq!(
        (code.as_str(), node.as_deref()),
        ("SPLIT_IMPOSSIBLE", Some("train"))
    );
    assert_eq!(
        message,
        "the folds need at least 5 training rows, and there are 3"
    );

    let in_time = graph(r#"{"cv_folds": 2, "cv_strategy": "time_series_split", "cv_shuffle": false}"#);
    let spec = spec(in_time, "logistic_regression", "{}");
    let (code, message, node) = failure(run(&spec, "x,y\n1,a\n2,a\n3,b\n4,a\n5,b\n6,a\n", 2));
    assert_eq!((code.as_str(), node.as_deref()), ("ONE_CLASS", Some("train")));
    assert!(
        message.starts_with("fold 1 of 2: every training row"),
        "{message}"
    );

    let nodes = [
        ("load", "dataset", "{}"),
        ("cut", "drop_columns", r#"{"columns": ["day"]}"#),
        (
            "train",
            "train_model",
            r#"{"target_column": "y", "cv_enabled": true, "cv_folds": 2,
                "cv_strategy": "time_series_split", "cv_order_column": "day"}"#,
        ),
    ];
    let table = |day: &str| format!("x,day,y\n1,2,1\n2,{day},2\n3,4,4\n");
    assert!(run(&regression(chain(&nodes)), &table("3"), 1).is_ok());
    let (code, message, _) = failure(run(&regression(chain(&nodes)), &table(""), 1));
    assert_eq!(code, "ORDER_UNKNOWN");
    assert!(message.starts_with("row 2 has no value of \"day\""), "{message}");
}

#[test]
fn a_cross_validation_can_be_cancelled_at_every_question() {
    let config = r#"{"cv_enabled": true, "cv_folds": 2}"#;
    let spec = spec(
        with(messy_graph("bought", "spent"), config),
        "random_forest_classifier",
        r#"{"n_estimators": 2}"#,
    );
    let observer = Recorder::default();
    train(&spec, csv(&messy(80)), "00", 1, &observer).unwrap();
    let questions = observer.questions.load(Ordering::SeqCst);
    for cancel_at in 0..questions {
        let observer = Recorder {
            cancel_at: Some(cancel_at),
            ..Recorder::default()
        };
        let cancelled = train(&spec, csv(&messy(80)), "00", 1, &observer);
        assert!(
            matches!(cancelled, Err(Error::Cancelled)),
            "at {cancel_at} of {questions}"
        );
    }
}
