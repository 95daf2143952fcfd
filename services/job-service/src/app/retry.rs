//! A finished job submitted again: a new job, the next version, from what was stored of it. Nothing is checked
//! again but what would keep it from running: what was accepted once stays what it was.

use domain::{id::JobId, violation::Violation};
use messages::v1;
use prost::Message;
use sha2::{Digest, Sha256};

use super::{
    App, JobRow, Tenant,
    batch::{Batch, Draft, RequestKey},
    submit,
};
use crate::{
    error::{Error, Result},
    store::jobs,
};

/// The RPC as `requests` names it.
const RPC: &str = "RetryTrainingJob";

/// Asks for a finished job once more.
#[derive(Debug, Clone)]
pub struct RetryRequest {
    /// Who asks.
    pub tenant: Tenant,
    /// The finished job.
    pub job: JobId,
    /// The caller's id for the request; empty for none.
    pub request_id: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Retried {
    /// The new job.
    pub job: JobRow,
    /// Whether this call made it.
    pub created: bool,
}

impl App {
    /// Submits a finished job again, or returns the job that the same request made before.
    ///
    /// # Errors
    ///
    /// `Invalid`, `JobNotFound`, `NotTerminal`, `RequestIdReused`, `RequestDeleted`, `QueueFull`,
    /// `Unavailable`, `Contended`.
    pub async fn retry(&self, request: &RetryRequest) -> Result<Retried> {
        // The job's id is all there is to the request.
        let payload_sha256 = Sha256::digest(request.job.0.as_bytes());
        let key = RequestKey {
            rpc: RPC,
            id: &request.request_id,
            payload_sha256: &payload_sha256,
        };
        if let Some(jobs) = self.made_before(&request.tenant, key).await? {
            return one(jobs, false);
        }
        let mut violations = Vec::new();
        submit::request_id(&request.request_id, &mut violations);
        if !violations.is_empty() {
            return Err(Error::Invalid(violations));
        }
        let draft = self.draft_of(&request.tenant, request.job).await?;
        let batch = Batch::new(&request.tenant, key, true, [draft]);
        let made = self.make(&batch).await?;
        one(made.jobs, made.created)
    }

    /// The job once more, if it has ended and can still be run.
    async fn draft_of(&self, tenant: &Tenant, id: JobId) -> Result<Draft> {
        let row = self.get(tenant, id).await?;
        if !row.job.state.is_terminal() {
            return Err(Error::NotTerminal {
                job: id,
                state: row.job.state,
            });
        }
        let mut violations = Vec::new();
        self.resource_class(&row.job.policy.resource_class, &mut violations);
        if let Some(Violation { message, .. }) = violations.pop() {
            // The caller did not name the class: the job did.
            return Err(Error::invalid("job_id", message));
        }
        let spec: v1::TrainingSpec = self.store.read(jobs::spec(self.store.reader(), &row)).await?;
        let spec = spec.encode_to_vec();
        Ok(Draft {
            dataset_source_id: row.dataset_source_id,
            pipeline_id: row.pipeline_id,
            node_id: row.node_id,
            model_type: row.model_type,
            labels: row.labels,
            metadata: row.metadata,
            created_by: row.created_by,
            policy: row.job.policy,
            spec_sha256: Sha256::digest(&spec).to_vec(),
            spec,
        })
    }
}

fn one(mut jobs: Vec<JobRow>, created: bool) -> Result<Retried> {
    let job = jobs.pop();
    let job = job.ok_or_else(|| Error::Corrupt("requests.job_ids".to_owned()))?;
    Ok(Retried { job, created })
}
