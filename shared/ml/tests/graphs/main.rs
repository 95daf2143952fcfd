//! Graphs that cannot work: each file in `bad` is refused when it is submitted, with every violation it names and no
//! other, and each in `failing` fails when it runs. The largest are checked at bounded cost. Graphs made up at random are
//! tried by the harness, which may draw them as canvases do.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

mod failing;
mod largest;

use std::{fs, path::Path};

use domain::{
    catalog::Catalog,
    graph::{Graph, ModelChoice, Submission, check},
    value::Object,
};
use serde::Deserialize;

/// A submission in a file, and what is wrong with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BadGraph {
    /// Why it is refused, for people.
    #[serde(rename = "about")]
    _about: String,
    dataset_source_id: String,
    node_id: String,
    models: Vec<Model>,
    graph: Graph,
    /// Each violation; `…` stands for words that grow with the catalogue.
    violations: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    model_type: String,
    #[serde(default)]
    hyperparameters: Object,
}

fn catalog() -> Catalog {
    Catalog {
        models: ml::models::specs(),
        nodes: ml::nodes::specs(),
    }
}

#[test]
fn every_bad_graph_is_refused_with_all_that_is_wrong() {
    let catalog = catalog();
    let mut seen = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graphs/bad")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display();
        let bad: BadGraph =
            serde_json::from_slice(&fs::read(&path).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let choice = |model: Model| ModelChoice {
            model_type: model.model_type,
            hyperparameters: model.hyperparameters,
        };
        let models: Vec<ModelChoice> = bad.models.into_iter().map(choice).collect();
        let submission = Submission {
            graph: &bad.graph,
            node_id: &bad.node_id,
            dataset_source_id: &bad.dataset_source_id,
            models: &models,
        };
        let Err(found) = check(submission, &catalog) else {
            panic!("{name} was accepted");
        };
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), bad.violations.len(), "{name}: {found:#?}");
        for (found, told) in found.iter().zip(&bad.violations) {
            match told.split_once('…') {
                Some((start, _)) => assert!(found.starts_with(start), "{name}: {found}"),
                None => assert_eq!(found, told, "{name}"),
            }
        }
        seen += 1;
    }
    assert!(seen >= 20, "{seen} files were seen");
}
