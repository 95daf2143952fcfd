use messages::convert::{graph_from_pb, object_from_pb};

use super::*;
use crate::submission::catalog;

const CANVAS: &str = include_str!("../../../tests/commands/files/canvas.json");

fn from(file: &str, text: &str, node: Option<&str>) -> Result<Described> {
    read_to_train(Path::new(file), text, node, &catalog())
}

#[test]
fn a_canvas_alone_is_a_submission_named_after_its_file() {
    let Described { request, warnings } = from("churn.json", CANVAS, None).unwrap();
    assert_eq!(
        (request.node_id.as_str(), request.pipeline_id.as_str()),
        ("train", "churn")
    );
    assert!(request.models.is_empty());
    let graph = graph_from_pb(request.graph.unwrap());
    let kinds: Vec<&str> = graph.nodes.iter().map(|node| node.kind.as_str()).collect();
    let expected = [
        "data_loader",
        "train_test_split",
        "simple_imputer",
        "one_hot_encoding",
        "train_model_draft",
    ];
    assert_eq!(kinds, expected);
    assert!(graph.execution_order("train").is_some());
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    let no_name = from("my churn!.json", CANVAS, None).unwrap();
    assert_eq!(no_name.request.pipeline_id, "");
}

#[test]
fn a_request_around_a_canvas_says_what_is_trained() {
    let text = format!(
        r#"{{"graph": {CANVAS}, "dataset_source_id": "d", "pipeline_id": "p", "target_node_id": "train",
            "model_types": ["logistic_regression", "random_forest_classifier"],
            "hyperparameters": {{"C": "0.5", "n_jobs": 2}}, "run_training": false, "job_metadata": {{}}}}"#
    );
    let Described { request, warnings } = from("x.json", &text, None).unwrap();
    assert_eq!(
        (request.dataset_source_id.as_str(), request.pipeline_id.as_str()),
        ("d", "p")
    );
    assert_eq!(
        (request.node_id.as_str(), request.run_training),
        ("train", Some(false))
    );
    let given = object_from_pb(request.models[0].hyperparameters.clone().unwrap());
    assert_eq!(given, Object::from([("c".to_owned(), 0.5.into())]));
    assert_eq!(request.models[1].model_type, "random_forest_classifier");
    assert!(
        warnings.contains(&"not read beside the canvas: job_metadata".to_owned()),
        "{warnings:?}"
    );
    let chosen = from("x.json", &text, Some("other")).unwrap();
    assert_eq!(chosen.request.node_id, "other");
}

#[test]
fn what_is_no_canvas_is_refused_in_words() {
    let two = r#"{"nodes": [{"id": "a", "type": "train_model"}, {"id": "b", "type": "train_model"}]}"#;
    for (text, words) in [
        ("[]", "a canvas is an object with nodes and edges, not a list"),
        ("{", "EOF"),
        ("{}", "nodes: must be a list"),
        (r#"{"nodes": []}"#, "the canvas has no training node"),
        (two, "choose with --node one of a, b"),
    ] {
        let told = format!("{:#}", from("x.json", text, None).unwrap_err());
        assert!(told.contains(words), "{text}: {told}");
    }
}
