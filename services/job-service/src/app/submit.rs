//! Submission: one request becomes as many jobs as it names models, all or none.

mod check;

use std::collections::BTreeMap;

use domain::{
    graph::{Checked, Graph, ModelChoice, Plan},
    id::Name,
    job::Policy,
    spec::{DatasetRef, TrainSpec},
    value::{Object, Value},
    violation::Violation,
};
use messages::{convert, v1};
use prost::Message;
use sha2::{Digest, Sha256};

pub(super) use check::request_id;

use super::{
    App, JobRow, Tenant,
    batch::{Batch, Draft, RequestKey},
};
use crate::{
    error::{Error, Result},
    store::datasets,
};

/// The RPC as `requests` names it.
const RPC: &str = "SubmitTrainingJob";
/// The most bytes a spec may take, so that it fits into the reply to a claim.
const LARGEST_SPEC: usize = 512 << 10;

/// What a client submits.
#[derive(Debug, Clone)]
pub struct SubmitRequest {
    /// Who submits.
    pub tenant: Tenant,
    /// The caller's id for the request; empty for none.
    pub request_id: String,
    /// The SHA-256 of the request's canonical encoding without its id.
    pub payload_sha256: Vec<u8>,
    /// The data source; empty to leave it to the graph.
    pub dataset_source_id: String,
    /// The pipeline.
    pub pipeline_id: String,
    /// The training node.
    pub node_id: String,
    /// Another name for `node_id`; one of them is given.
    pub target_node_id: String,
    /// The graph.
    pub graph: Graph,
    /// The models; none means the training node's own.
    pub models: Vec<ModelChoice>,
    /// Labels to find the jobs by.
    pub labels: BTreeMap<String, String>,
    /// Notes, kept as they come.
    pub metadata: Object,
    /// Limits; what is left out takes the configured default.
    pub policy: Option<v1::JobPolicy>,
    /// Whether the jobs are queued at once.
    pub run_training: bool,
    /// Whether nothing is to be written.
    pub validate_only: bool,
    /// Who submits, for people.
    pub created_by: String,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct Submitted {
    /// The jobs, one for each model in their order; none if nothing was to be written.
    pub jobs: Vec<JobRow>,
    /// Whether this call made them.
    pub created: bool,
    /// What a trainer will do.
    pub plan: Plan,
    /// What is allowed but should be known.
    pub warnings: Vec<String>,
}

impl App {
    /// T1. Checks the request and makes its jobs in one transaction, or returns those that the same request made
    /// before.
    ///
    /// # Errors
    ///
    /// `Invalid`, `DatasetNotFound`, `RequestIdReused`, `RequestDeleted`, `SpecTooLarge`, `QueueFull`,
    /// `Unavailable`, `Contended`.
    pub async fn submit(&self, request: SubmitRequest) -> Result<Submitted> {
        if let Some(submitted) = self.replay(&request).await? {
            return Ok(submitted);
        }
        let (checked, policy) = match self.check(&request) {
            Err(Error::Invalid(violations)) => return Err(self.with_dataset(&request, violations).await),
            checked => checked?,
        };
        let id = &checked.dataset_source_id;
        let dataset = datasets::find(self.store.reader(), &request.tenant, id);
        let dataset = self.store.read(dataset).await?;
        let dataset = dataset.ok_or_else(|| Error::DatasetNotFound(id.clone()))?.dataset;
        let drafts = drafts(&request, &checked, &policy, &dataset)?;
        let answer = |jobs, created| Submitted {
            jobs,
            created,
            plan: checked.plan.clone(),
            warnings: checked.warnings.clone(),
        };
        if request.validate_only {
            return Ok(answer(Vec::new(), false));
        }
        let batch = Batch::new(&request.tenant, request.key(), request.run_training, drafts);
        let made = self.make(&batch).await?;
        Ok(answer(made.jobs, made.created))
    }

    /// The violations of a request, and that its data source is unknown if it is: all are told at once.
    async fn with_dataset(&self, request: &SubmitRequest, mut violations: Vec<Violation>) -> Error {
        let id = request.named_dataset();
        if id.parse::<Name>().is_err() {
            return Error::Invalid(violations);
        }
        let found = datasets::find(self.store.reader(), &request.tenant, id);
        match self.store.read(found).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                let unknown = Error::DatasetNotFound(id.to_owned()).to_string();
                violations.push(Violation::new("dataset_source_id", unknown));
                violations.sort();
            }
            Err(error) => return error,
        }
        Error::Invalid(violations)
    }

    /// What an earlier request with the same id made, before anything is checked: it stays valid when the catalogue
    /// no longer has what it asked for.
    async fn replay(&self, request: &SubmitRequest) -> Result<Option<Submitted>> {
        if request.validate_only {
            return Ok(None);
        }
        let Some(jobs) = self.made_before(&request.tenant, request.key()).await? else {
            return Ok(None);
        };
        let (plan, warnings) = match self.check(request) {
            Ok((checked, _)) => (checked.plan, checked.warnings),
            Err(_) => (Plan { steps: Vec::new() }, Vec::new()),
        };
        Ok(Some(Submitted {
            jobs,
            created: false,
            plan,
            warnings,
        }))
    }
}

/// A job for each model.
fn drafts(
    request: &SubmitRequest,
    checked: &Checked,
    policy: &Policy,
    dataset: &DatasetRef,
) -> Result<Vec<Draft>> {
    let drafts = checked.models.iter().map(|model| {
        let spec = TrainSpec {
            graph: request.graph.clone(),
            node_id: request.training_node().to_owned(),
            model_type: model.model_type.clone(),
            hyperparameters: model.hyperparameters.clone(),
            dataset: dataset.clone(),
        };
        let bytes = convert::spec_to_pb(&spec).encode_to_vec();
        if bytes.len() > LARGEST_SPEC {
            return Err(Error::SpecTooLarge {
                model_type: spec.model_type,
                bytes: bytes.len(),
                limit: LARGEST_SPEC,
            });
        }
        Ok(Draft {
            dataset_source_id: checked.dataset_source_id.clone(),
            pipeline_id: request.pipeline_id.clone(),
            node_id: spec.node_id,
            model_type: spec.model_type,
            labels: request.labels.clone(),
            metadata: request.metadata.clone(),
            created_by: request.created_by.clone(),
            policy: policy.clone(),
            spec_sha256: Sha256::digest(&bytes).to_vec(),
            spec: bytes,
        })
    });
    drafts.collect()
}

impl SubmitRequest {
    /// What it is known by when it comes again.
    fn key(&self) -> RequestKey<'_> {
        RequestKey {
            rpc: RPC,
            id: &self.request_id,
            payload_sha256: &self.payload_sha256,
        }
    }

    /// The training node, under either of its names.
    fn training_node(&self) -> &str {
        if self.node_id.is_empty() {
            &self.target_node_id
        } else {
            &self.node_id
        }
    }

    /// The data source, as far as it can be told before the graph is known to be sound; empty if none is named.
    fn named_dataset(&self) -> &str {
        if !self.dataset_source_id.is_empty() {
            return &self.dataset_source_id;
        }
        let named = self
            .graph
            .nodes
            .iter()
            .find_map(|node| node.config.get("dataset_source_id"));
        named.and_then(Value::as_str).unwrap_or_default()
    }
}
