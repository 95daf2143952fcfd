//! Models, nodes, plans and tables.

use messages::v1::{CsvOptions, DatasetSource, ModelType, NodeType, Parameter, Plan};
use serde_json::{Value, json};

use super::{list, maybe, text, time, value, word};

/// A model that can be trained.
pub(crate) fn model_type(model: &ModelType) -> Value {
    json!({
        "key": model.key,
        "title": model.title,
        "problem_type": word(model.problem_type().as_str_name(), "PROBLEM_TYPE_"),
        "summary": model.summary,
        "parameters": list(&model.parameters, parameter),
        "handles_missing": model.handles_missing,
    })
}

/// A node that prepares data.
pub(crate) fn node_type(node: &NodeType) -> Value {
    json!({
        "key": node.key,
        "aliases": node.aliases,
        "title": node.title,
        "category": node.category,
        "summary": node.summary,
        "parameters": list(&node.parameters, parameter),
        "learns": node.learns,
        "rows": word(node.rows().as_str_name(), "ROW_EFFECT_"),
    })
}

/// What a trainer will do.
pub(crate) fn plan(plan: &Plan) -> Value {
    let steps = list(&plan.steps, |step| {
        json!({
            "node_id": step.node_id,
            "type": step.r#type,
            "learns": step.learns,
            "fitted_on": text(&step.fitted_on),
            "rows": word(step.rows().as_str_name(), "ROW_EFFECT_"),
            "adds_columns": step.adds_columns,
            "drops_columns": step.drops_columns,
            "keeps_columns": step.keeps_columns,
        })
    });
    json!({ "steps": steps })
}

/// A registered table.
pub(crate) fn dataset(source: &DatasetSource) -> Value {
    json!({
        "dataset_source_id": source.dataset_source_id,
        "uri": source.uri,
        "format": word(source.format().as_str_name(), "DATA_FORMAT_"),
        "csv": maybe(source.csv.as_ref(), csv),
        "sha256": text(&source.sha256),
        "create_time": time(source.create_time),
    })
}

fn csv(options: &CsvOptions) -> Value {
    json!({
        "delimiter": options.delimiter,
        "has_header": options.has_header,
        "quote": options.quote,
        "null_values": options.null_values,
    })
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "type": parameter.r#type,
        "default": parameter.default_value.clone().map(value),
        "required": parameter.required,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "choices": parameter.choices,
        "doc": parameter.doc,
    })
}

#[cfg(test)]
mod tests {
    use messages::{convert::value_to_pb, v1::ProblemType};

    use super::*;

    #[test]
    fn whole_defaults_are_whole_and_missing_ones_null() {
        let with = |default: Option<f64>| Parameter {
            name: "n_estimators".into(),
            default_value: default.map(|default| value_to_pb(&default.into())),
            ..Default::default()
        };
        let model = model_type(&ModelType {
            problem_type: ProblemType::Regression.into(),
            parameters: vec![with(Some(50.0)), with(Some(0.5)), with(None)],
            ..Default::default()
        });
        let defaults: Vec<String> = (0..3)
            .map(|at| model["parameters"][at]["default"].to_string())
            .collect();
        assert_eq!(defaults, ["50", "0.5", "null"]);
        assert_eq!(model["problem_type"], "REGRESSION");
    }
}
