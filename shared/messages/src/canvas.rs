//! Graphs as canvases draw them, turned into graphs as they are submitted: nodes `{id, type, data: {catalogType,
//! label, config}}` and edges with handles. What forms write as text becomes what it stands for, nodes that only look
//! at data are left out, and old spellings are understood with a warning.

mod config;
mod inspection;

use domain::{
    catalog::{Catalog, NodeRole},
    graph::{Edge, Graph, Node},
    value::{Object, Value},
    violation::Violation,
};

use crate::convert::Invalid;

pub use config::hyperparameters;

/// A graph that a canvas drew.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    /// The graph.
    pub graph: Graph,
    /// What was understood but should be written otherwise.
    pub warnings: Vec<String>,
}

impl Canvas {
    /// The id of the training node, if there is exactly one.
    pub fn training_node(&self, catalog: &Catalog) -> Option<&str> {
        let trains = |node: &&Node| {
            catalog
                .node(&node.kind)
                .is_some_and(|spec| spec.role == NodeRole::Training)
        };
        let mut found = self.graph.nodes.iter().filter(trains);
        let first = found.next()?;
        found.next().is_none().then_some(first.id.as_str())
    }
}

/// The graph in `canvas`, an object with `nodes` and `edges`.
///
/// # Errors
///
/// Every place where it is not of the shape of a canvas. What its nodes ask for is not checked here.
pub fn canvas(canvas: &Object, catalog: &Catalog) -> Result<Canvas, Invalid> {
    let mut reader = Reader {
        catalog,
        violations: Vec::new(),
        warnings: Vec::new(),
    };
    let nodes = reader.list(canvas, "nodes", |reader, path, fields| reader.node(path, fields));
    let edges = reader.list(canvas, "edges", |reader, path, fields| reader.edge(path, fields));
    if !reader.violations.is_empty() {
        return Err(Invalid(reader.violations));
    }
    let mut graph = Graph { nodes, edges };
    inspection::leave_out(&mut graph);
    Ok(Canvas {
        graph,
        warnings: reader.warnings,
    })
}

struct Reader<'a> {
    catalog: &'a Catalog,
    violations: Vec<Violation>,
    warnings: Vec<String>,
}

impl Reader<'_> {
    fn wrong(&mut self, path: String, message: &str) {
        self.violations.push(Violation::new(path, message));
    }

    fn list<T>(
        &mut self,
        canvas: &Object,
        name: &str,
        read: impl Fn(&mut Self, &str, &Object) -> Option<T>,
    ) -> Vec<T> {
        let items = match canvas.get(name) {
            Some(Value::List(items)) => items.as_slice(),
            // A canvas of one node has no edges.
            None if name == "edges" => &[],
            Some(_) | None => {
                self.wrong(name.to_owned(), "must be a list");
                &[]
            }
        };
        let mut all = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let path = format!("{name}[{at}]");
            match item {
                Value::Object(fields) => all.extend(read(self, &path, fields)),
                _ => self.wrong(path, "must be an object"),
            }
        }
        all
    }

    fn node(&mut self, path: &str, fields: &Object) -> Option<Node> {
        let id = self.word(path, fields, &["id"])?;
        let empty = Object::new();
        let data = match fields.get("data") {
            None | Some(Value::Null) => &empty,
            Some(Value::Object(data)) => data,
            Some(_) => {
                self.wrong(format!("{path}.data"), "must be an object");
                return None;
            }
        };
        let kind = word(data, &["catalogType", "catalog_type"]).or_else(|| {
            // The type of a canvas's node says how it is drawn, unless it happens to be one of ours.
            word(fields, &["type"]).filter(|kind| self.catalog.node(kind).is_some())
        });
        let Some(kind) = kind else {
            self.wrong(format!("{path}.data.catalogType"), "must name the type of node");
            return None;
        };
        let given = match data.get("config").or_else(|| fields.get("config")) {
            None | Some(Value::Null) => &empty,
            Some(Value::Object(config)) => config,
            Some(_) => {
                self.wrong(format!("{path}.data.config"), "must be an object");
                return None;
            }
        };
        let config = config::convert(&id, &kind, given, self.catalog, &mut self.warnings);
        Some(Node { id, kind, config })
    }

    fn edge(&mut self, path: &str, fields: &Object) -> Option<Edge> {
        let source = self.word(path, fields, &["source"]);
        let target = self.word(path, fields, &["target"]);
        let handle = |names: &[&str]| word(fields, names).unwrap_or_default();
        Some(Edge {
            source: source?,
            target: target?,
            source_handle: handle(&["sourceHandle", "source_handle"]),
            target_handle: handle(&["targetHandle", "target_handle"]),
        })
    }

    fn word(&mut self, path: &str, fields: &Object, names: &[&str]) -> Option<String> {
        let found = word(fields, names);
        if found.is_none() {
            self.wrong(format!("{path}.{}", names[0]), "must be given");
        }
        found
    }
}

/// The first of these fields that says something.
fn word(fields: &Object, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match fields.get(*name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        number @ Value::Number(_) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::List(_) | Value::Object(_) => None,
    })
}

#[cfg(test)]
mod tests;
