//! What tests of whole trainings share: graphs, tables, and an observer that keeps what it is told.

use std::{
    io::{Seek, Write},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::{
    catalog::ProblemType,
    graph::{Edge, Graph, Node},
    job::Phase,
    spec::{CsvOptions, DataFormat, DatasetRef, TrainSpec},
    value::Object,
};

use crate::{Observer, Trained, artifact, io::Source, models, observer::NodeRun, random};

/// Two clouds of points that overlap, 14 of one class and 8 of another.
pub(crate) const CLOUDS: [[f64; 2]; 22] = [
    [1.75, -0.29],
    [-0.48, -2.65],
    [-0.01, -0.32],
    [-0.54, 0.32],
    [0.42, -1.07],
    [-0.89, -0.48],
    [0.69, 0.56],
    [-1.31, -1.12],
    [0.74, 1.57],
    [-0.03, -0.68],
    [1.1, -0.31],
    [0.73, 1.55],
    [0.63, 0.07],
    [0.73, -0.64],
    [0.72, 0.33],
    [0.7, 0.41],
    [0.71, 0.52],
    [0.99, 0.96],
    [1.2, 2.3],
    [-0.65, 2.2],
    [0.66, -0.33],
    [0.73, 0.99],
];

/// Keeps what it is told, and cancels at a given question.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) phases: Mutex<Vec<Phase>>,
    pub(crate) nodes: Mutex<Vec<NodeRun>>,
    pub(crate) warnings: Mutex<Vec<String>>,
    pub(crate) infos: Mutex<Vec<String>>,
    pub(crate) metrics: Mutex<Vec<(String, String, f64)>>,
    pub(crate) questions: AtomicUsize,
    pub(crate) cancel_at: Option<usize>,
}

impl Recorder {
    pub(crate) fn warned(&self, words: &str) -> bool {
        self.warnings
            .lock()
            .unwrap()
            .iter()
            .any(|warning| warning.contains(words))
    }
}

impl Observer for Recorder {
    fn phase(&self, phase: Phase) {
        self.phases.lock().unwrap().push(phase);
    }
    fn node(&self, run: &NodeRun) {
        self.nodes.lock().unwrap().push(run.clone());
    }
    fn metric(&self, split: &str, name: &str, value: f64) {
        self.metrics
            .lock()
            .unwrap()
            .push((split.into(), name.into(), value));
    }
    fn info(&self, _: Option<&str>, message: &str) {
        self.infos.lock().unwrap().push(message.into());
    }
    fn warning(&self, _: Option<&str>, message: &str) {
        self.warnings.lock().unwrap().push(message.into());
    }
    fn cancelled(&self) -> bool {
        let asked = self.questions.fetch_add(1, Ordering::SeqCst);
        self.cancel_at.is_some_and(|at| asked >= at)
    }
}

/// A training's files without the report, which says how long things took, and without what the manifest says of it.
pub(crate) fn without_report(trained: &Trained) -> Vec<(String, Vec<u8>)> {
    let mut files = trained.files().unwrap();
    let before = files.len();
    files.retain(|(name, _)| name != artifact::REPORT_FILE);
    assert_eq!(files.len(), before - 1);
    let (_, manifest) = files.last_mut().unwrap();
    let mut told: artifact::Manifest = serde_json::from_slice(manifest).unwrap();
    told.files.retain(|file| file.name != artifact::REPORT_FILE);
    *manifest = serde_json::to_vec(&told).unwrap();
    files
}

pub(crate) fn object(json: &str) -> Object {
    serde_json::from_str(json).unwrap()
}

/// A chain of nodes, each given by its id, its type and its config.
pub(crate) fn chain(nodes: &[(&str, &str, &str)]) -> Graph {
    let edges = nodes.windows(2).map(|pair| edge(pair[0].0, pair[1].0)).collect();
    let node = |(id, kind, config): &(&str, &str, &str)| Node {
        id: (*id).into(),
        kind: (*kind).into(),
        config: object(config),
    };
    Graph {
        nodes: nodes.iter().map(node).collect(),
        edges,
    }
}

pub(crate) fn edge(source: &str, target: &str) -> Edge {
    let handle = String::new;
    Edge {
        source: source.into(),
        target: target.into(),
        source_handle: handle(),
        target_handle: handle(),
    }
}

/// What trains a model at the node `train` of a graph.
pub(crate) fn spec(graph: Graph, model: &str, hyperparameters: &str) -> TrainSpec {
    TrainSpec {
        graph,
        node_id: "train".into(),
        model_type: model.into(),
        hyperparameters: object(hyperparameters),
        dataset: DatasetRef {
            id: "table".into(),
            uri: "file:///data/table.csv".into(),
            format: DataFormat::Csv,
            csv: CsvOptions::default(),
            sha256: None,
        },
    }
}

pub(crate) fn csv(content: &str) -> Source {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file.rewind().unwrap();
    Source::new("table.csv", file)
}

/// A table with holes and categories: `id`, `age`, `income`, `city`, `member`, and the targets `bought` (yes or
/// no) and `spent` (a number), both missing in one row.
pub(crate) fn messy(rows: usize) -> String {
    let mut random = random::stream(1, &["messy"]);
    let mut text = String::from("id,age,income,city,member,bought,spent\n");
    for row in 0..rows {
        let (age, income) = (20.0 + 50.0 * random.uniform(), 1000.0 * random.uniform());
        let city = ["Lyon", "Graz", "Bern"][random.below(3) as usize];
        let member = random.uniform() < 0.5;
        let score = age / 20.0 + income / 400.0 + if city == "Bern" { 1.5 } else { 0.0 } + random.uniform();
        let (bought, spent) = (if score > 4.5 { "yes" } else { "no" }, score * 10.0);
        let age = if row % 9 == 4 {
            String::new()
        } else {
            format!("{age:.1}")
        };
        let city = if row % 11 == 5 { "" } else { city };
        let income = if row % 9 == 4 && row % 2 == 0 {
            "NA".into()
        } else {
            format!("{income:.3}")
        };
        let target = if row == 7 {
            ",".into()
        } else {
            format!("{bought},{spent:.4}")
        };
        text += &format!("{row},{age},{income},{city},{member},{target}\n");
    }
    text
}

/// A graph for [`messy`] that uses every kind of node.
pub(crate) fn messy_graph(target: &str, other: &str) -> Graph {
    chain(&[
        ("load", "dataset", "{}"),
        (
            "drop",
            "drop_columns",
            &format!(r#"{{"columns": ["id", {other:?}]}}"#),
        ),
        ("rows", "drop_missing_rows", r#"{"missing_threshold": 40}"#),
        (
            "split",
            "train_test_split",
            r#"{"test_size": 0.25, "validation_size": 0.1}"#,
        ),
        (
            "fill",
            "simple_imputer",
            r#"{"strategies": [{"method": "median"}, {"method": "mode"}]}"#,
        ),
        ("encode", "one_hot_encoding", r#"{"columns": ["city"]}"#),
        ("scale", "scale_numeric_features", "{}"),
        (
            "train",
            "train_model",
            &format!(r#"{{"target_column": {target:?}}}"#),
        ),
    ])
}

/// `messy_graph` with a target for a model; features are scaled to 0 and above where it refuses negative ones.
pub(crate) fn messy_graph_for(model: &str) -> Graph {
    let (target, other) = match models::get(model).unwrap().spec().problem_type {
        ProblemType::Classification => ("bought", "spent"),
        ProblemType::Regression => ("spent", "bought"),
    };
    let mut graph = messy_graph(target, other);
    if model == "multinomial_nb" {
        let scale = graph.nodes.iter_mut().find(|node| node.id == "scale").unwrap();
        scale.config = object(r#"{"default_method": "minmax"}"#);
    }
    graph
}
