//! Graphs made up at random: chains of nodes with edges across them, sound in part and broken in part.

use domain::{
    catalog::{Catalog, NodeRole, NodeSpec, ParamKind},
    graph::{Edge, Graph, Node},
    value::{Object, Value},
};
use ml::random::Stream;

pub(super) fn one<'a, T: ?Sized>(random: &mut Stream, all: &[&'a T]) -> &'a T {
    all[random.below(all.len() as u64) as usize]
}

pub(super) fn chance(random: &mut Stream, percent: u64) -> bool {
    random.below(100) < percent
}

/// Something no parameter expects.
pub(super) fn garbage(random: &mut Stream) -> Value {
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

/// How many rows a class is to have: some, or more than there could ever be.
fn rows(random: &mut Stream) -> Value {
    let few = 1 + random.below(9);
    let many = [40, 3000, 1_000_000, u64::from(u32::MAX)];
    let rows = if chance(random, 60) {
        few
    } else {
        many[random.below(4) as usize]
    };
    Value::Number(rows as f64)
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
        ParamKind::Text | ParamKind::Pattern | ParamKind::Scalar => {
            one(random, &["", "_x", "red", "1", "(", "[a-z]+", "%Y"]).into()
        }
        ParamKind::Pairs => one(random, &["", "red => rot", "red=>rot; blue->blau\n", "red", ";"]).into(),
        ParamKind::Multiple(_) => one(random, &["mean", "median", "0.5*mean", "x*mean", "max"]).into(),
        ParamKind::Edges => {
            let edges = (0..1 + random.below(4)).map(|_| Value::Number(random.below(9) as f64));
            let mut edges: Vec<Value> = edges.collect();
            if chance(random, 80) {
                edges = vec![0.into(), 2.into(), 4.into()];
            }
            Value::List(edges)
        }
        ParamKind::Any => garbage(random),
        ParamKind::Columns => Value::List((0..random.below(3)).map(|_| column(random)).collect()),
        ParamKind::OneOf(_) if name == "sampling_strategy" && chance(random, 60) => {
            let class = one(random, &["0", "1", "0", "1", "y"]);
            Value::Object(Object::from([(class.into(), rows(random))]))
        }
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
        let often = if parameter.name == "sampling_strategy" {
            70
        } else {
            30
        };
        if parameter.name != "hyperparameters" && (parameter.required || chance(random, often)) {
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
pub(super) fn graph(random: &mut Stream, catalog: &Catalog) -> Graph {
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

/// A text with bytes changed, lost or doubled.
pub(super) fn mangled(random: &mut Stream, mut text: Vec<u8>) -> Vec<u8> {
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
