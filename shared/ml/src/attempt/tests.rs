use std::sync::atomic::Ordering;

use domain::{
    graph::{ModelChoice, Submission, check},
    job::FailureKind,
};

use super::*;
use crate::{
    Silent,
    testing::{Recorder, chain, csv, messy, messy_graph_for, spec, without_report},
};

fn quick(model: &str) -> TrainSpec {
    let hyperparameters = if model.starts_with("random_forest") {
        r#"{"n_estimators": 5}"#
    } else {
        "{}"
    };
    spec(messy_graph_for(model), model, hyperparameters)
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
    assert!(observer.warned("1 row without a value of the target"));
    assert!(observer.infos.lock().unwrap()[0].contains("200 rows, 7 columns"));
    assert!(trained.metrics()["test"]["accuracy"] > 0.8);
}

#[test]
fn equal_trainings_give_equal_bytes_on_any_number_of_threads() {
    for model in models::specs() {
        let spec = quick(&model.key);
        let files = |threads| without_report(&run(&spec, threads, &Silent).unwrap());
        let (one, two) = (files(1), files(2));
        let names = one.iter().map(|(name, _)| name.as_str());
        let names: Vec<&str> = names.filter(|name| *name != "model.onnx").collect();
        let expected = ["pipeline.tyd", "evaluation.json", "rows.bin", "manifest.json"];
        assert_eq!(names, expected);
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
fn what_is_trained_here_is_accepted_at_submission() {
    let catalog = domain::catalog::Catalog {
        models: models::specs(),
        nodes: crate::nodes::specs(),
    };
    for model in models::specs() {
        let spec = quick(&model.key);
        let choice = ModelChoice {
            model_type: model.key,
            hyperparameters: spec.hyperparameters,
        };
        let submission = Submission {
            graph: &spec.graph,
            node_id: &spec.node_id,
            dataset_source_id: "table",
            models: &[choice],
        };
        let checked = check(submission, &catalog).unwrap();
        assert_eq!(checked.plan.steps.len(), 8);
    }
}

#[test]
fn poisoned_test_rows_leave_the_fitted_pipeline_as_it_was() {
    let graph = chain(&[
        ("load", "dataset", "{}"),
        (
            "split",
            "train_test_split",
            r#"{"test_size": 0.25, "shuffle": false}"#,
        ),
        (
            "fill",
            "imputation_methods",
            r#"{"strategies": [{"method": "mean"}, {"method": "mode"}]}"#,
        ),
        ("scale", "scale_numeric_features", "{}"),
        ("encode", "one_hot_encoding", "{}"),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let spec = spec(graph, "ridge_regression", "{}");
    let train_rows = "n,t,y\n1.5,a,1\n,b,2\n3.5,a,3\n4.5,,4\n5.5,b,5\n6.5,b,6\n";
    let pipeline = |test_rows: &str| {
        let table = format!("{train_rows}{test_rows}");
        train(&spec, csv(&table), "00", 1, &Silent)
            .unwrap()
            .files()
            .unwrap()
            .swap_remove(0)
    };
    assert!(pipeline("7.5,a,7\n8.5,b,8\n") == pipeline("1e12,zzz,-1000000\n,,1000000\n"));
}

const TARGET: &str = r#"{"target_column": "y"}"#;

/// Trains a model behind these nodes, and tells the failure's kind, code and node.
fn refused(nodes: &[(&str, &str, &str)], config: &str, model: &str, table: &str) -> String {
    let mut all = vec![("load", "dataset", "{}")];
    all.extend_from_slice(nodes);
    all.push(("train", "train_model", config));
    let spec = spec(chain(&all), model, "{}");
    let (kind, code, node) = code(train(&spec, csv(table), "00", 1, &Silent));
    format!("{} {code} at {}", kind.as_str(), node.unwrap_or_default())
}

#[test]
fn a_table_that_cannot_be_learned_from_is_named_with_the_node() {
    for (table, expected) in [
        (
            "x,t,y\n1,a,0\n2,b,1\n",
            "INVALID_SPEC NON_NUMERIC_FEATURES at train",
        ),
        ("x,y\n1,0\n,1\n", "INVALID_DATA MISSING_VALUES_LEFT at train"),
        ("x,y\n1,0\n2,0\n", "INVALID_DATA ONE_CLASS at train"),
        (
            "x,y\n1,0.5\n2,1\n",
            "INVALID_SPEC TARGET_NOT_CATEGORICAL at train",
        ),
        ("x,z\n1,0.5\n2,1\n", "INVALID_DATA COLUMN_NOT_FOUND at load"),
        ("y\n0\n1\n", "INVALID_SPEC NO_FEATURES at train"),
        ("x,y\n", "INVALID_DATA NO_ROWS_LEFT at load"),
        ("x,y\n1,\n2,\n", "INVALID_DATA NO_ROWS_LEFT at load"),
        ("x,y\n1,0\n2\n", "INVALID_DATA CSV_RAGGED_LINE at "),
    ] {
        assert_eq!(
            refused(&[], TARGET, "logistic_regression", table),
            expected,
            "{table:?}"
        );
    }
    let words = "x,y\n1,a\n2,b\n";
    let expected = "INVALID_SPEC TARGET_NOT_NUMERIC at train";
    assert_eq!(refused(&[], TARGET, "ridge_regression", words), expected);
}

#[test]
fn a_training_node_that_asks_for_the_impossible_is_refused() {
    for (config, model, expected) in [
        (
            "{}",
            "logistic_regression",
            "INVALID_SPEC TARGET_NOT_NAMED at train",
        ),
        (TARGET, "magic", "INVALID_SPEC UNKNOWN_MODEL at train"),
        (
            r#"{"target_column": "y", "problem_type": "regression"}"#,
            "logistic_regression",
            "INVALID_SPEC PROBLEM_TYPE_MISMATCH at train",
        ),
        (
            r#"{"target_column": "y", "positive_class": "maybe"}"#,
            "logistic_regression",
            "INVALID_SPEC POSITIVE_CLASS_NOT_FOUND at train",
        ),
    ] {
        assert_eq!(
            refused(&[], config, model, "x,y\n1,0\n2,1\n"),
            expected,
            "{config}"
        );
    }
}

#[test]
fn a_node_that_cannot_run_is_named() {
    let table = "x,y\n1,0\n,1\n3,0\n,1\n";
    for (nodes, expected) in [
        (
            vec![("cut", "drop_columns", r#"{"columns": ["nope"]}"#)],
            "INVALID_DATA COLUMN_NOT_FOUND at cut",
        ),
        (
            vec![
                ("scale", "scale_numeric_features", "{}"),
                ("split", "train_test_split", "{}"),
            ],
            "INVALID_SPEC LEARNS_BEFORE_SPLIT at scale",
        ),
        (
            vec![("split", "train_test_split", r#"{"stratify": true}"#)],
            "INVALID_DATA SPLIT_IMPOSSIBLE at split",
        ),
        (
            vec![("rows", "drop_missing_rows", r#"{"drop_if_any_missing": true}"#)],
            "INVALID_DATA ONE_CLASS at train",
        ),
        (
            vec![("magic", "magic", "{}")],
            "INVALID_SPEC UNKNOWN_NODE_TYPE at magic",
        ),
    ] {
        assert_eq!(
            refused(&nodes, TARGET, "logistic_regression", table),
            expected,
            "{nodes:?}"
        );
    }
    let rows = [("rows", "drop_missing_rows", r#"{"drop_if_any_missing": true}"#)];
    let empty = refused(&rows, TARGET, "logistic_regression", "x,y\n,0\n,1\n");
    assert_eq!(empty, "INVALID_DATA NO_ROWS_LEFT at train");
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

#[test]
fn a_selection_whose_model_has_no_memory_is_refused_at_its_node() {
    let mut random = crate::random::stream(5, &["wide"]);
    let mut table = String::from("a,b,c,d,e,f,g,h,y\n");
    for _ in 0..20_000 {
        let row: Vec<String> = (0..8).map(|_| format!("{:.3}", random.uniform())).collect();
        let class = if random.uniform() < 0.5 { "no" } else { "yes" };
        table += &format!("{},{class}\n", row.join(","));
    }
    for method in ["select_from_model", "rfe"] {
        let config = format!(r#"{{"method": {method:?}, "k": 7}}"#);
        let graph = chain(&[
            ("load", "dataset", "{}"),
            ("split", "train_test_split", "{}"),
            ("select", "feature_selection", &config),
            ("train", "train_model", r#"{"target_column": "y"}"#),
        ]);
        let with = |budget: u64| {
            let mut source = csv(&table);
            source.memory_budget = Some(budget);
            train(
                &spec(graph.clone(), "gaussian_nb", "{}"),
                source,
                "00",
                2,
                &Silent,
            )
        };
        assert!(with(64 << 20).is_ok(), "{method}");
        // Of all that the job does, this fit needs the most.
        let mut budgets = (1..=16).rev().map(|halves| halves << 19);
        let refused = budgets.find_map(|budget| with(budget).err()).unwrap();
        let failure = refused.failure().unwrap();
        assert_eq!(
            (&*failure.code, failure.node_id.as_deref()),
            ("MEMORY_BUDGET", Some("select")),
            "{method}: {failure:?}"
        );
        let told = "feature_selection: logistic_regression would take about";
        assert!(failure.message.starts_with(told), "{}", failure.message);
    }
}

#[test]
fn a_model_for_which_there_is_no_memory_is_refused_at_its_node() {
    for (trees, fits) in [(5, true), (10_000, false)] {
        let hyperparameters = format!(r#"{{"n_estimators": {trees}}}"#);
        let key = "random_forest_classifier";
        let spec = spec(messy_graph_for(key), key, &hyperparameters);
        let mut source = csv(&messy(200));
        source.memory_budget = Some(4 << 20);
        let trained = train(&spec, source, "00", 2, &Silent);
        assert_eq!(trained.is_ok(), fits, "{trees}");
        if !fits {
            let told = (
                FailureKind::OutOfMemory,
                "MEMORY_BUDGET".into(),
                Some("train".into()),
            );
            assert_eq!(code(trained), told);
        }
    }
}
