//! What each node did and how long it took, and what deserves a look.

use std::fmt::Write as _;

use domain::job::Phase;

use super::{
    Facts, drawing, section as part, table,
    text::{clip, count, duration, escape},
};
use crate::{nodes, observer::NodeRun};

/// How many nodes and warnings are listed.
const MOST: usize = 120;

/// What a type of nodes is called.
pub(super) fn node_title(kind: &str) -> String {
    nodes::get(kind).map_or_else(|| kind.to_owned(), |(_, spec)| spec.title)
}

/// The graph, the nodes and the phases.
pub(super) fn section(facts: &Facts<'_>) -> String {
    let runs = &facts.told.nodes;
    if runs.is_empty() {
        return String::new();
    }
    let head = "<th>node</th><th class=\"n\">rows</th><th class=\"n\">columns</th><th class=\"n\">time</th>";
    let rows: String = runs.iter().take(MOST).map(|run| row(facts, run)).collect();
    let mut beside = table("metrics nodes", head, &rows);
    if runs.len() > MOST {
        _ = writeln!(
            beside,
            "<p class=\"note\">{} more nodes ran.</p>",
            runs.len() - MOST
        );
    }
    beside += &phases(facts);
    let drawing = drawing::graph(facts);
    let content = if drawing.is_empty() {
        format!("<p class=\"note\">The graph is too large to be drawn.</p>\n{beside}")
    } else {
        format!("<div class=\"beside\">\n{drawing}<div>\n{beside}</div>\n</div>\n")
    };
    let note = "From the table down to the training node, with the rows and columns that entered and left each node.";
    part("Graph", note, &content)
}

fn row(facts: &Facts<'_>, run: &NodeRun) -> String {
    let change = |before: usize, after: usize| match (count(before as f64), count(after as f64)) {
        (same, after) if same == after => same,
        (before, after) => format!("{before} → {after}"),
    };
    let config = facts.graph.node(&run.node_id).map(|node| {
        let given = node.config.iter().filter(|(_, value)| !value.is_blank());
        let given: Vec<String> = given.map(|(name, value)| format!("{name} = {value}")).collect();
        clip(&given.join(", "), 240)
    });
    format!(
        "<tr><th>{} <code>{}</code><small>{}</small></th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n took\">{}</td></tr>\n",
        escape(&node_title(&run.kind)),
        clip(&run.node_id, 60),
        config.unwrap_or_default(),
        change(run.rows_in, run.rows_out),
        change(run.columns_in, run.columns_out),
        duration(run.duration)
    )
}

fn phases(facts: &Facts<'_>) -> String {
    let mut rows = String::new();
    for (phase, took) in &facts.told.phases {
        let did = match phase {
            Phase::LoadingData => "Reading the table",
            Phase::Preparing => "Running the nodes",
            Phase::Fitting if facts.evaluation.cross_validation.is_some() => {
                "Fitting the model, in each fold and on all rows"
            }
            Phase::Fitting => "Fitting the model",
            Phase::Evaluating => "Measuring it",
            Phase::Waiting | Phase::RetryBackoff | Phase::Starting | Phase::Saving | Phase::Done => continue,
        };
        _ = writeln!(
            rows,
            "<tr><th>{did}</th><td class=\"n took\">{}</td></tr>",
            duration(*took)
        );
    }
    if rows.is_empty() {
        return rows;
    }
    table("metrics", "<th>phase</th><th class=\"n\">time</th>", &rows)
}

/// What deserves a look.
pub(super) fn warnings(facts: &Facts<'_>) -> String {
    let told = facts.told;
    let mut content = String::from("<ul class=\"warnings\">\n");
    for warning in told.warnings.iter().take(MOST) {
        let node = warning
            .node_id
            .as_ref()
            .map(|id| format!("<code>{}</code> ", clip(id, 60)));
        _ = writeln!(
            content,
            "<li>{}{}</li>",
            node.unwrap_or_default(),
            clip(&warning.message, 500)
        );
    }
    content += "</ul>\n";
    match told.warned.saturating_sub(MOST) {
        0 => {}
        more => _ = writeln!(content, "<p class=\"note\">and {} more.</p>", count(more as f64)),
    }
    if told.warned == 0 {
        content = "<p class=\"note\">There were none.</p>\n".to_owned();
    }
    part("Warnings", "", &content)
}
