//! What submission files are accepted, and what is said of those that are not.

use std::path::PathBuf;

use clap::Parser;
use messages::convert::{duration_from_pb, graph_from_pb, object_from_pb};

use super::*;
use crate::cli::{Cli, Command};

const SMALL: &str = "
dataset_source_id: d
node_id: train
graph:
  nodes:
    - { id: data, type: dataset, config: { dataset_source_id: d } }
    - { id: train, type: train_model }
  edges:
    - { source: data, target: train }
models:
  - model_type: ridge_regression
    hyperparameters: { alpha: 2 }
labels: { team: a }
";

fn yaml(text: &str) -> Result<SubmitTrainingJobRequest> {
    parse(Path::new("jobs.yaml"), text)
}

fn refused(text: &str) -> String {
    format!("{:#}", yaml(text).unwrap_err())
}

fn options(arguments: &[&str]) -> Submit {
    let line = ["trainctl", "submit", "jobs.yaml"].iter().chain(arguments);
    match Cli::try_parse_from(line).unwrap().command {
        Command::Submit(submit) => submit,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_committed_example_is_a_submission() {
    let examples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/examples");
    let mut seen = 0;
    for entry in fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|ending| ending != "yaml" && ending != "json")
        {
            continue;
        }
        let request = parse(&path, &fs::read_to_string(&path).unwrap()).unwrap();
        assert!(!request.models.is_empty(), "{}", path.display());
        let graph = graph_from_pb(request.graph.unwrap());
        assert!(
            graph.execution_order(&request.node_id).is_some(),
            "{}",
            path.display()
        );
        seen += 1;
    }
    assert!(seen >= 3);
}

#[test]
fn every_field_reaches_the_request() {
    let request = yaml(
        "
request_id: r-1
dataset_source_id: d
pipeline_id: p
node_id: train
target_node_id: train
graph:
  nodes: [{ id: train, type: train_model, config: { a: [1, x, null, true] } }]
  edges: [{ source: a, target: b, source_handle: out, target_handle: in }]
models: [{ model_type: m, hyperparameters: { c: 0.5 } }, { model_type: m }]
labels: { k: v }
metadata: { note: hello }
policy:
  queue_timeout: 1h 30m
  run_timeout: 30s
  total_timeout: 2days
  cancel_grace: 500ms
  retry: { max_attempts: 5, initial_backoff: 1s, factor: 3, max_backoff: 1m }
  resource_class: big
  threads: 2
  memory_limit_bytes: 1073741824
run_training: false
validate_only: true
",
    )
    .unwrap();
    let policy = request.policy.unwrap();
    let seconds =
        |span: Option<prost_types::Duration>| duration_from_pb(span.unwrap()).unwrap().as_secs_f64();
    assert_eq!(seconds(policy.queue_timeout), 5400.0);
    assert_eq!(seconds(policy.run_timeout), 30.0);
    assert_eq!(seconds(policy.total_timeout), 172_800.0);
    assert_eq!(seconds(policy.cancel_grace), 0.5);
    let retry = policy.retry.unwrap();
    assert_eq!((retry.max_attempts, retry.factor), (5, 3.0));
    assert_eq!(
        (seconds(retry.initial_backoff), seconds(retry.max_backoff)),
        (1.0, 60.0)
    );
    assert_eq!((policy.threads, policy.memory_limit_bytes), (2, 1 << 30));
    assert_eq!(policy.resource_class, "big");
    assert_eq!(request.request_id, "r-1");
    assert_eq!(
        (request.node_id.as_str(), request.target_node_id.as_str()),
        ("train", "train")
    );
    assert_eq!((request.run_training, request.validate_only), (Some(false), true));
    assert_eq!(request.models.len(), 2);
    assert_eq!(request.labels["k"], "v");
    assert_eq!(
        object_from_pb(request.metadata.unwrap())["note"].as_str(),
        Some("hello")
    );
    let graph = graph_from_pb(request.graph.unwrap());
    assert_eq!(graph.edges[0].source_handle, "out");
    assert_eq!(graph.nodes[0].config["a"].to_string(), r#"[1, "x", null, true]"#);
}

#[test]
fn json_and_yaml_say_the_same() {
    let value: serde_json::Value = serde_yaml_ng::from_str(SMALL).unwrap();
    let json = parse(Path::new("jobs.JSON"), &value.to_string()).unwrap();
    assert_eq!(json, yaml(SMALL).unwrap());
}

#[test]
fn an_unknown_key_is_refused_by_name_with_file_and_line() {
    let at_the_top = refused(&SMALL.replace("labels:", "lables:"));
    let in_a_node = refused(&SMALL.replace("type: train_model", "kind: train_model"));
    for (told, parts) in [
        (at_the_top, ["jobs.yaml", "lables", "line 13"]),
        (in_a_node, ["graph.nodes[1]", "kind", "line 7"]),
    ] {
        assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    }
    let json = parse(Path::new("x.json"), "{\n \"graf\": {}\n}").unwrap_err();
    let told = format!("{json:#}");
    assert!(told.contains("graf") && told.contains("line 2"), "{told}");
}

#[test]
fn what_would_be_swallowed_elsewhere_is_refused() {
    for (from, to, part) in [
        ("alpha: 2", "alpha: 2, alpha: 3", "duplicate key `alpha`"),
        ("alpha: 2", "alpha: 9007199254740993", "2^53"),
        ("alpha: 2", "alpha: .nan", "no finite number"),
        ("{ alpha: 2 }", "[alpha]", "expected keys and values"),
        (
            "labels: { team: a }",
            "policy: { run_timeout: 30 }",
            "expected a span of time",
        ),
        (
            "labels: { team: a }",
            "policy: { run_timeout: soon }",
            "expected a span of time",
        ),
    ] {
        let told = refused(&SMALL.replace(from, to));
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn what_a_value_should_have_been_is_told_in_words_of_the_file() {
    let model = "model_type: ridge_regression\n    hyperparameters: { alpha: 2 }";
    for (from, to, part) in [
        (model, "ridge_regression", "expected a mapping with model_type"),
        (
            "{ id: train, type: train_model }",
            "train",
            "expected a mapping with id, type",
        ),
        (
            "{ source: data, target: train }",
            "data",
            "expected a mapping with source and target",
        ),
        (
            "labels: { team: a }",
            "policy: 30s",
            "expected a mapping with timeouts",
        ),
        (
            "labels: { team: a }",
            "policy: { retry: 3 }",
            "expected a mapping with max_attempts",
        ),
        (SMALL, "graph: x", "expected a mapping with nodes and edges"),
    ] {
        let told = refused(&SMALL.replace(from, to));
        assert!(told.contains(part) && !told.contains("struct"), "{told}");
    }
}

#[test]
fn options_stand_over_the_file() {
    let mut request = yaml(SMALL).unwrap();
    let line = "--model ridge_regression --model linear_regression --label team=b --label x=1 --pipeline p --dataset e \
                --request-id r --no-start";
    let options = options(&line.split_whitespace().collect::<Vec<_>>());
    apply(&options.described, &mut request);
    submitted(&options, &mut request);
    let models: Vec<(&str, bool)> = request
        .models
        .iter()
        .map(|model| (model.model_type.as_str(), model.hyperparameters.is_some()))
        .collect();
    assert_eq!(models, [("ridge_regression", true), ("linear_regression", false)]);
    assert_eq!(
        (request.labels["team"].as_str(), request.labels["x"].as_str()),
        ("b", "1")
    );
    assert_eq!(
        (request.pipeline_id.as_str(), request.dataset_source_id.as_str()),
        ("p", "e")
    );
    assert_eq!(
        (request.request_id.as_str(), request.run_training),
        ("r", Some(false))
    );
}

#[test]
fn a_request_without_an_id_gets_one_of_its_own() {
    let mut ids = [yaml(SMALL).unwrap(), yaml(SMALL).unwrap()].map(|mut request| {
        submitted(&options(&[]), &mut request);
        request.request_id
    });
    ids.sort();
    assert!(ids[0].starts_with("trainctl-") && ids[0] != ids[1], "{ids:?}");
}

#[test]
fn a_file_of_another_kind_is_not_repeated() {
    let table = "id,age,\n".repeat(10_000);
    let told = refused(&table);
    assert!(told.len() < 400, "{} bytes", told.len());
    assert!(
        told.starts_with("jobs.yaml: ") && told.contains("a mapping with dataset_source_id"),
        "{told}"
    );
}
