use std::sync::atomic::Ordering;

use domain::job::FailureKind;

use super::*;
use crate::{
    Silent,
    testing::{Recorder, chain, csv, messy, messy_graph, spec},
};

fn quick(model: &str) -> TrainSpec {
    match model {
        "ridge_regression" => spec(messy_graph("spent", "bought"), model, "{}"),
        "random_forest_regressor" => spec(messy_graph("spent", "bought"), model, r#"{"n_estimators": 5}"#),
        "random_forest_classifier" => spec(messy_graph("bought", "spent"), model, r#"{"n_estimators": 5}"#),
        _ => spec(messy_graph("bought", "spent"), model, "{}"),
    }
}

fn run(spec: &TrainSpec, threads: usize, observer: &dyn Observer) -> Result<Trained> {
    train(spec, csv(&messy(200)), "00", threads, observer)
}

fn code(result: Result<Trained>) -> (FailureKind, String, Option<String>) {
    match result {
        Err(Error::Failed(failure)) => (failure.kind, failure.code, failure.node_id),
        Err(Error::Cancelled) => panic!("it was cancelled"),
        Ok(_) => panic!("it succeeded"),
    }
}

#[test]
fn a_training_tells_its_phases_nodes_and_metrics() {
    let observer = Recorder::default();
    let trained = run(&quick("logistic_regression"), 1, &observer).unwrap();
    let phases = [
        Phase::LoadingData,
        Phase::Preparing,
        Phase::Fitting,
        Phase::Evaluating,
        Phase::Saving,
    ];
    assert_eq!(*observer.phases.lock().unwrap(), phases);
    let nodes = observer.nodes.lock().unwrap();
    let ids: Vec<&str> = nodes.iter().map(|run| run.node_id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "load", "drop", "rows", "split", "fill", "encode", "scale", "train"
        ]
    );
    assert_eq!(nodes[4].kind, "imputation_methods");
    assert_eq!(
        (nodes[0].rows_in, nodes[0].rows_out, nodes[0].columns_out),
        (200, 199, 7)
    );
    assert_eq!((nodes[1].columns_in, nodes[1].columns_out), (7, 5));
    assert!(nodes[2].rows_out < nodes[2].rows_in);
    assert_eq!(
        trained.metrics().keys().collect::<Vec<_>>(),
        ["test", "train", "validation"]
    );
    let told = observer.metrics.lock().unwrap();
    assert_eq!(
        told.len(),
        trained.metrics().values().map(BTreeMap::len).sum::<usize>()
    );
    assert!(observer.warned("1 rows without a value of the target"));
    assert!(observer.infos.lock().unwrap()[0].contains("200 rows, 7 columns"));
    assert!(trained.metrics()["test"]["accuracy"] > 0.8);
}

#[test]
fn equal_trainings_give_equal_bytes_on_any_number_of_threads() {
    for model in models::specs() {
        let spec = quick(&model.key);
        let files = |threads| run(&spec, threads, &Silent).unwrap().files().unwrap();
        let (one, two) = (files(1), files(2));
        assert_eq!(
            one.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["pipeline.tyd", "rows.bin", "manifest.json"]
        );
        assert!(one == two, "{}", model.key);
    }
}

#[test]
fn a_training_can_be_cancelled_at_every_question() {
    let spec = quick("random_forest_classifier");
    let observer = Recorder::default();
    run(&spec, 1, &observer).unwrap();
    let questions = observer.questions.load(Ordering::SeqCst);
    for cancel_at in 0..questions {
        let observer = Recorder {
            cancel_at: Some(cancel_at),
            ..Recorder::default()
        };
        assert!(
            matches!(run(&spec, 1, &observer), Err(Error::Cancelled)),
            "at {cancel_at} of {questions}"
        );
    }
}

#[test]
fn what_a_user_can_put_right_is_named_with_its_node() {
    use FailureKind::{InvalidData, InvalidSpec};
    let chain_to = |nodes: &[(&str, &str, &str)], config: &str| {
        let mut all = vec![("load", "dataset", "{}")];
        all.extend_from_slice(nodes);
        all.push(("train", "train_model", config));
        chain(&all)
    };
    let target = r#"{"target_column": "y"}"#;
    let table = "x,t,y\n1,a,0\n2,b,1\n3,a,0\n4,b,1\n";
    let logistic = "logistic_regression";
    for (nodes, config, model, table, expected) in [
        (
            vec![],
            target,
            logistic,
            table,
            (InvalidSpec, "NON_NUMERIC_FEATURES", Some("train")),
        ),
        (
            vec![],
            target,
            logistic,
            "x,y\n1,0\n,1\n",
            (InvalidData, "MISSING_VALUES_LEFT", Some("train")),
        ),
        (
            vec![],
            target,
            logistic,
            "x,y\n1,0\n2,0\n",
            (InvalidData, "ONE_CLASS", Some("train")),
        ),
        (
            vec![],
            target,
            logistic,
            "x,y\n1,0.5\n2,1\n",
            (InvalidSpec, "TARGET_NOT_CATEGORICAL", Some("train")),
        ),
        (
            vec![],
            target,
            logistic,
            "x,z\n1,0.5\n2,1\n",
            (InvalidData, "COLUMN_NOT_FOUND", Some("load")),
        ),
        (
            vec![],
            target,
            logistic,
            "y\n0\n1\n",
            (InvalidSpec, "NO_FEATURES", Some("train")),
        ),
        (
            vec![],
            target,
            logistic,
            "x,y\n",
            (InvalidData, "NO_ROWS_LEFT", Some("load")),
        ),
        (
            vec![],
            target,
            logistic,
            "x,y\n1,\n2,\n",
            (InvalidData, "NO_ROWS_LEFT", Some("load")),
        ),
        (
            vec![],
            "{}",
            logistic,
            table,
            (InvalidSpec, "TARGET_NOT_NAMED", Some("train")),
        ),
        (
            vec![],
            target,
            "magic",
            table,
            (InvalidSpec, "UNKNOWN_MODEL", Some("train")),
        ),
        (
            vec![],
            target,
            "ridge_regression",
            "x,y\n1,a\n2,b\n",
            (InvalidSpec, "TARGET_NOT_NUMERIC", Some("train")),
        ),
        (
            vec![],
            r#"{"target_column": "y", "problem_type": "regression"}"#,
            logistic,
            table,
            (InvalidSpec, "PROBLEM_TYPE_MISMATCH", Some("train")),
        ),
        (
            vec![],
            r#"{"target_column": "y", "positive_class": "maybe"}"#,
            logistic,
            "x,y\n1,0\n2,1\n",
            (InvalidSpec, "POSITIVE_CLASS_NOT_FOUND", Some("train")),
        ),
        (
            vec![("cut", "drop_columns", r#"{"columns": ["nope"]}"#)],
            target,
            logistic,
            table,
            (InvalidData, "COLUMN_NOT_FOUND", Some("cut")),
        ),
        (
            vec![("rows", "drop_missing_rows", r#"{"drop_if_any_missing": true}"#)],
            target,
            logistic,
            "x,y\n,0\n,1\n",
            (InvalidData, "NO_ROWS_LEFT", Some("train")),
        ),
        (
            vec![
                ("scale", "scale_numeric_features", "{}"),
                ("split", "train_test_split", "{}"),
            ],
            target,
            logistic,
            table,
            (InvalidSpec, "LEARNS_BEFORE_SPLIT", Some("scale")),
        ),
        (
            vec![("split", "train_test_split", r#"{"stratify": true}"#)],
            target,
            logistic,
            table,
            (InvalidData, "SPLIT_IMPOSSIBLE", Some("split")),
        ),
    ] {
        let spec = spec(chain_to(&nodes, config), model, "{}");
        let (kind, found, node) = code(train(&spec, csv(table), "00", 1, &Silent));
        assert_eq!(
            (kind, found.as_str(), node.as_deref()),
            expected,
            "{config} on {table:?}"
        );
    }
}

#[test]
fn an_unknown_hyperparameter_is_refused_by_name() {
    let mut spec = quick("ridge_regression");
    spec.hyperparameters = crate::testing::object(r#"{"alhpa": 1}"#);
    assert_eq!(code(run(&spec, 1, &Silent)).1, "INVALID_HYPERPARAMETERS");
}

#[test]
fn without_a_splitter_every_row_trains_and_a_warning_says_so() {
    let graph = chain(&[
        ("load", "dataset", "{}"),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let observer = Recorder::default();
    let table = "x,y\n1,1.5\n2,2.5\n3,3.75\n";
    let trained = train(
        &spec(graph, "ridge_regression", "{}"),
        csv(table),
        "00",
        1,
        &observer,
    )
    .unwrap();
    assert_eq!(trained.metrics().keys().collect::<Vec<_>>(), ["train"]);
    assert!(observer.warned("in-sample"));
}

#[test]
fn text_is_encoded_by_the_training_node_if_so_asked() {
    let config = r#"{"target_column": "y", "auto_encode": true}"#;
    let graph = chain(&[("load", "dataset", "{}"), ("train", "train_model", config)]);
    let table = "t,y\na,1\nb,2\na,1\n";
    let trained = train(
        &spec(graph, "ridge_regression", "{}"),
        csv(table),
        "00",
        1,
        &Silent,
    )
    .unwrap();
    assert_eq!(trained.pipeline().features(), ["t_a", "t_b"]);
}
