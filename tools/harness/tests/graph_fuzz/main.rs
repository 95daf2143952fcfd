//! Graphs made up at random, some of them drawn as a canvas does, checked as a submission is and run if they pass. Each
//! comes from a seed; `TRAINYARD_GRAPH_CASES=100000` tries as many instead of a few hundred.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

mod canvas;
mod graphs;
mod limits;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::File,
    io::{Seek, Write},
};

use domain::{
    catalog::Catalog,
    graph::{ModelChoice, Submission, check},
    spec::{CsvOptions, DataFormat, DatasetRef, TrainSpec},
    value::Object,
};
use ml::{Error, io::Source, random};
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use canvas::through_a_canvas;
use graphs::{chance, graph, mangled, one};
use limits::{Counted, Limits};

/// How many graphs are tried unless the environment says otherwise.
const CASES: u32 = 400;

const TABLE: &str = "\
a,b,t,w,y
1,2.5,red,1,0
2,,blue,1,1
3,0.5,red,2,0
4,1.5,,1,1
5,-1,green,0,0
6,2,2024-02-03,1,1
7,2.5,blue,1,0
8,1e6,red,1,1
9,0,blue,3,0
10,3,red,1,1
11,4,green,1,
12,5, red ,1,1
";

/// A table that nothing is wrong with.
const CLEAN: &str = "\
a,b,t,w,y
1,2.5,3,1,0
2,1.5,1,1,1
3,0.5,2,2,0
4,1.5,1,1,1
5,-1,2,1,0
6,2,3,1,1
7,2.5,1,1,0
8,6,2,1,1
9,0,1,3,0
10,3,2,1,1
11,4,2,1,0
12,5,1,1,1
";

fn table(content: &str) -> Source {
    let mut file: File = tempfile::tempfile().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file.rewind().unwrap();
    Source::new("table.csv", file)
}

/// What a training never fails with once the check has let a graph pass: no table has a say in it.
const DECIDED: [&str; 9] = [
    "INVALID_CONFIG",
    "INVALID_GRAPH",
    "INVALID_HYPERPARAMETERS",
    "LEARNS_BEFORE_SPLIT",
    "PROBLEM_TYPE_MISMATCH",
    "TARGET_IN_COLUMNS",
    "TARGET_MISMATCH",
    "TARGET_NOT_NAMED",
    "UNKNOWN_NODE_TYPE",
];

/// What became of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    NoGraph,
    Refused,
    Failed,
    Trained,
}

/// Whether the graph came in as a canvas, and what became of it.
fn try_graph(seed: u64, catalog: &Catalog, counted: &Counted) -> (bool, Fate) {
    let mut random = random::stream(seed, &["graph"]);
    let mut graph = graph(&mut random, catalog);
    let node_id = graph.nodes.last().map(|node| node.id.clone()).unwrap_or_default();
    let drawn = chance(&mut random, 30);
    let read = if drawn {
        through_a_canvas(&mut random, &graph, catalog)
    } else if chance(&mut random, 20) {
        serde_json::from_slice(&mangled(&mut random, serde_json::to_vec(&graph).unwrap())).ok()
    } else {
        Some(graph)
    };
    let Some(read) = read else {
        return (drawn, Fate::NoGraph);
    };
    graph = read;
    let model = one(&mut random, &["ridge_regression", "logistic_regression"]);
    let models = [ModelChoice {
        model_type: model.to_owned(),
        hyperparameters: Object::new(),
    }];
    let submission = Submission {
        graph: &graph,
        node_id: &node_id,
        dataset_source_id: "table",
        models: &models,
    };
    let checked = match check(submission, catalog) {
        Ok(checked) => checked,
        Err(violations) => {
            assert!(!violations.is_empty());
            return (drawn, Fate::Refused);
        }
    };
    let spec = TrainSpec {
        graph,
        node_id,
        model_type: checked.models[0].model_type.clone(),
        hyperparameters: checked.models[0].hyperparameters.clone(),
        dataset: DatasetRef {
            id: "table".into(),
            uri: "file:///table.csv".into(),
            format: DataFormat::Csv,
            csv: CsvOptions::default(),
            sha256: None,
        },
    };
    let mut source = table(if chance(&mut random, 60) { CLEAN } else { TABLE });
    source.memory_budget = chance(&mut random, 50).then_some(1 << 20);
    let fate = match ml::train(&spec, source, "00", 1, counted) {
        Ok(trained) => {
            trained.files().unwrap();
            Fate::Trained
        }
        Err(Error::Failed(failure)) => {
            let decided = DECIDED.contains(&failure.code.as_str());
            assert!(!decided, "{}: {}", failure.code, failure.message);
            Fate::Failed
        }
        Err(Error::Cancelled) => panic!("it works on and on"),
    };
    (drawn, fate)
}

#[test]
fn no_graph_makes_the_check_or_a_training_panic_or_take_more_than_its_share() {
    let cases = std::env::var("TRAINYARD_GRAPH_CASES");
    let cases = cases.map_or(CASES, |cases| cases.parse().unwrap());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let catalog = Catalog {
        models: ml::models::specs(),
        nodes: ml::nodes::specs(),
    };
    let limits = Limits::new();
    let fates = RefCell::new(BTreeMap::new());
    let result = TestRunner::new_with_rng(config, rng).run(&proptest::num::u64::ANY, |seed| {
        let (drawn, fate) = limits.hold(seed, |counted| try_graph(seed, &catalog, counted));
        *fates
            .borrow_mut()
            .entry((drawn, format!("{fate:?}")))
            .or_insert(0_u32) += 1;
        Ok(())
    });
    if let Err(TestError::Fail(reason, seed)) = &result {
        let graph = graph(&mut random::stream(*seed, &["graph"]), &catalog);
        panic!(
            "seed {seed}: {reason}\n{}",
            serde_json::to_string(&graph).unwrap()
        );
    }
    result.unwrap();
    // A generator that only makes broken graphs would prove little.
    let fates = fates.into_inner();
    for drawn in [false, true] {
        for fate in [Fate::NoGraph, Fate::Refused, Fate::Failed, Fate::Trained] {
            let count = fates.get(&(drawn, format!("{fate:?}"))).copied().unwrap_or(0);
            assert!(
                count * 200 >= cases,
                "{fate:?} {count} times in {cases}: {fates:?}"
            );
        }
    }
}
