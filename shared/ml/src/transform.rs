//! A table taken through the nodes of a graph, with no model at its end: what a model would be fitted on.

use domain::{
    catalog::{NodeRole, ProblemType},
    graph::{Graph, Node},
    job::Phase,
    spec::{CsvOptions, DataFormat},
    value::Value,
};

use crate::{
    Observer,
    error::Result,
    frame::{Frame, Split, integer_column, is_source_row, text_column},
    io::{self, Source},
    models, nodes,
    pipeline::{Fitting, Sides, Steps, class_text, named_target},
};

/// Reads a table and runs the node `last` of the graph and its ancestors, fitted on the training rows, or on all
/// rows where there is no splitter. The target is the one that a node of the graph names; there may be none. Sample
/// weights that a node names leave the table first, as they do in training.
///
/// # Errors
/// What is wrong with the file or with the graph, what a node says, cancellation.
pub fn transform(
    graph: &Graph,
    last: &str,
    source: Source,
    format: DataFormat,
    csv: &CsvOptions,
    observer: &dyn Observer,
) -> Result<Frame> {
    let target = named_target(&graph.nodes)?.unwrap_or_default();
    observer.phase(Phase::LoadingData);
    let memory_budget = source.memory_budget;
    let mut frame = io::read(source, format, csv, observer)?;
    for node in &graph.nodes {
        let weights = node.config.get("sample_weight_column").and_then(Value::as_str);
        if let Some(weights) = weights.filter(|name| !name.trim().is_empty()) {
            Sides::take(&mut frame, Some(weights), None).map_err(|error| error.at(&node.id))?;
        }
    }
    observer.phase(Phase::Preparing);
    let (problem_type, positive_class) = training_node(graph);
    let fitting = Fitting {
        graph,
        training: last,
        target,
        problem_type,
        positive_class: positive_class.as_deref(),
        memory_budget,
        with_validation: false,
    };
    let (_, frame, _) = Steps::fit(fitting, frame, false, observer)?;
    Ok(frame)
}

/// What a training node of the graph, the first that there is, says of the target: whether it is a class or a number,
/// and which class is the positive one.
fn training_node(graph: &Graph) -> (Option<ProblemType>, Option<String>) {
    let trains =
        |node: &&Node| nodes::get(&node.kind).is_some_and(|(_, spec)| spec.role == NodeRole::Training);
    let Some(config) = graph.nodes.iter().find(trains).map(|node| &node.config) else {
        return (None, None);
    };
    let said = |name: &str| config.get(name).and_then(Value::as_str);
    let by_model = || models::get(said("model_type")?).map(|model| model.spec().problem_type);
    let by_name = |name: &str| {
        let all = [ProblemType::Classification, ProblemType::Regression];
        all.into_iter().find(|problem| problem.as_str() == name)
    };
    let problem_type = said("problem_type").and_then(by_name).or_else(by_model);
    (problem_type, config.get("positive_class").and_then(class_text))
}

/// The frame with two more columns: `row`, a row's number in the source, counted from 0 and missing where a node made
/// the row up, and `split`.
///
/// # Errors
/// `COLUMN_EXISTS` where it has such columns already.
pub fn numbered(mut frame: Frame) -> Result<Frame> {
    let number = |row: &u64| i64::try_from(*row).ok().filter(|_| is_source_row(*row));
    let rows = integer_column(frame.rows().iter().map(number));
    let name = |at: usize| frame.splits().map(|splits| splits[at]).map(Split::as_str);
    let splits = text_column((0..frame.height()).map(name));
    frame.add("row", rows)?;
    frame.add("split", splits)?;
    Ok(frame)
}

#[cfg(test)]
mod tests;
