//! Graphs drawn as a canvas would: nodes with `data`, values as forms write them, nodes that only look at data.

use domain::{
    catalog::Catalog,
    graph::Graph,
    value::{Object, Value},
};
use messages::canvas;
use ml::random::Stream;

use super::graphs::{chance, garbage, mangled, one};

/// The graph that is understood of its drawing, if one is.
///
/// # Panics
/// Where a drawing is refused without a word why.
pub(super) fn through_a_canvas(random: &mut Stream, graph: &Graph, catalog: &Catalog) -> Option<Graph> {
    let mut drawn = drawn(random, graph);
    if chance(random, 10) {
        let text = mangled(random, serde_json::to_vec(&drawn).unwrap());
        drawn = serde_json::from_slice(&text).ok()?;
    }
    match canvas::canvas(&drawn, catalog) {
        Ok(canvas) => {
            let _ = canvas.training_node(catalog);
            Some(canvas.graph)
        }
        Err(invalid) => {
            assert!(!invalid.0.is_empty());
            None
        }
    }
}

fn drawn(random: &mut Stream, graph: &Graph) -> Object {
    let mut nodes: Vec<Value> = Vec::new();
    let mut edges: Vec<Value> = Vec::new();
    for node in &graph.nodes {
        let config = Value::Object(written(random, &node.config));
        let names = [
            "catalogType",
            "catalogType",
            "catalogType",
            "catalog_type",
            "kind",
        ];
        let data = [
            (one(random, &names), node.kind.as_str().into()),
            ("label", "Node".into()),
            ("config", config),
        ];
        let data = broken(random, object(data));
        nodes.push(object([
            ("id", node.id.as_str().into()),
            ("type", "custom".into()),
            ("data", data),
        ]));
    }
    for (at, edge) in graph.edges.iter().enumerate() {
        let mut source = edge.source.as_str();
        let look = format!("look{at}");
        if chance(random, 10) {
            let kinds = ["data_preview", "dataset_profile", "model_evaluation"];
            let data = object([("catalogType", one(random, &kinds).into())]);
            nodes.push(object([("id", look.as_str().into()), ("data", data)]));
            edges.push(joined(random, source, &look));
            source = &look;
        }
        edges.push(joined(random, source, &edge.target));
    }
    let whole = [
        ("nodes", Value::List(nodes)),
        ("edges", Value::List(edges)),
        ("viewport", Value::Null),
    ];
    whole
        .into_iter()
        .map(|(name, value)| (name.to_owned(), broken(random, value)))
        .collect()
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

fn joined(random: &mut Stream, source: &str, target: &str) -> Value {
    let handle = one(random, &["sourceHandle", "source_handle"]);
    let edge = object([
        ("source", source.into()),
        ("target", target.into()),
        (handle, "out".into()),
    ]);
    broken(random, edge)
}

/// The value, or seldom one that nobody expects.
fn broken(random: &mut Stream, value: Value) -> Value {
    if chance(random, 1) { garbage(random) } else { value }
}

/// A config as a form sends it.
fn written(random: &mut Stream, config: &Object) -> Object {
    let write = |(name, value): (&String, &Value)| {
        let name = if chance(random, 20) {
            camel_case(name)
        } else {
            name.clone()
        };
        let value = if chance(random, 50) {
            text(random, value)
        } else {
            value.clone()
        };
        (name, value)
    };
    config.iter().map(write).collect()
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        name + &initial.to_ascii_uppercase() + rest
    })
}

/// A value as text: a list with commas or as JSON, all else as JSON.
fn text(random: &mut Stream, value: &Value) -> Value {
    let commas = chance(random, 50);
    match value {
        Value::String(_) => value.clone(),
        Value::List(items) if commas && items.iter().all(|item| item.as_str().is_some()) => items
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", ")
            .into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Object(_) => {
            serde_json::to_string(value).unwrap().into()
        }
    }
}
