//! Problem, folds and weights.

use super::*;

fn line() -> Vec<ModelChoice> {
    vec![ModelChoice {
        model_type: "line".into(),
        hyperparameters: Object::new(),
    }]
}

/// A dataset, a splitter and a training node with these configs.
fn split_and_train(split: &[(&str, Value)], train: &[(&str, Value)]) -> Graph {
    let mut graph = graph(&["d:dataset", "p:split", "t:train", "d>p", "p>t"]);
    graph.nodes[1].config = config(split);
    graph.nodes[2].config.extend(config(train));
    graph
}

fn fields(found: &[String]) -> Vec<&str> {
    found
        .iter()
        .map(|line| line.split(": ").next().unwrap())
        .collect()
}

#[test]
fn stratifying_a_regression_and_a_model_of_the_other_problem_are_refused() {
    let mut graph = graph(&["d:dataset", "p:split", "t:train", "d>p", "p>t"]);
    graph.nodes[1].config = config(&[("stratify", true.into())]);
    graph.nodes[2]
        .config
        .insert("problem_type".into(), "classification".into());
    let line = vec![ModelChoice {
        model_type: "line".into(),
        hyperparameters: Object::new(),
    }];
    let found = run(&graph, &line).unwrap_err();
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn stratified_folds_and_a_positive_class_of_a_regression_are_refused() {
    let train = [
        ("cv_enabled", true.into()),
        ("cv_strategy", "stratified_kfold".into()),
        ("positive_class", "yes".into()),
    ];
    let found = run(&split_and_train(&[], &train), &line()).unwrap_err();
    assert_eq!(
        fields(&found),
        [
            "graph.nodes[2].config.cv_strategy",
            "graph.nodes[2].config.positive_class",
        ]
    );
    assert!(run(&split_and_train(&[], &train), &tree()).is_ok());
    let off = [("cv_strategy", "stratified_kfold".into())];
    assert!(run(&split_and_train(&[], &off), &line()).is_ok());
}

#[test]
fn rows_in_their_order_are_not_stratified() {
    let split = [("stratify", true.into()), ("shuffle", false.into())];
    assert_eq!(
        errors(&split_and_train(&split, &[])),
        [
            "graph.nodes[1].config.stratify: needs shuffle: rows in their order cannot be stratified (node \"p\")"
        ]
    );
}

#[test]
fn folds_in_time_need_rows_in_time() {
    let in_time = |more: &[(&str, Value)]| {
        let mut train = vec![
            ("cv_enabled", true.into()),
            ("cv_strategy", "time_series_split".into()),
        ];
        train.extend_from_slice(more);
        split_and_train(&[], &train)
    };
    assert_eq!(
        fields(&errors(&in_time(&[]))),
        ["graph.nodes[2].config.cv_strategy"]
    );
    for more in [("cv_shuffle", false.into()), ("cv_order_column", "day".into())] {
        let checked = run(&in_time(&[more]), &tree()).unwrap();
        assert!(
            checked.warnings[0].contains("\"p\" shuffles"),
            "{:?}",
            checked.warnings
        );
    }
    let elsewhere = [("cv_enabled", true.into()), ("cv_order_column", "day".into())];
    let found = errors(&split_and_train(&[], &elsewhere));
    assert_eq!(fields(&found), ["graph.nodes[2].config.cv_order_column"]);
    assert_eq!(
        errors(&in_time(&[("cv_order_column", "y".into())])),
        ["graph.nodes[2].config.cv_order_column: must not be the target \"y\" (node \"t\")"]
    );
}

#[test]
fn a_refit_on_validation_rows_that_are_not_there_is_warned_of() {
    let train = [
        ("cv_enabled", true.into()),
        ("cv_refit_strategy", "train_plus_validation".into()),
    ];
    let warnings = |split: &[(&str, Value)]| run(&split_and_train(split, &train), &tree()).unwrap().warnings;
    assert!(warnings(&[])[0].contains("no validation rows"));
    assert!(warnings(&[("validation_size", 0.2.into())]).is_empty());
}

#[test]
fn what_is_said_of_folds_that_are_not_made_is_warned_of() {
    let warnings = |train: &[(&str, Value)]| run(&split_and_train(&[], train), &tree()).unwrap().warnings;
    let order = ("cv_order_column", "day".into());
    let strategy = ("cv_strategy", "kfold".into());
    let off = ("cv_enabled", false.into());
    assert_eq!(
        warnings(&[order.clone(), off]),
        ["node \"t\": cv_order_column has no effect, as cv_enabled is false"]
    );
    assert_eq!(
        warnings(&[order, strategy.clone()]),
        [
            "node \"t\": cv_strategy has no effect, as cv_enabled is false; cv_order_column has no effect, as cv_enabled is false"
        ]
    );
    // A form that writes every parameter says nothing by it.
    let defaults = [
        ("cv_strategy", "auto".into()),
        ("cv_shuffle", true.into()),
        ("cv_order_column", "".into()),
    ];
    assert_eq!(warnings(&defaults), [""; 0]);
    assert_eq!(warnings(&[("cv_enabled", true.into()), strategy]), [""; 0]);
}

#[test]
fn weights_are_no_feature_no_target_and_of_no_added_row() {
    let mut graph = graph(&[
        "d:dataset",
        "s:scale",
        "o:oversample",
        "t:train",
        "d>s",
        "s>o",
        "o>t",
    ]);
    graph.nodes[1].config = config(&[("columns", vec!["x", "w"].into())]);
    let weigh = |graph: &mut Graph, column: &str| {
        graph.nodes[3]
            .config
            .insert("sample_weight_column".into(), column.into());
    };
    weigh(&mut graph, "w");
    assert_eq!(
        errors(&graph),
        [
            "graph.nodes[1].config.columns: must not list the sample weights \"w\" (node \"s\")",
            "graph.nodes[3].config.sample_weight_column: cannot weigh the rows that \"o\" adds (node \"t\")",
        ]
    );
    weigh(&mut graph, "y");
    let found = errors(&graph);
    assert!(
        found.contains(
            &"graph.nodes[3].config.sample_weight_column: must not be the target \"y\" (node \"t\")"
                .to_owned()
        ),
        "{found:?}"
    );
}

#[test]
fn the_plan_says_on_which_rows_a_node_learns() {
    let fitted_on = |split: &[(&str, Value)], train: &[(&str, Value)]| {
        let checked = run(&split_and_train(split, train), &tree()).unwrap();
        checked.plan.steps[2].fitted_on.clone()
    };
    let folds = ("cv_enabled", true.into());
    let joined = ("cv_refit_strategy", "train_plus_validation".into());
    let validation = ("validation_size", 0.1.into());
    assert_eq!(fitted_on(&[], std::slice::from_ref(&joined)), "training rows");
    assert_eq!(
        fitted_on(&[], &[folds.clone(), joined.clone()]),
        "training rows, and anew in each fold"
    );
    assert_eq!(
        fitted_on(&[validation], &[folds, joined]),
        "training and validation rows, and anew in each fold of training rows"
    );
}
