//! Submission: one request becomes as many jobs as it names models, all or none.

use std::collections::BTreeMap;

use domain::{
    graph::{Graph, ModelChoice, Plan},
    value::Object,
};
use messages::v1;

use super::{App, JobRow, Tenant};
use crate::error::Result;

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
    /// `Invalid`, `DatasetNotFound`, `RequestIdReused`, `SpecTooLarge`, `Unavailable`, `Contended`.
    pub async fn submit(&self, request: SubmitRequest) -> Result<Submitted> {
        todo!()
    }
}
