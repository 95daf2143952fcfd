//! What a job's figures are of: rows of a table, and a target. Figures of different things do not compare.

use std::collections::BTreeSet;

use domain::{
    catalog::{Catalog, NodeRole, ParamKind, RowEffect, resolve},
    graph::Graph,
    value::Value,
};
use messages::{
    convert::graph_from_pb,
    v1::{TrainingJob, TrainingSpec},
};

use crate::submission;

/// In what jobs differ so that their figures do not compare, if they do. Of a job that came without its spec the data set
/// alone is known.
pub(super) fn differing(jobs: &[&TrainingJob]) -> Option<&'static str> {
    let catalog = submission::catalog();
    let sets = jobs.iter().map(|job| job.dataset_source_id.clone());
    let bases = jobs
        .iter()
        .filter_map(|job| Some(Basis::of(job.spec.as_ref()?, &catalog)));
    let bases: Vec<Basis> = bases.collect();
    if differ(sets) {
        Some("data sets")
    } else if differ(bases.iter().map(|basis| &basis.targets)) {
        Some("targets")
    } else if differ(bases.iter().map(|basis| &basis.rows)) {
        Some("rows")
    } else {
        None
    }
}

fn differ<T: Ord>(values: impl Iterator<Item = T>) -> bool {
    values.collect::<BTreeSet<T>>().len() > 1
}

struct Basis {
    /// The target, by whichever nodes name it.
    targets: BTreeSet<String>,
    /// What decides which rows there are to judge by: the splitter, and what drops rows of every split. What learns drops
    /// training rows alone.
    rows: Vec<String>,
}

impl Basis {
    fn of(spec: &TrainingSpec, catalog: &Catalog) -> Self {
        let graph: Graph = graph_from_pb(spec.graph.clone().unwrap_or_default());
        let mut basis = Self {
            targets: BTreeSet::new(),
            rows: Vec::new(),
        };
        for node in graph.execution_order(&spec.node_id).unwrap_or_default() {
            let Some(spec) = catalog.node(&node.kind) else {
                continue;
            };
            let config = resolve(&spec.parameters, &node.config);
            let targets = spec.parameters.iter().filter(|one| one.kind == ParamKind::Target);
            let targets = targets.filter_map(|one| config.get(&one.name)?.as_str());
            let targets = targets.filter(|target| !target.is_empty());
            basis.targets.extend(targets.map(str::to_owned));
            let drops = spec.rows_with(&node.config) == RowEffect::Drop && !spec.learns_with(&node.config);
            if drops || spec.role == NodeRole::Splitter {
                basis.rows.push(format!("{} {}", spec.key, Value::Object(config)));
            }
        }
        basis
    }
}
