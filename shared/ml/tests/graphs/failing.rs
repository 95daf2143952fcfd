//! Graphs that pass the check and cannot work on their table: each committed file fails with the error it names, at the
//! node it names.

use std::{
    fs,
    io::{Seek, Write},
    path::Path,
};

use domain::{
    graph::{Graph, ModelChoice, Submission, check},
    spec::{CsvOptions, DataFormat, DatasetRef, TrainSpec},
    value::Object,
};
use ml::{Silent, io::Source};
use serde::Deserialize;

use super::catalog;

const MODEL: &str = "logistic_regression";

/// A graph in a file, the lines of the table it runs on, and how it fails.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FailingGraph {
    /// Why it fails, for people.
    #[serde(rename = "about")]
    _about: String,
    table: Vec<String>,
    graph: Graph,
    /// The kind, the code, the node and the message; `…` stands for the rest of it.
    failure: String,
}

fn failure(failing: &FailingGraph) -> String {
    let models = [ModelChoice {
        model_type: MODEL.into(),
        hyperparameters: Object::new(),
    }];
    let submission = Submission {
        graph: &failing.graph,
        node_id: "train",
        dataset_source_id: "table",
        models: &models,
    };
    let checked = check(submission, &catalog()).unwrap();
    let spec = TrainSpec {
        graph: failing.graph.clone(),
        node_id: "train".into(),
        model_type: MODEL.into(),
        hyperparameters: checked.models[0].hyperparameters.clone(),
        dataset: DatasetRef {
            id: "table".into(),
            uri: "file:///table.csv".into(),
            format: DataFormat::Csv,
            csv: CsvOptions::default(),
            sha256: None,
        },
    };
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(failing.table.join("\n").as_bytes()).unwrap();
    file.rewind().unwrap();
    let error = ml::train(&spec, Source::new("table.csv", file), "00", 1, &Silent);
    let error = error.err().unwrap();
    let failure = error.failure().unwrap();
    let node = failure.node_id.as_deref().unwrap_or("nowhere");
    format!(
        "{} {} at {node}: {}",
        failure.kind.as_str(),
        failure.code,
        failure.message
    )
}

#[test]
fn every_failing_graph_fails_as_it_says_at_the_node_it_names() {
    let mut seen = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graphs/failing")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display();
        let failing: FailingGraph =
            serde_json::from_slice(&fs::read(&path).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let found = failure(&failing);
        match failing.failure.split_once('…') {
            Some((start, _)) => assert!(found.starts_with(start), "{name}: {found}"),
            None => assert_eq!(found, failing.failure, "{name}"),
        }
        seen += 1;
    }
    assert!(seen >= 5, "{seen} files were seen");
}
