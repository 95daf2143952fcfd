//! A canvas as a submission: the graph alone, or a request around it as front ends send it, with the canvas's graph
//! in `graph`.

use std::path::Path;

use anyhow::{Result, bail};
use domain::{
    catalog::{Catalog, NodeRole},
    id::Name,
    value::{Object, Value},
};
use messages::{
    canvas::{canvas, hyperparameters},
    convert::{graph_from_pb, graph_to_pb, json_object, object_to_pb},
    v1::{ModelChoice, SubmitTrainingJobRequest},
};

use super::Described;

/// What is read of a request around a canvas.
const KNOWN: [&str; 9] = [
    "dataset_source_id",
    "graph",
    "hyperparameters",
    "model_type",
    "model_types",
    "node_id",
    "pipeline_id",
    "run_training",
    "target_node_id",
];

/// The submission in `text`, which `file` held; `node` is the training node, if it is chosen.
///
/// # Errors
/// As [`read`], and where it is not clear which is the training node.
pub(super) fn read_to_train(
    file: &Path,
    text: &str,
    node: Option<&str>,
    catalog: &Catalog,
) -> Result<Described> {
    let described = read(file, text, node, catalog)?;
    if described.request.node_id.is_empty() {
        let graph = graph_from_pb(described.request.graph.unwrap_or_default());
        bail!(unclear(&graph, catalog));
    }
    Ok(described)
}

/// The same, without a training node where there is none or several.
pub(super) fn read(file: &Path, text: &str, node: Option<&str>, catalog: &Catalog) -> Result<Described> {
    let whole: Value = serde_json::from_str(text)?;
    let Value::Object(whole) = whole else {
        bail!("a canvas is an object with nodes and edges, not {}", whole.kind());
    };
    let mut warnings = Vec::new();
    let (graph, around) = match whole.get("graph") {
        Some(Value::Object(graph)) => {
            let unknown = whole.keys().filter(|key| !KNOWN.contains(&key.as_str()));
            let unknown: Vec<&str> = unknown.map(String::as_str).collect();
            if !unknown.is_empty() {
                warnings.push(format!("not read beside the canvas: {}", unknown.join(", ")));
            }
            (graph, whole.clone())
        }
        Some(_) | None => (&whole, Object::new()),
    };
    let read = canvas(graph, catalog)?;
    let text = |name: &str| {
        around
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let named = [
        node.map(str::to_owned),
        Some(text("node_id")),
        Some(text("target_node_id")),
    ];
    let named = named.into_iter().flatten().find(|id| !id.is_empty());
    let node_id = named
        .or_else(|| read.training_node(catalog).map(str::to_owned))
        .unwrap_or_default();
    let models = models(&around, catalog, &mut warnings);
    warnings.extend(read.warnings);
    let mut pipeline_id = text("pipeline_id");
    if pipeline_id.is_empty() {
        // The name of the file, where it can be one of a pipeline.
        let stem = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        pipeline_id = stem.parse::<Name>().map(|_| stem.to_owned()).unwrap_or_default();
    }
    let run_training = match around.get("run_training") {
        Some(Value::Bool(run)) => Some(*run),
        Some(_) | None => None,
    };
    Ok(Described {
        request: SubmitTrainingJobRequest {
            dataset_source_id: text("dataset_source_id"),
            pipeline_id,
            node_id,
            graph: Some(graph_to_pb(&read.graph)),
            models,
            run_training,
            ..Default::default()
        },
        warnings,
    })
}

/// What to say where the training node is not clear.
fn unclear(graph: &domain::graph::Graph, catalog: &Catalog) -> String {
    let trains = |kind: &str| {
        catalog
            .node(kind)
            .is_some_and(|spec| spec.role == NodeRole::Training)
    };
    let nodes = graph.nodes.iter().filter(|node| trains(&node.kind));
    let ids: Vec<&str> = nodes.map(|node| node.id.as_str()).collect();
    if ids.is_empty() {
        "the canvas has no training node".to_owned()
    } else {
        format!(
            "the canvas has several training nodes; choose with --node one of {}",
            ids.join(", ")
        )
    }
}

/// The models named beside the canvas, each with the hyperparameters given there.
fn models(around: &Object, catalog: &Catalog, warnings: &mut Vec<String>) -> Vec<ModelChoice> {
    let given = match around.get("hyperparameters") {
        Some(Value::Object(given)) => given.clone(),
        Some(Value::String(text)) => json_object(text).unwrap_or_default(),
        Some(_) | None => Object::new(),
    };
    let named = around.get("model_types").or_else(|| around.get("model_type"));
    let named: Vec<&str> = match named {
        Some(Value::List(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => text
            .split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .collect(),
        Some(_) | None => Vec::new(),
    };
    let choice = |key: &str| ModelChoice {
        model_type: key.to_owned(),
        hyperparameters: Some(object_to_pb(&hyperparameters(
            &given,
            catalog.model(key),
            key,
            warnings,
        ))),
    };
    named.into_iter().map(choice).collect()
}

#[cfg(test)]
mod tests;
