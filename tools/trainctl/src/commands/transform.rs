//! `transform`: a table taken through a graph on this machine, without a server and without a model.

use anyhow::{Result, bail};
use domain::{
    catalog::NodeRole,
    graph::{Graph, Node, check_preparation},
    spec::CsvOptions,
};
use messages::convert::graph_from_pb;
use ml::{
    frame::Frame,
    io::{schema_of, write_csv, write_ndjson, write_parquet},
    observer::NodeRun,
};
use serde_json::json;

use super::{file, plan::wrong, told::Told};
use crate::{
    cli::{OutputFormat, Transform},
    output::{Output, note},
    show::{table, words},
    submission::{self, Described},
};

/// Transforms, and writes the result.
pub(super) fn transform(options: &Transform, output: &mut Output) -> Result<()> {
    let format = file::output_format(&options.output, options.output_format)?;
    file::require_apart(&options.input, &options.output)?;
    let Described { request, warnings } = submission::prepared(options)?;
    warnings
        .iter()
        .for_each(|warning| note(&format!("warning: {warning}")));
    let mut graph = graph_from_pb(request.graph.unwrap_or_default());
    if let Some(choice) = request.models.first() {
        name_model(&mut graph, &choice.model_type);
    }
    let named = [
        options.node.clone().unwrap_or_default(),
        request.node_id,
        request.target_node_id,
    ];
    let last = match named.into_iter().find(|id| !id.is_empty()) {
        Some(last) => last,
        None => only_end(&graph)?,
    };
    check_preparation(&graph, &last, &submission::catalog()).map_err(|violations| wrong(&violations))?;
    let (source, input_format, csv) =
        file::described_table(&options.input, &options.written, &CsvOptions::default())?;
    let told = Told::default();
    let mut frame = ml::transform(&graph, &last, source, input_format, &csv, &told)?;
    if options.numbered {
        frame = ml::transform::numbered(frame)?;
    }
    file::write_whole(&options.output, |writer| {
        Ok(match format {
            OutputFormat::Csv => write_csv(&frame, writer),
            OutputFormat::Ndjson => write_ndjson(&frame, writer),
            OutputFormat::Parquet => write_parquet(&frame, writer),
        }?)
    })?;
    show(&frame, &told.nodes(), options, output)
}

/// Lets a training node that leaves the model open train this one, so that nodes take the target for what it will be.
fn name_model(graph: &mut Graph, model: &str) {
    let catalog = submission::catalog();
    let trains = |node: &&mut Node| {
        let spec = catalog.node(&node.kind);
        spec.is_some_and(|spec| spec.role == NodeRole::Training)
    };
    for node in graph.nodes.iter_mut().filter(trains) {
        let given = node.config.entry("model_type".to_owned());
        given.or_insert_with(|| model.into());
    }
}

/// The node that no other follows.
fn only_end(graph: &Graph) -> Result<String> {
    let follows = |id: &str| graph.edges.iter().any(|edge| edge.source == id);
    let ends: Vec<&str> = graph
        .nodes
        .iter()
        .map(|node| node.id.as_str())
        .filter(|id| !follows(id))
        .collect();
    match ends[..] {
        [end] => Ok(end.to_owned()),
        [] => bail!("no node of the graph is its last; choose one with --node"),
        _ => bail!("the graph ends in {}; choose one with --node", ends.join(" and ")),
    }
}

fn show(frame: &Frame, nodes: &[NodeRun], options: &Transform, output: &mut Output) -> Result<()> {
    if output.json {
        let node = |run: &NodeRun| {
            json!({
                "node_id": run.node_id,
                "type": run.kind,
                "rows_in": run.rows_in,
                "rows_out": run.rows_out,
                "columns_in": run.columns_in,
                "columns_out": run.columns_out,
                "duration_ms": run.duration.as_secs_f64() * 1e3,
            })
        };
        return output.json(&json!({
            "output": options.output,
            "rows": frame.height(),
            "columns": schema_of(frame),
            "nodes": nodes.iter().map(node).collect::<Vec<_>>(),
        }));
    }
    let rows = nodes.iter().map(|run| {
        vec![
            run.node_id.clone(),
            run.kind.clone(),
            run.rows_in.to_string(),
            run.rows_out.to_string(),
            run.columns_in.to_string(),
            run.columns_out.to_string(),
            format!("{:.1}", run.duration.as_secs_f64() * 1e3),
        ]
    });
    let head = [
        "node",
        "type",
        "rows in",
        "rows out",
        "columns in",
        "columns out",
        "ms",
    ];
    output.line(&table::numbers(&head, rows, 2))?;
    note(&format!(
        "{}, {}: {}",
        words::counted(frame.height(), "row"),
        words::counted(frame.width(), "column"),
        options.output.display()
    ));
    Ok(())
}
