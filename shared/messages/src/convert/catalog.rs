//! Models, nodes and plans, as clients see them.

use domain::{
    catalog::{ModelSpec, NodeSpec, ParamKind, ParamSpec, ProblemType, RowEffect, RowRule},
    graph::{Plan, PlanStep},
    value::Object,
};

use super::value_to_pb;
use crate::v1;

/// A model as a message.
pub fn model_type(spec: &ModelSpec) -> v1::ModelType {
    let problem_type = match spec.problem_type {
        ProblemType::Classification => v1::ProblemType::Classification,
        ProblemType::Regression => v1::ProblemType::Regression,
    };
    v1::ModelType {
        key: spec.key.clone(),
        title: spec.title.clone(),
        problem_type: problem_type.into(),
        summary: spec.summary.clone(),
        parameters: spec.parameters.iter().map(parameter).collect(),
        handles_missing: spec.handles_missing,
    }
}

/// A node as a message.
pub fn node_type(spec: &NodeSpec) -> v1::NodeType {
    v1::NodeType {
        key: spec.key.clone(),
        aliases: spec.aliases.clone(),
        title: spec.title.clone(),
        category: spec.category.clone(),
        summary: spec.summary.clone(),
        parameters: spec.parameters.iter().map(parameter).collect(),
        learns: spec.learns.to_string(),
        rows: rows(spec.rows_with(&Object::new())).into(),
        row_effects: RowRule::told(&spec.rows),
        requirements: spec.requirements.iter().map(ToString::to_string).collect(),
        columns: spec.columns.iter().map(ToString::to_string).collect(),
    }
}

fn parameter(spec: &ParamSpec) -> v1::Parameter {
    let (minimum, maximum) = match &spec.kind {
        ParamKind::Integer { min, max } => (Some(*min as f64), Some(*max as f64)),
        ParamKind::Number { min, max, .. } => (Some(*min), Some(*max)),
        ParamKind::Boolean
        | ParamKind::Text
        | ParamKind::Pattern
        | ParamKind::Pairs
        | ParamKind::Multiple(_)
        | ParamKind::Edges
        | ParamKind::Choice(_)
        | ParamKind::Target
        | ParamKind::Columns
        | ParamKind::Scalar
        | ParamKind::Any
        | ParamKind::OneOf(_)
        | ParamKind::List(_)
        | ParamKind::Map(_)
        | ParamKind::Object(_) => (None, None),
    };
    v1::Parameter {
        name: spec.name.clone(),
        r#type: spec.kind.describe(),
        default_value: (!spec.required).then(|| value_to_pb(&spec.default)),
        required: spec.required,
        minimum,
        maximum,
        choices: if let ParamKind::Choice(words) = &spec.kind {
            words.clone()
        } else {
            Vec::new()
        },
        doc: spec.doc.clone(),
    }
}

/// A plan as a message.
pub fn plan(plan: &Plan) -> v1::Plan {
    let step = |step: &PlanStep| v1::PlanStep {
        node_id: step.node_id.clone(),
        r#type: step.kind.clone(),
        learns: step.learns,
        fitted_on: step.fitted_on.clone(),
        rows: rows(step.rows).into(),
        adds_columns: step.columns.adds.clone(),
        drops_columns: step.columns.drops.clone(),
        keeps_columns: step.columns.keeps_only.clone(),
    };
    v1::Plan {
        steps: plan.steps.iter().map(step).collect(),
    }
}

fn rows(effect: RowEffect) -> v1::RowEffect {
    match effect {
        RowEffect::Keep => v1::RowEffect::Keep,
        RowEffect::Drop => v1::RowEffect::Drop,
        RowEffect::Add => v1::RowEffect::Add,
    }
}
