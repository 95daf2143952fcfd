//! Graphs made up at random, sound in part and broken in part, checked as a submission is and run if they pass. Each
//! comes from a seed; `TRAINYARD_GRAPH_CASES=100000` tries as many instead of a few hundred.

use std::{
    fs::File,
    io::{Seek, Write},
};

use domain::{
    catalog::{Catalog, NodeRole, NodeSpec, ParamKind},
    graph::{Edge, Graph, MAX_EDGES, MAX_NODES, ModelChoice, Node, Submission, check},
    spec::{CsvOptions, DataFormat, DatasetRef, TrainSpec},
    value::{Object, Value},
};
use ml::{
    Error, Silent,
    io::Source,
    random::{self, Stream},
};
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use super::catalog;

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

fn one<'a, T: ?Sized>(random: &mut Stream, all: &[&'a T]) -> &'a T {
    all[random.below(all.len() as u64) as usize]
}

fn chance(random: &mut Stream, percent: u64) -> bool {
    random.below(100) < percent
}

/// Something no parameter expects.
fn garbage(random: &mut Stream) -> Value {
    match random.below(9) {
        0 => Value::Null,
        1 => true.into(),
        2 => (-1e300).into(),
        3 => 0.5.into(),
        4 => "".into(),
        5 => "\u{0}é\"\\".into(),
        6 => Value::List(vec![Value::Null, Value::List(Vec::new())]),
        7 => Value::Object(Object::from([("y".to_owned(), Value::Object(Object::new()))])),
        _ => "x".repeat(5000).into(),
    }
}

fn column(random: &mut Stream) -> Value {
    let often = [
        "a", "b", "a", "b", "a", "b", "a", "b", "t", "t", "w", "y", "nowhere",
    ];
    one(random, &often).into()
}

/// A value that suits a parameter, most of the time.
fn value(random: &mut Stream, name: &str, kind: &ParamKind) -> Value {
    if chance(random, 3) {
        return garbage(random);
    }
    match kind {
        ParamKind::Boolean => chance(random, 50).into(),
        ParamKind::Integer { min, max } => {
            let within = (*min).saturating_add(random.below(6) as i64).min(*max);
            Value::Number(if chance(random, 5) {
                *max as f64
            } else {
                within as f64
            })
        }
        ParamKind::Number { min, max, .. } => {
            let (low, high) = (min.max(-10.0), max.min(10.0));
            Value::Number(low + (high - low) * random.uniform())
        }
        ParamKind::Choice(words) => words[random.below(words.len() as u64) as usize].as_str().into(),
        ParamKind::Target => one(random, &["y", "y", "y", "y", "a", "nowhere"]).into(),
        ParamKind::Text if name.contains("column") => column(random),
        ParamKind::Text | ParamKind::Scalar => {
            one(random, &["", "_x", "red", "1", "(", "[a-z]+", "%Y"]).into()
        }
        ParamKind::Any => garbage(random),
        ParamKind::Columns => Value::List((0..random.below(3)).map(|_| column(random)).collect()),
        ParamKind::OneOf(kinds) => {
            let kind = random.below(kinds.len() as u64) as usize;
            value(random, name, &kinds[kind])
        }
        ParamKind::List(item) => {
            Value::List((0..random.below(3)).map(|_| value(random, name, item)).collect())
        }
        ParamKind::Map(item) => {
            let key = column(random);
            let key = key.as_str().unwrap_or_default().to_owned();
            Value::Object(Object::from([(key, value(random, name, item))]))
        }
        ParamKind::Object(specs) => {
            let given = specs
                .iter()
                .filter(|spec| spec.required || chance(random, 60))
                .collect::<Vec<_>>();
            let fields = given
                .into_iter()
                .map(|spec| (spec.name.clone(), value(random, &spec.name, &spec.kind)));
            Value::Object(fields.collect())
        }
    }
}

fn config(random: &mut Stream, spec: &NodeSpec) -> Object {
    let mut config = Object::new();
    for parameter in &spec.parameters {
        if parameter.name != "hyperparameters" && (parameter.required || chance(random, 30)) {
            let given = value(random, &parameter.name, &parameter.kind);
            config.insert(parameter.name.clone(), given);
        }
    }
    if chance(random, 2) {
        config.insert("nonsense".into(), garbage(random));
    }
    config
}

/// A chain of nodes with edges across it, broken here and there.
fn graph(random: &mut Stream, catalog: &Catalog) -> Graph {
    let pick = |random: &mut Stream, role: NodeRole| {
        let fitting: Vec<&NodeSpec> = catalog.nodes.iter().filter(|spec| spec.role == role).collect();
        one(random, &fitting)
    };
    let mut specs = vec![pick(random, NodeRole::Source)];
    let splitter = random.below(7);
    for at in 0..random.below(6) {
        let role = if at == splitter {
            NodeRole::Splitter
        } else {
            NodeRole::Transform
        };
        specs.push(pick(random, role));
    }
    if chance(random, 20) {
        specs.push(pick(random, NodeRole::TargetSelector));
    }
    specs.push(pick(random, NodeRole::Training));
    let last = specs.len() - 1;
    let mut nodes: Vec<Node> = Vec::new();
    for (at, spec) in specs.iter().enumerate() {
        let mut config = config(random, spec);
        if at == last && chance(random, 90) {
            config.insert("target_column".into(), "y".into());
        }
        if at == last && chance(random, 60) {
            config.insert("auto_encode".into(), true.into());
        }
        if config.contains_key("dataset_source_id") && chance(random, 90) {
            config.remove("dataset_source_id");
        }
        nodes.push(Node {
            id: format!("n{at}"),
            kind: spec.key.clone(),
            config,
        });
    }
    let edge = |source: usize, target: usize| Edge {
        source: format!("n{source}"),
        target: format!("n{target}"),
        source_handle: String::new(),
        target_handle: String::new(),
    };
    let mut edges: Vec<Edge> = (1..=last).map(|at| edge(at - 1, at)).collect();
    if chance(random, 40) && last > 1 {
        let target = 1 + random.below(last as u64) as usize;
        edges.push(edge(random.below(target as u64) as usize, target));
    }
    if chance(random, 5) {
        edges.push(edge(random.below(9) as usize, random.below(9) as usize));
    }
    if chance(random, 5) {
        edges.remove(random.below(edges.len() as u64) as usize);
    }
    if chance(random, 3) {
        nodes[0].kind = one(random, &["", "magic", "data_loader"]).to_owned();
    }
    Graph { nodes, edges }
}

/// The graph's text with bytes changed, lost or doubled.
fn mangled(random: &mut Stream, graph: &Graph) -> Vec<u8> {
    let mut text = serde_json::to_vec(graph).unwrap();
    for _ in 0..random.below(4) {
        let at = random.below(text.len() as u64 - 1) as usize;
        match random.below(4) {
            0 => text[at] = one(random, &[&b'"', &b'{', &b']', &b'0', &b'-', &b'\\', &0xff]).to_owned(),
            1 => drop(text.drain(at..(at + 1 + random.below(20) as usize).min(text.len()))),
            2 => {
                let end = (at + 30).min(text.len());
                let again = text[at..end].to_vec();
                text.splice(at..at, again);
            }
            _ => text.truncate(at + 1),
        }
        if text.len() < 2 {
            break;
        }
    }
    text
}

/// What became of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    NoGraph,
    Refused,
    Failed,
    Trained,
}

fn try_graph(seed: u64, catalog: &Catalog) -> Fate {
    let mut random = random::stream(seed, &["graph"]);
    let mut graph = graph(&mut random, catalog);
    if chance(&mut random, 20) {
        match serde_json::from_slice(&mangled(&mut random, &graph)) {
            Ok(read) => graph = read,
            Err(_) => return Fate::NoGraph,
        }
    }
    let node_id = graph.nodes.last().map(|node| node.id.clone()).unwrap_or_default();
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
            return Fate::Refused;
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
    let content = if chance(&mut random, 60) { CLEAN } else { TABLE };
    match ml::train(&spec, table(content), "00", 1, &Silent) {
        Ok(trained) => {
            trained.files().unwrap();
            Fate::Trained
        }
        Err(Error::Failed(failure)) => {
            // What the check let pass is never found to be no graph.
            assert_ne!(failure.code, "INVALID_GRAPH", "{}", failure.message);
            Fate::Failed
        }
        Err(Error::Cancelled) => panic!("nobody cancelled it"),
    }
}

fn table(content: &str) -> Source {
    let mut file: File = tempfile::tempfile().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file.rewind().unwrap();
    Source::new("table.csv", file)
}

#[test]
fn no_graph_makes_the_check_or_a_training_panic() {
    let cases = std::env::var("TRAINYARD_GRAPH_CASES");
    let cases = cases.map_or(CASES, |cases| cases.parse().unwrap());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let catalog = catalog();
    let fates = std::cell::RefCell::new(std::collections::BTreeMap::new());
    let result = TestRunner::new_with_rng(config, rng).run(&proptest::num::u64::ANY, |seed| {
        let fate = format!("{:?}", try_graph(seed, &catalog));
        *fates.borrow_mut().entry(fate).or_insert(0_u32) += 1;
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
    for fate in [Fate::NoGraph, Fate::Refused, Fate::Failed, Fate::Trained] {
        let share = fates.get(&format!("{fate:?}")).copied().unwrap_or(0) * 100 / cases;
        assert!(share >= 1, "{fate:?} in {share} % of {cases}: {fates:?}");
    }
}

/// The largest graphs there may be, of the shapes that ask most of the check.
#[test]
fn the_largest_graphs_are_checked_without_walking_them_for_ever() {
    let catalog = catalog();
    let scale = |at: usize| Node {
        id: format!("n{at}"),
        kind: "scale_numeric_features".into(),
        config: Object::new(),
    };
    let edge = |source: usize, target: usize| Edge {
        source: format!("n{source}"),
        target: format!("n{target}"),
        source_handle: String::new(),
        target_handle: String::new(),
    };
    let nodes: Vec<Node> = (0..MAX_NODES).map(scale).collect();
    let onward = |at: usize, step: usize| edge(at % MAX_NODES, (at + step) % MAX_NODES);
    let circle = (0..MAX_EDGES).map(|at| onward(at, 1 + at / MAX_NODES)).collect();
    let chain = (0..MAX_NODES - 4).flat_map(|at| (1..5).map(move |step| (at, at + step)));
    let chain = chain.map(|(source, target)| edge(source, target)).collect();
    for (edges, told) in [(circle, "circle"), (chain, "dataset node")] {
        let mut graph = Graph {
            nodes: nodes.clone(),
            edges,
        };
        graph.nodes[MAX_NODES - 1].kind = "train_model".into();
        let submission = Submission {
            graph: &graph,
            node_id: &format!("n{}", MAX_NODES - 1),
            dataset_source_id: "table",
            models: &[],
        };
        let violations = check(submission, &catalog).unwrap_err();
        assert!(
            violations
                .iter()
                .any(|violation| violation.message.contains(told))
        );
    }
}
