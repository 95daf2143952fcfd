//! Whether a submission's graph and models can work, told before anything runs: every violation at once, each
//! with the path of its field.

mod columns;
mod models;
mod preparation;
mod rules;
mod shape;
mod target;
mod told;
mod training;
mod unused;

use super::{ColumnChange, Graph, Node, Plan, PlanStep, order};
use crate::{
    catalog::{Catalog, ModelSpec, NodeRole, NodeSpec, RowEffect},
    value::{Object, Value},
    violation::Violation,
};
use training::Fits;

pub use preparation::check_preparation;

/// What a client submits, as far as it can be checked without data.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// The id of the training node.
    pub node_id: &'a str,
    /// The data source named beside the graph; empty for none.
    pub dataset_source_id: &'a str,
    /// The models to train; none means the training node's own.
    pub models: &'a [ModelChoice],
}

/// A model to train.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelChoice {
    /// The model's key.
    pub model_type: String,
    /// Hyperparameters by name.
    pub hyperparameters: Object,
}

/// A submission that passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// What a trainer will do.
    pub plan: Plan,
    /// The models, with the training node's hyperparameters merged in; the specs' defaults are not.
    pub models: Vec<ModelChoice>,
    /// The data source that is read.
    pub dataset_source_id: String,
    /// What is allowed but should be known.
    pub warnings: Vec<String>,
}

/// A node that will run, with its place in the submission and its spec.
#[derive(Clone, Copy)]
struct Member<'a> {
    position: usize,
    node: &'a Node,
    spec: &'a NodeSpec,
}

impl Member<'_> {
    fn path(&self) -> String {
        format!("graph.nodes[{}]", self.position)
    }

    /// What it does to the number of rows.
    fn rows(&self) -> RowEffect {
        self.spec.rows_with(&self.node.config)
    }

    /// The parameter's text in the node's config, unless blank.
    fn text(&self, name: &str) -> Option<&str> {
        self.node
            .config
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// Whether the boolean parameter has this value, by the node's config or by default.
    fn is(&self, name: &str, value: bool) -> bool {
        self.value(name) == Some(&Value::Bool(value))
    }

    /// The number parameter's value, by the node's config or by default; 0 if it has none.
    fn number(&self, name: &str) -> f64 {
        match self.value(name) {
            Some(Value::Number(number)) => *number,
            Some(_) | None => 0.0,
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let spec = || self.spec.parameters.iter().find(|spec| spec.name == name);
        self.node
            .config
            .get(name)
            .or_else(|| spec().map(|spec| &spec.default))
    }
}

/// Checks a submission against the catalogue.
///
/// # Errors
///
/// Every violation found. Rules that need a sound shape (known types, no dangling edge, no cycle) are skipped where
/// the shape is broken, so that one mistake is not told twice.
pub fn check(submission: Submission<'_>, catalog: &Catalog) -> Result<Checked, Vec<Violation>> {
    let mut violations = Vec::new();
    let sound = shape::check(submission.graph, catalog, &mut violations);
    let training = training_node(submission, catalog, &mut violations);
    let models = training
        .map(|node| models::choose(submission, node, catalog, &mut violations))
        .unwrap_or_default();
    let mut checked = None;
    if let (Some(training), true) = (training, sound) {
        let specs: Vec<&ModelSpec> = models
            .iter()
            .filter_map(|m| catalog.model(&m.model_type))
            .collect();
        checked = check_members(submission, training, &specs, catalog, &mut violations);
    }
    match checked {
        Some(mut checked) if violations.is_empty() => {
            checked
                .warnings
                .extend(training.and_then(|node| models::unused_hyperparameters(node, &models)));
            checked.models = models;
            Ok(checked)
        }
        Some(_) | None => Err(told::all(submission.graph, violations)),
    }
}

fn no_such_node(id: &str) -> Violation {
    Violation::new("node_id", format!("no node of the graph has the id {id:?}"))
}

/// The nodes that run, in order.
fn members<'a>(graph: &'a Graph, last: &str, catalog: &'a Catalog) -> Option<Vec<Member<'a>>> {
    let order = order::topological(graph, &order::ancestors(graph, last)).ok()?;
    let member = |position: usize| {
        let node = &graph.nodes[position];
        catalog
            .node(&node.kind)
            .map(|spec| Member { position, node, spec })
    };
    Some(order.into_iter().filter_map(member).collect())
}

fn training_node<'a>(
    submission: Submission<'a>,
    catalog: &'a Catalog,
    violations: &mut Vec<Violation>,
) -> Option<Member<'a>> {
    let position = submission
        .graph
        .nodes
        .iter()
        .position(|node| node.id == submission.node_id);
    let Some(position) = position else {
        violations.push(no_such_node(submission.node_id));
        return None;
    };
    let node = &submission.graph.nodes[position];
    let spec = catalog.node(&node.kind)?;
    if spec.role != NodeRole::Training {
        let message = format!("node {:?} is of type {}, which does not train", node.id, spec.key);
        violations.push(Violation::new("node_id", message));
        return None;
    }
    Some(Member { position, node, spec })
}

fn check_members(
    submission: Submission<'_>,
    training: Member<'_>,
    models: &[&ModelSpec],
    catalog: &Catalog,
    violations: &mut Vec<Violation>,
) -> Option<Checked> {
    let graph = submission.graph;
    let members = members(graph, &training.node.id, catalog)?;
    let dataset_source_id = rules::dataset(submission, &members, violations);
    let splitter = rules::splitter(graph, &members, violations);
    rules::feeding(graph, &members, training, violations);
    rules::added_rows(graph, &members, training, violations);
    let mut warnings = Vec::new();
    training::problem_type(training, models, splitter, violations);
    training::suits(&members, training, models, violations);
    training::folds(training, splitter, violations, &mut warnings);
    training::weights(&members, training, violations);
    target::check(&members, violations);
    columns::check(graph, &members, violations);
    if splitter.is_none() {
        warnings
            .push("the graph has no splitter: every row trains, and the metrics are in-sample".to_owned());
    }
    warnings.extend(left_out(graph, &members, training));
    warnings.extend(members.iter().filter_map(unused::parameters));
    let steps = members
        .iter()
        .map(|member| step(member, splitter.is_some(), training::fits(training, splitter)))
        .collect();
    Some(Checked {
        plan: Plan { steps },
        models: Vec::new(),
        dataset_source_id,
        warnings,
    })
}

/// The nodes that do not run: somebody drew them for something.
fn left_out(graph: &Graph, members: &[Member<'_>], training: Member<'_>) -> Option<String> {
    let runs = |node: &&Node| members.iter().any(|member| member.node.id == node.id);
    let left: Vec<String> = graph
        .nodes
        .iter()
        .filter(|node| !runs(node))
        .map(|node| format!("{:?}", node.id))
        .collect();
    let (verb, last) = (if left.len() == 1 { "does" } else { "do" }, &training.node.id);
    (!left.is_empty()).then(|| {
        format!(
            "{} {verb} not run: no path leads from there to {last:?}",
            left.join(", ")
        )
    })
}

fn step(member: &Member<'_>, split: bool, fits: Fits) -> PlanStep {
    let learns = member.spec.role == NodeRole::Training || member.spec.learns_with(&member.node.config);
    let fitted_on = match (learns, split, fits) {
        (false, _, _) => "",
        (true, true, Fits::Once) => "training rows",
        (true, false, Fits::Once) => "all rows",
        (true, true, Fits::Folds) => "training rows, and anew in each fold",
        (true, false, Fits::Folds) => "all rows, and anew in each fold",
        (true, _, Fits::FoldsAndValidation) => {
            "training and validation rows, and anew in each fold of training rows"
        }
    };
    PlanStep {
        node_id: member.node.id.clone(),
        kind: member.spec.key.clone(),
        learns,
        fitted_on: fitted_on.to_owned(),
        rows: member.rows(),
        columns: ColumnChange::of(member.spec, &member.node.config),
    }
}

#[cfg(test)]
mod tests;
