mod columns;
mod models;
mod preparation;
mod rows;
mod shape;
mod target;
mod told;
mod training;

use super::*;
use crate::{
    catalog::{
        Condition, Learns, ProblemType, Requirement, RowEffect, RowRule, boolean, choice, columns, integer,
        number, target, text,
    },
    catalog::{ParamKind, ParamSpec},
    graph::Edge,
};

fn node_spec(
    key: &str,
    role: NodeRole,
    learns: Learns,
    rows: RowEffect,
    parameters: Vec<ParamSpec>,
) -> NodeSpec {
    NodeSpec {
        key: key.into(),
        aliases: vec![format!("{key}-alias")],
        title: key.into(),
        category: "test".into(),
        summary: key.into(),
        parameters,
        role,
        learns,
        rows: vec![RowRule::always(rows)],
        ..NodeSpec::default()
    }
}

/// The parameters of the training node.
fn training() -> Vec<ParamSpec> {
    let any = ParamSpec::new(
        "hyperparameters",
        ParamKind::OneOf(vec![ParamKind::Map(Box::new(ParamKind::Any)), ParamKind::Text]),
        Value::Null,
        "Hyperparameters.",
    );
    vec![
        target("target_column", "Target."),
        text("model_type", Value::Null, "Model."),
        choice(
            "problem_type",
            Value::Null,
            &["classification", "regression"],
            "Problem.",
        ),
        any,
        ParamSpec::new("positive_class", ParamKind::Scalar, Value::Null, "Class."),
        text("sample_weight_column", Value::Null, "Weights."),
        boolean("cv_enabled", false, "Folds."),
        choice(
            "cv_strategy",
            "auto",
            &["auto", "kfold", "stratified_kfold", "time_series_split"],
            "Folds.",
        )
        .used_if("cv_enabled", [true]),
        boolean("cv_shuffle", true, "Folds.").used_if("cv_enabled", [true]),
        text("cv_order_column", Value::Null, "Folds.").used_if("cv_enabled", [true]),
        choice(
            "cv_refit_strategy",
            "train_only",
            &["train_only", "train_plus_validation"],
            "Folds.",
        )
        .used_if("cv_enabled", [true]),
    ]
}

/// A node that adds rows where it is to copy some.
fn draw() -> NodeSpec {
    let parameters = vec![boolean("copies", false, "Whether rows are copied.")];
    let mut spec = node_spec(
        "draw",
        NodeRole::Transform,
        Learns::Always,
        RowEffect::Drop,
        parameters,
    );
    let copies = [Condition::is_one_of("copies", [true])];
    spec.rows.insert(0, RowRule::when(RowEffect::Add, copies));
    spec
}

/// Parameters that name columns in every way there is.
fn methods() -> Vec<ParamSpec> {
    let column = ParamKind::Object(vec![
        text("column", "", "Column.").of_features(),
        text("method", "", "Method."),
    ]);
    vec![
        columns("columns", "Columns."),
        ParamSpec::new(
            "column_methods",
            ParamKind::Map(Box::new(ParamKind::Text)),
            Value::Null,
            "Methods.",
        )
        .of_features(),
        ParamSpec::new(
            "transformations",
            ParamKind::List(Box::new(column)),
            Value::Null,
            "Transformations.",
        ),
        ParamSpec::new(
            "custom_bins",
            ParamKind::Map(Box::new(ParamKind::Any)),
            Value::Null,
            "Bins.",
        )
        .of_features(),
        ParamSpec::new(
            "operations",
            ParamKind::List(Box::new(ParamKind::Object(vec![
                text("output_column", "", "Column.").of_output(),
                boolean("allow_overwrite", false, "Overwrite."),
            ]))),
            Value::Null,
            "Operations.",
        ),
    ]
}

fn catalog() -> Catalog {
    let model = |key: &str, problem_type| ModelSpec {
        key: key.into(),
        title: key.into(),
        problem_type,
        summary: key.into(),
        parameters: vec![
            number("alpha", 1.0, 0.0, 10.0, "Penalty."),
            integer("seed", 1, 0, 9, "Seed."),
        ],
        handles_missing: false,
    };
    let split = vec![
        boolean("stratify", false, "Stratify."),
        boolean("shuffle", true, "Shuffle."),
        number("validation_size", 0.0, 0.0, 1.0, "Validation."),
    ];
    Catalog {
        models: vec![
            model("line", ProblemType::Regression),
            model("tree", ProblemType::Classification),
        ],
        nodes: vec![
            node_spec(
                "dataset",
                NodeRole::Source,
                Learns::No,
                RowEffect::Keep,
                vec![text("dataset_source_id", "", "Id.")],
            ),
            draw(),
            node_spec(
                "drop",
                NodeRole::Transform,
                Learns::No,
                RowEffect::Drop,
                vec![columns("columns", "Columns.")],
            ),
            NodeSpec {
                cross_fitted: true,
                ..node_spec(
                    "encode",
                    NodeRole::Transform,
                    Learns::Always,
                    RowEffect::Keep,
                    vec![],
                )
            },
            node_spec(
                "oversample",
                NodeRole::Transform,
                Learns::Always,
                RowEffect::Add,
                vec![],
            ),
            node_spec(
                "scale",
                NodeRole::Transform,
                Learns::Always,
                RowEffect::Keep,
                methods(),
            ),
            node_spec("split", NodeRole::Splitter, Learns::No, RowEffect::Keep, split),
            node_spec(
                "train",
                NodeRole::Training,
                Learns::Always,
                RowEffect::Keep,
                training(),
            ),
        ],
    }
}

fn config(fields: &[(&str, Value)]) -> Object {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

/// A graph from `id:type` words in a chain, with further edges as `a>b`.
fn graph(words: &[&str]) -> Graph {
    let mut graph = Graph::default();
    for word in words {
        if let Some((source, target)) = word.split_once('>') {
            let (source, target) = (source.to_owned(), target.to_owned());
            graph.edges.push(Edge {
                source,
                target,
                source_handle: String::new(),
                target_handle: String::new(),
            });
        } else if let Some((id, kind)) = word.split_once(':') {
            graph.nodes.push(Node {
                id: id.into(),
                kind: kind.into(),
                config: Object::new(),
            });
        }
    }
    for node in graph.nodes.iter_mut().filter(|node| node.kind == "train") {
        node.config = config(&[("target_column", "y".into())]);
    }
    graph
}

fn tree() -> Vec<ModelChoice> {
    vec![ModelChoice {
        model_type: "tree".into(),
        hyperparameters: Object::new(),
    }]
}

fn run(graph: &Graph, models: &[ModelChoice]) -> Result<Checked, Vec<String>> {
    let submission = Submission {
        graph,
        node_id: "t",
        dataset_source_id: "ds",
        models,
    };
    check(submission, &catalog()).map_err(|v| v.iter().map(ToString::to_string).collect())
}

fn errors(graph: &Graph) -> Vec<String> {
    run(graph, &tree()).unwrap_err()
}

#[test]
fn a_sound_graph_gives_its_plan_in_order_without_nodes_beside_the_way() {
    let graph = graph(&[
        "t:train",
        "beside:scale",
        "s:scale-alias",
        "p:split",
        "d:dataset",
        "d>p",
        "p>s",
        "s>t",
        "d>beside",
    ]);
    let checked = run(&graph, &tree()).unwrap();
    let steps: Vec<_> = checked
        .plan
        .steps
        .iter()
        .map(|s| (s.node_id.as_str(), s.kind.as_str(), s.learns))
        .collect();
    assert_eq!(
        steps,
        [
            ("d", "dataset", false),
            ("p", "split", false),
            ("s", "scale", true),
            ("t", "train", true)
        ]
    );
    assert_eq!(checked.plan.steps[2].fitted_on, "training rows");
    assert_eq!(
        checked.warnings,
        ["\"beside\" does not run: no path leads from there to \"t\""]
    );
    assert_eq!(checked.dataset_source_id, "ds");
}

#[test]
fn without_a_splitter_the_metrics_are_said_to_be_in_sample() {
    let checked = run(&graph(&["d:dataset", "t:train", "d>t"]), &tree()).unwrap();
    assert_eq!(checked.warnings.len(), 1);
    assert!(checked.warnings[0].contains("in-sample"));
}

#[test]
fn learning_before_the_split_is_refused_by_naming_both_nodes() {
    let found = errors(&graph(&[
        "d:dataset",
        "s:scale",
        "p:split",
        "t:train",
        "d>s",
        "s>p",
        "p>t",
    ]));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("graph.nodes[1]: \"s\" learns from rows that \"p\" has yet to split"));
}

#[test]
fn two_splitters_or_two_datasets_are_refused_by_naming_them() {
    let found = errors(&graph(&[
        "d:dataset",
        "e:dataset",
        "p:split",
        "q:split",
        "t:train",
        "d>p",
        "e>p",
        "p>q",
        "q>t",
    ]));
    assert!(found[0].contains("\"p\" and \"q\"") || found[1].contains("\"p\" and \"q\""));
    assert!(found.iter().any(|e| e.contains("\"d\" and \"e\"")));
}

#[test]
fn every_node_is_fed_and_only_the_last_trains() {
    let found = errors(&graph(&[
        "d:dataset",
        "s:scale",
        "u:train",
        "t:train",
        "d>u",
        "u>t",
        "s>t",
    ]));
    assert_eq!(
        found,
        [
            "graph.nodes[1]: \"s\" has no input; only a dataset node begins a graph",
            "graph.nodes[2]: \"u\" trains a model and cannot prepare rows for \"t\"",
        ]
    );
}

#[test]
fn the_node_that_trains_must_exist_and_train() {
    let graph = graph(&["d:dataset", "s:scale", "d>s"]);
    let submission = Submission {
        graph: &graph,
        node_id: "s",
        dataset_source_id: "ds",
        models: &tree(),
    };
    let found = check(submission, &catalog()).unwrap_err();
    assert_eq!(found[0].field, "node_id");
}

#[test]
fn a_wrong_config_does_not_hide_what_else_is_wrong() {
    let mut graph = graph(&["d:dataset", "t:train", "d>t"]);
    graph.nodes[1].config.insert("depth".into(), 3.into());
    graph.nodes[1]
        .config
        .insert("problem_type".into(), "regression".into());
    graph.nodes[1].config.remove("target_column");
    let found = errors(&graph);
    let fields: Vec<&str> = found
        .iter()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        fields,
        [
            "graph.nodes[1].config.depth",
            "graph.nodes[1].config.problem_type",
            "graph.nodes[1].config.target_column",
        ]
    );
    graph.nodes[1].config.insert("target_column".into(), 5.into());
    graph.nodes[1]
        .config
        .insert("problem_type".into(), "guessing".into());
    let found = errors(&graph);
    assert_eq!(found.len(), 3, "each mistake is told once: {found:?}");
}
