//! Plans made on this machine, without a server.

use std::{io::Write, path::PathBuf};

use serde_json::Value;

use super::{example, run, stderr, stdout};

/// Nobody listens here, and nobody is asked.
const NOWHERE: &str = "http://127.0.0.1:9";

fn canvas() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/commands/files/canvas.json");
    path.display().to_string()
}

#[tokio::test]
async fn a_plan_needs_no_server() {
    let output = run(NOWHERE, &["plan", &example()]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("training rows"), "{}", stdout(&output));
}

#[tokio::test]
async fn the_plan_of_a_canvas_tells_what_each_node_learns_from() {
    let output = run(NOWHERE, &["plan", "--canvas", &canvas(), "--json"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let steps = answer["plan"]["steps"].as_array().unwrap();
    let ids: Vec<&str> = steps
        .iter()
        .map(|step| step["node_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["data", "split", "fill", "encode", "train"]);
    assert_eq!(steps[2]["fitted_on"], "training rows, and anew in each fold");
    assert!(
        answer["warnings"][0]
            .as_str()
            .unwrap()
            .contains("\"C\" is written \"c\"")
    );
}

#[tokio::test]
async fn a_graph_that_learns_before_the_split_is_refused_by_naming_both_nodes() {
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    file.write_all(
        b"
dataset_source_id: d
node_id: train
graph:
  nodes:
    - { id: data, type: dataset }
    - { id: scale, type: scale_numeric_features }
    - { id: split, type: train_test_split }
    - { id: train, type: train_model, config: { target_column: y } }
  edges:
    - { source: data, target: scale }
    - { source: scale, target: split }
    - { source: split, target: train }
models:
  - model_type: oracle
",
    )
    .unwrap();
    let path = file.path().display().to_string();
    let output = run(NOWHERE, &["plan", &path]).await;
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.starts_with("error: 2 fields are wrong\n"), "{told}");
    assert!(told.contains("  graph.nodes[1]: \"scale\" learns from rows that \"split\" has yet to split"));
    assert!(told.contains("  models[0].model_type: unknown model \"oracle\""));
    let output = run(NOWHERE, &["plan", &path, "--json", "--model", "ridge_regression"]).await;
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["violations"][0]["field"], "graph.nodes[1]");
    assert_eq!(answer["violations"].as_array().unwrap().len(), 1);
}
