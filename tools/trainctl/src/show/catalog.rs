//! Models, nodes, plans and tables.

use messages::v1::{DatasetSource, ModelType, NodeType, Parameter, Plan, PlanStep, RowEffect};

use super::{table, words};

/// Models, one per line.
pub(crate) fn models(models: &[ModelType]) -> String {
    let rows = models
        .iter()
        .map(|model| [model.key.clone(), problem(model), model.summary.clone()]);
    table::table(["model", "predicts", "summary"], rows)
}

/// One model with its parameters.
pub(crate) fn model(model: &ModelType) -> String {
    let missing = if model.handles_missing { "yes" } else { "no" };
    let head = table::pairs([
        ("model", format!("{} ({})", model.key, model.title)),
        ("predicts", problem(model)),
        ("takes missing values", missing.to_owned()),
        ("summary", model.summary.clone()),
    ]);
    format!("{head}\n\n{}", parameters(&model.parameters))
}

/// Nodes, one per line.
pub(crate) fn nodes(nodes: &[NodeType]) -> String {
    let rows = nodes.iter().map(|node| {
        [
            node.key.clone(),
            node.category.clone(),
            node.learns.clone(),
            node.summary.clone(),
        ]
    });
    table::table(["node", "category", "learns", "summary"], rows)
}

/// One node with its parameters.
pub(crate) fn node(node: &NodeType) -> String {
    let head = table::pairs([
        ("node", format!("{} ({})", node.key, node.title)),
        ("aliases", words::or_nothing(&node.aliases.join(", ")).to_owned()),
        ("category", node.category.clone()),
        ("learns", node.learns.clone()),
        ("rows", node.row_effects.clone()),
        ("summary", node.summary.clone()),
    ]);
    let list = |title: &str, items: &[String]| match items {
        [] => String::new(),
        items => format!("\n\n{title}\n  {}", items.join("\n  ")),
    };
    format!(
        "{head}{}{}\n\n{}",
        list("columns", &node.columns),
        list("requires", &node.requirements),
        parameters(&node.parameters)
    )
}

/// What a trainer will do, step by step.
pub(crate) fn plan(plan: &Plan) -> String {
    let rows = plan.steps.iter().map(|step| {
        let learns = if step.learns {
            words::or_nothing(&step.fitted_on)
        } else {
            "nothing"
        };
        [
            step.node_id.clone(),
            step.r#type.clone(),
            learns.to_owned(),
            changes(step),
        ]
    });
    table::table(["node", "type", "learns from", "changes"], rows)
}

/// What a step does to rows and columns, as far as its config tells.
fn changes(step: &PlanStep) -> String {
    let rows = match step.rows() {
        RowEffect::Unspecified | RowEffect::Keep => "",
        RowEffect::Drop => "drops rows",
        RowEffect::Add => "adds rows",
    };
    let told = |what: &str, columns: &[String]| match columns {
        [] => String::new(),
        columns => format!("{what} {}", columns.join(", ")),
    };
    let parts = [
        rows.to_owned(),
        told("adds", &step.adds_columns),
        told("drops", &step.drops_columns),
        told("keeps only", &step.keeps_columns),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("; ")
}

/// Tables, one per line.
pub(crate) fn datasets(sources: &[DatasetSource]) -> String {
    let rows = sources.iter().map(|source| {
        [
            source.dataset_source_id.clone(),
            format(source),
            source.uri.clone(),
            words::time(source.create_time),
        ]
    });
    table::table(["data set", "format", "uri", "registered (UTC)"], rows)
}

/// One table.
pub(crate) fn dataset(source: &DatasetSource) -> String {
    let mut pairs = vec![
        ("data set", source.dataset_source_id.clone()),
        ("uri", source.uri.clone()),
        ("format", format(source)),
        ("sha256", words::or_nothing(&source.sha256).to_owned()),
        ("registered", words::time(source.create_time)),
    ];
    if let Some(csv) = &source.csv {
        let header = if csv.has_header.unwrap_or(true) {
            "yes"
        } else {
            "no"
        };
        pairs.push(("delimiter", format!("{:?}", csv.delimiter)));
        pairs.push(("quote", format!("{:?}", csv.quote)));
        pairs.push(("header", header.to_owned()));
        pairs.push(("read as missing", csv.null_values.join(" ")));
    }
    table::pairs(pairs)
}

fn problem(model: &ModelType) -> String {
    words::unprefixed(model.problem_type().as_str_name(), "PROBLEM_TYPE_").to_lowercase()
}

fn format(source: &DatasetSource) -> String {
    words::unprefixed(source.format().as_str_name(), "DATA_FORMAT_").to_lowercase()
}

fn parameters(parameters: &[Parameter]) -> String {
    let rows = parameters.iter().map(|parameter| {
        let default = if parameter.required {
            "required".to_owned()
        } else {
            words::value(parameter.default_value.as_ref())
        };
        [
            parameter.name.clone(),
            parameter.r#type.clone(),
            default,
            parameter.doc.clone(),
        ]
    });
    table::table(["parameter", "type", "default", "meaning"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_tells_what_it_does_to_rows_and_columns_and_what_it_requires() {
        let plain = NodeType {
            key: "bin".into(),
            row_effects: "keeps rows".into(),
            ..Default::default()
        };
        let full = NodeType {
            columns: vec!["adds {columns}_binned".into()],
            requirements: vec!["custom_bins must be given".into()],
            ..plain.clone()
        };
        let told = node(&full);
        for part in [
            "keeps rows",
            "columns\n  adds {columns}_binned",
            "requires\n  custom_bins must be given",
        ] {
            assert!(told.contains(part), "{told}");
        }
        assert!(!node(&plain).contains("requires"));
    }
}
