//! `plan`: checks a submission as the server does, by the models and nodes this program knows, and shows what a
//! trainer would do.

use anyhow::{Error, Result, anyhow};
use domain::{
    graph::{Checked, ModelChoice, Submission, check},
    violation::Violation,
};
use messages::{
    convert::{self, graph_from_pb, object_from_pb},
    v1::SubmitTrainingJobRequest,
};
use serde_json::json;

use crate::{
    cli::Described,
    exit::Exit,
    output::{Output, note},
    show,
    submission::{self, Described as Read},
};

/// Shows what a trainer would do with a file.
pub(super) fn plan(options: &Described, output: &mut Output) -> Result<Exit> {
    let Read { request, warnings } = submission::described(options)?;
    match checked(request) {
        Ok(checked) => {
            let warnings = [warnings, checked.warnings].concat();
            let plan = convert::plan(&checked.plan);
            if output.json {
                output.json(&json!({ "plan": show::json::plan(&plan), "warnings": warnings }))?;
            } else {
                warnings
                    .iter()
                    .for_each(|warning| note(&format!("warning: {warning}")));
                output.line(&show::catalog::plan(&plan))?;
            }
            Ok(Exit::Success)
        }
        Err(violations) => {
            if output.json {
                let told = violations.iter();
                let told =
                    told.map(|violation| json!({"field": violation.field, "message": violation.message}));
                output.json(&json!({ "violations": told.collect::<Vec<_>>(), "warnings": warnings }))?;
            } else {
                warnings
                    .iter()
                    .for_each(|warning| note(&format!("warning: {warning}")));
            }
            Err(wrong(&violations))
        }
    }
}

/// Everything that is wrong, on a line each.
pub(super) fn wrong(violations: &[Violation]) -> Error {
    let lines: Vec<String> = violations
        .iter()
        .map(|violation| format!("\n  {violation}"))
        .collect();
    let fields = if lines.len() == 1 {
        "field is"
    } else {
        "fields are"
    };
    anyhow!("{} {fields} wrong{}", lines.len(), lines.concat())
}

/// The request, as far as it can be checked without a server.
fn checked(request: SubmitTrainingJobRequest) -> Result<Checked, Vec<Violation>> {
    let graph = graph_from_pb(request.graph.unwrap_or_default());
    let models: Vec<ModelChoice> = request
        .models
        .into_iter()
        .map(|choice| ModelChoice {
            model_type: choice.model_type,
            hyperparameters: choice.hyperparameters.map(object_from_pb).unwrap_or_default(),
        })
        .collect();
    let node_id = if request.node_id.is_empty() {
        request.target_node_id
    } else {
        request.node_id
    };
    let submission = Submission {
        graph: &graph,
        node_id: &node_id,
        dataset_source_id: &request.dataset_source_id,
        models: &models,
    };
    check(submission, &submission::catalog())
}
