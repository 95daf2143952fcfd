//! Everything about a submission that can be told without the database: all violations at once.

use domain::{
    graph::{self, Checked, Submission},
    id::{NAME_RULE, Name},
    job::Policy,
    value::Object,
    violation::Violation,
};
use messages::convert::{self, Invalid};
use prost::Message;

use super::SubmitRequest;
use crate::{
    app::App,
    error::{Error, Result},
};

const LONGEST_REQUEST_ID: usize = 128;
const MOST_MODELS: usize = 100;
const MOST_LABELS: usize = 32;
const LONGEST_LABEL: usize = 256;
/// Notes lie in the job's row, which is rewritten with every event.
const LARGEST_METADATA: usize = 32 << 10;

impl App {
    /// Checks a submission against the catalogue and the configuration.
    pub(super) fn check(&self, request: &SubmitRequest) -> Result<(Checked, Policy)> {
        let mut violations = Vec::new();
        names(request, &mut violations);
        labels(request, &mut violations);
        metadata(&request.metadata, &mut violations);
        let defaults = &self.settings.policy;
        let policy = convert::policy_from_pb(request.policy.clone(), defaults)
            // A default that was configured out of bounds must not make a row that cannot be read back.
            .and_then(|policy| convert::policy_from_pb(Some(convert::policy_to_pb(&policy)), defaults))
            .map_err(|Invalid(found)| violations.extend(found))
            .ok();
        if let Some(policy) = &policy {
            self.resource_class(&policy.resource_class, &mut violations);
        }
        let submission = Submission {
            graph: &request.graph,
            node_id: request.training_node(),
            dataset_source_id: &request.dataset_source_id,
            models: &request.models,
        };
        let checked = graph::check(submission, &self.catalog)
            .map_err(|found| violations.extend(found))
            .ok();
        if let Some(checked) = &checked
            && checked.dataset_source_id.parse::<Name>().is_err()
        {
            violations.push(Violation::new("dataset_source_id", NAME_RULE));
        }
        match (checked, policy) {
            (Some(checked), Some(policy)) if violations.is_empty() => Ok((checked, policy)),
            (_, _) => {
                violations.sort();
                violations.dedup();
                Err(Error::Invalid(violations))
            }
        }
    }

    /// Tells if there is no such pool of trainers.
    pub(in crate::app) fn resource_class(&self, name: &str, violations: &mut Vec<Violation>) {
        let known = &self.settings.resource_classes;
        if known.iter().all(|class| class.as_str() != name) {
            let names: Vec<&str> = known.iter().map(|class| class.as_str()).collect();
            let message = format!("unknown resource class {name:?}; known are {}", names.join(", "));
            violations.push(Violation::new("policy.resource_class", message));
        }
    }
}

/// Tells if the id of a request is too long to keep.
pub(in crate::app) fn request_id(id: &str, violations: &mut Vec<Violation>) {
    if id.chars().count() > LONGEST_REQUEST_ID || id.contains('\0') {
        let message = format!("must hold at most {LONGEST_REQUEST_ID} characters, none of them NUL");
        violations.push(Violation::new("request_id", message));
    }
}

fn names(request: &SubmitRequest, violations: &mut Vec<Violation>) {
    request_id(&request.request_id, violations);
    if request.pipeline_id.parse::<Name>().is_err() {
        violations.push(Violation::new("pipeline_id", NAME_RULE));
    }
    let dataset = request.named_dataset();
    if !dataset.is_empty() && dataset.parse::<Name>().is_err() {
        violations.push(Violation::new("dataset_source_id", NAME_RULE));
    }
    let (node, target) = (&request.node_id, &request.target_node_id);
    if !node.is_empty() && !target.is_empty() && node != target {
        let message = format!("is another name for node_id and must not differ from {node:?}");
        violations.push(Violation::new("target_node_id", message));
    }
    if request.models.len() > MOST_MODELS {
        let message = format!(
            "holds {} models; at most {MOST_MODELS} are accepted",
            request.models.len()
        );
        violations.push(Violation::new("models", message));
    }
}

fn labels(request: &SubmitRequest, violations: &mut Vec<Violation>) {
    if request.labels.len() > MOST_LABELS {
        let message = format!(
            "holds {} labels; at most {MOST_LABELS} are accepted",
            request.labels.len()
        );
        violations.push(Violation::new("labels", message));
    }
    for (name, value) in &request.labels {
        if name.parse::<Name>().is_err() {
            violations.push(Violation::new(format!("labels[{name:?}]"), NAME_RULE));
        }
        if value.len() > LONGEST_LABEL || value.chars().any(char::is_control) {
            let message = format!("must hold at most {LONGEST_LABEL} bytes and no control characters");
            violations.push(Violation::new(format!("labels[{name:?}]"), message));
        }
    }
}

fn metadata(metadata: &Object, violations: &mut Vec<Violation>) {
    let bytes = convert::object_to_pb(metadata).encoded_len();
    if bytes > LARGEST_METADATA {
        let message = format!("takes {bytes} bytes; at most {LARGEST_METADATA} are accepted");
        violations.push(Violation::new("metadata", message));
    }
}
