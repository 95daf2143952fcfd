use domain::catalog::{
    Learns, NodeSpec, ProblemType, boolean, choice, columns, integer, number, target, text,
};
use domain::catalog::{ModelSpec, ParamKind, ParamSpec};

use super::*;

fn spec(key: &str, role: NodeRole, parameters: Vec<ParamSpec>) -> NodeSpec {
    NodeSpec {
        key: key.into(),
        aliases: vec![format!("{key}_draft")],
        title: key.into(),
        category: "test".into(),
        summary: key.into(),
        parameters,
        role,
        learns: Learns::No,
        ..NodeSpec::default()
    }
}

fn catalog() -> Catalog {
    let methods = ParamKind::Map(Box::new(ParamKind::Choice(vec![
        "standard".into(),
        "robust".into(),
    ])));
    let step = ParamKind::Object(vec![columns("columns", ""), boolean("strict", false, "")]);
    let share = ParamKind::OneOf(vec![
        ParamKind::Choice(vec!["auto".into()]),
        ParamKind::Integer { min: 1, max: 9 },
    ]);
    let edge = ParamKind::Number {
        min: 0.0,
        max: 9.0,
        above_min: false,
        below_max: false,
    };
    let threshold = ParamKind::OneOf(vec![edge.clone(), ParamKind::Text]);
    let object_or_text = ParamKind::OneOf(vec![ParamKind::Map(Box::new(ParamKind::Any)), ParamKind::Text]);
    Catalog {
        models: vec![ModelSpec {
            key: "tree".into(),
            title: "Tree".into(),
            problem_type: ProblemType::Classification,
            summary: String::new(),
            parameters: vec![number("c", 1.0, 0.0, 10.0, ""), integer("depth", 3, 1, 9, "")],
            handles_missing: false,
        }],
        nodes: vec![
            spec(
                "data",
                NodeRole::Source,
                vec![text("dataset_source_id", Value::Null, "")],
            ),
            spec(
                "scale",
                NodeRole::Transform,
                vec![
                    columns("columns", ""),
                    choice("default_method", "standard", &["standard", "robust"], ""),
                    ParamSpec::new("column_methods", methods, Value::Null, ""),
                    ParamSpec::new("steps", ParamKind::List(Box::new(step)), Value::Null, ""),
                    ParamSpec::new("share", share, "auto", ""),
                    ParamSpec::new("threshold", threshold, Value::Null, ""),
                    ParamSpec::new("edges", ParamKind::List(Box::new(edge)), Value::Null, ""),
                    ParamSpec::new("fill", ParamKind::Scalar, Value::Null, ""),
                    number("epsilon", 0.5, 0.0, 1.0, ""),
                    boolean("drop_original", true, ""),
                    text("suffix", "_x", ""),
                ],
            ),
            spec(
                "train",
                NodeRole::Training,
                vec![
                    target("target_column", ""),
                    text("model_type", Value::Null, ""),
                    ParamSpec::new("hyperparameters", object_or_text, Value::Null, ""),
                ],
            ),
        ],
    }
}

fn object(json: &str) -> Object {
    crate::convert::json_object(json).unwrap()
}

fn read(json: &str) -> Canvas {
    canvas(&object(json), &catalog()).unwrap()
}

/// The config that a node of this type has after the conversion, and the warnings.
fn config(kind: &str, config: &str) -> (Object, Vec<String>) {
    let json =
        format!(r#"{{"nodes": [{{"id": "n", "data": {{"catalogType": {kind:?}, "config": {config}}}}}]}}"#);
    let mut read = read(&json);
    (read.graph.nodes.swap_remove(0).config, read.warnings)
}

#[test]
fn a_canvas_becomes_a_graph() {
    let Canvas { graph, warnings } = read(
        r#"{
            "viewport": {"zoom": 1.5},
            "nodes": [
                {"id": "d", "type": "custom", "position": {"x": 1, "y": 2},
                 "data": {"catalogType": "data", "label": "Table", "config": {"dataset_source_id": "churn"}}},
                {"id": 7, "type": "train", "selected": true}
            ],
            "edges": [{"id": "e", "source": "d", "target": 7, "sourceHandle": "out", "targetHandle": null}]
        }"#,
    );
    assert!(warnings.is_empty());
    assert_eq!(graph.nodes[0].config["dataset_source_id"], "churn".into());
    assert_eq!(
        (graph.nodes[1].id.as_str(), graph.nodes[1].kind.as_str()),
        ("7", "train")
    );
    let edge = &graph.edges[0];
    assert_eq!((edge.source.as_str(), edge.target.as_str()), ("d", "7"));
    assert_eq!(
        (edge.source_handle.as_str(), edge.target_handle.as_str()),
        ("out", "")
    );
}

#[test]
fn every_place_that_is_no_canvas_is_told() {
    let broken = object(
        r#"{"nodes": [{"data": {"catalogType": "data"}}, {"id": "x", "type": "custom"}, 5,
                      {"id": "y", "data": []}, {"id": "z", "data": {"catalogType": "data", "config": "no"}}],
            "edges": [{"source": "x"}, {}]}"#,
    );
    let Invalid(violations) = canvas(&broken, &catalog()).unwrap_err();
    let fields: Vec<&str> = violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "nodes[0].id",
            "nodes[1].data.catalogType",
            "nodes[2]",
            "nodes[3].data",
            "nodes[4].data.config",
            "edges[0].target",
            "edges[1].source",
            "edges[1].target",
        ]
    );
    let Invalid(violations) = canvas(&Object::new(), &catalog()).unwrap_err();
    assert_eq!(violations[0].field, "nodes");
}

#[test]
fn what_forms_write_as_text_becomes_what_it_stands_for() {
    let (converted, warnings) = config(
        "scale_draft",
        r#"{"columns": "age, income,", "default_method": "Robust", "column_methods": "{\"age\": \"STANDARD\"}",
            "steps": [{"columns": ["a"], "strict": "False"}], "share": "4", "epsilon": " 0.25 ",
            "drop_original": "true", "suffix": 7}"#,
    );
    let expected = object(
        r#"{"columns": ["age", "income"], "default_method": "robust", "column_methods": {"age": "standard"},
            "steps": [{"columns": ["a"], "strict": false}], "share": 4, "epsilon": 0.25,
            "drop_original": true, "suffix": "7"}"#,
    );
    assert_eq!(converted, expected);
    assert!(warnings.is_empty());
    let (words, _) = config("scale", r#"{"share": "AUTO", "drop_original": 0}"#);
    assert_eq!(words, object(r#"{"share": "auto", "drop_original": false}"#));
}

#[test]
fn numbers_and_lists_written_as_text_are_read_by_what_the_parameter_takes() {
    for (given, expected) in [
        (r#"{"threshold": "0.5"}"#, r#"{"threshold": 0.5}"#),
        (r#"{"threshold": " 1e-1 "}"#, r#"{"threshold": 0.1}"#),
        (r#"{"threshold": "1.25*mean"}"#, r#"{"threshold": "1.25*mean"}"#),
        (r#"{"threshold": "-1"}"#, r#"{"threshold": "-1"}"#),
        (r#"{"fill": "0"}"#, r#"{"fill": 0}"#),
        (r#"{"fill": "-1.5"}"#, r#"{"fill": -1.5}"#),
        (r#"{"fill": "007"}"#, r#"{"fill": "007"}"#),
        (r#"{"fill": "1.0"}"#, r#"{"fill": "1.0"}"#),
        (r#"{"fill": "inf"}"#, r#"{"fill": "inf"}"#),
        (r#"{"fill": "unknown"}"#, r#"{"fill": "unknown"}"#),
        (
            r#"{"columns": "[\"a\", \"b, c\"]"}"#,
            r#"{"columns": ["a", "b, c"]}"#,
        ),
        (r#"{"columns": "[]"}"#, r#"{"columns": []}"#),
        (r#"{"columns": "[1, \"b\"]"}"#, r#"{"columns": ["1", "b"]}"#),
        (r#"{"columns": "a, b"}"#, r#"{"columns": ["a", "b"]}"#),
        (r#"{"edges": "[0, \"1.5\", 3]"}"#, r#"{"edges": [0, 1.5, 3]}"#),
        (r#"{"edges": "0, 1.5,3"}"#, r#"{"edges": [0, 1.5, 3]}"#),
        (
            r#"{"steps": "[{\"columns\": \"[\\\"a\\\"]\", \"strict\": \"true\"}]"}"#,
            r#"{"steps": [{"columns": ["a"], "strict": true}]}"#,
        ),
    ] {
        assert_eq!(config("scale", given).0, object(expected), "{given}");
    }
}

#[test]
fn what_a_form_left_empty_is_left_out_and_what_nobody_understands_stays() {
    let (converted, _) = config(
        "scale",
        r#"{"columns": "", "epsilon": "", "default_method": null, "share": " ", "suffix": "", "steps": null}"#,
    );
    assert_eq!(converted, object(r#"{"suffix": "", "steps": null}"#));
    let strange = r#"{"epsilon": "much", "drop_original": "perhaps", "colums": "a", "column_methods": "{"}"#;
    assert_eq!(config("scale", strange).0, object(strange));
    assert_eq!(config("magic", r#"{"a": "true"}"#).0, object(r#"{"a": "true"}"#));
}

#[test]
fn old_spellings_are_understood_with_a_warning() {
    let (converted, warnings) = config(
        "train",
        r#"{"targetColumn": "y", "model_type": "tree",
            "hyperparameters": "{\"C\": \"2\", \"solver\": \"lbfgs\", \"n_jobs\": -1, \"multi_class\": \"auto\", \"depth\": \"3\"}"}"#,
    );
    let expected =
        object(r#"{"target_column": "y", "model_type": "tree", "hyperparameters": {"c": 2, "depth": 3}}"#);
    assert_eq!(converted, expected);
    assert_eq!(
        warnings,
        [
            r#"node "n": "targetColumn" is written "target_column""#,
            r#"node "n": the hyperparameter "C" is written "c""#,
            r#"node "n": the hyperparameter "multi_class" has no effect and is left out"#,
            r#"node "n": the hyperparameter "n_jobs" has no effect and is left out"#,
            r#"node "n": the hyperparameter "solver" has no effect and is left out"#,
        ]
    );
}

#[test]
fn nodes_that_only_look_are_left_out_and_what_they_stood_between_is_joined() {
    let node = |id: &str, kind: &str| format!(r#"{{"id": {id:?}, "data": {{"catalogType": {kind:?}}}}}"#);
    let edge = |pair: &str| format!(r#"{{"source": "{}", "target": "{}"}}"#, &pair[..1], &pair[1..]);
    let nodes = [
        node("d", "data"),
        node("p", "data_preview"),
        node("q", "dataset_profile"),
        node("s", "scale"),
        node("t", "train"),
        node("m", "model_evaluation"),
        node("x", "transformer_audit"),
    ];
    // Two handles of a splitter, a chain of looks, a look at the model, and looks in a circle.
    let edges = ["dp", "pq", "qs", "st", "st", "tm", "xx", "xt", "ps"].map(edge);
    let json = format!(
        r#"{{"nodes": [{}], "edges": [{}]}}"#,
        nodes.join(","),
        edges.join(",")
    );
    let Canvas { graph, .. } = read(&json);
    let ids: Vec<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids, ["d", "s", "t"]);
    let edges: Vec<(&str, &str)> = graph
        .edges
        .iter()
        .map(|edge| (edge.source.as_str(), edge.target.as_str()))
        .collect();
    assert_eq!(edges, [("d", "s"), ("s", "t")]);
}

#[test]
fn the_training_node_is_found_where_there_is_one() {
    let with = |kinds: &[&str]| {
        let nodes = kinds.iter().enumerate();
        let nodes: Vec<String> = nodes
            .map(|(at, kind)| format!(r#"{{"id": "n{at}", "type": {kind:?}}}"#))
            .collect();
        read(&format!(r#"{{"nodes": [{}]}}"#, nodes.join(",")))
    };
    let found = |kinds: &[&str]| with(kinds).training_node(&catalog()).map(str::to_owned);
    assert_eq!(found(&["data", "train_draft"]).as_deref(), Some("n1"));
    assert_eq!(found(&["data"]), None);
    assert_eq!(found(&["train", "train"]), None);
}
