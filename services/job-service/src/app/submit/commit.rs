//! The transaction of a submission: request, versions, jobs, first events and announcements, all or none.

use std::collections::BTreeMap;

use domain::{
    graph::Checked,
    id::JobId,
    job::{Job, Policy},
    time::Time,
};
use messages::{convert, v1};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::{RPC, SubmitRequest};
use crate::{
    app::JobRow,
    error::{Error, Result},
    store::{
        self, Transaction, events,
        jobs::{self, NewJob},
        outbox, requests, versions,
    },
};

/// The jobs that a checked request makes.
pub(super) struct Batch<'a> {
    request: &'a SubmitRequest,
    dataset_source_id: &'a str,
    policy: Policy,
    members: Vec<Member<'a>>,
}

struct Member<'a> {
    id: JobId,
    model_type: &'a str,
    spec: Vec<u8>,
    spec_sha256: Vec<u8>,
}

/// What became of a batch.
pub(super) enum Committed {
    /// Its jobs were made.
    Made(Vec<JobRow>),
    /// The same request had made them before.
    Earlier(Vec<JobRow>),
    /// Another request had used its id.
    Reused,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        request: &'a SubmitRequest,
        checked: &'a Checked,
        policy: Policy,
        specs: Vec<(Vec<u8>, Vec<u8>)>,
    ) -> Self {
        let members = checked.models.iter().zip(specs);
        let members = members.map(|(model, (spec, spec_sha256))| Member {
            id: JobId(Uuid::now_v7()),
            model_type: &model.model_type,
            spec,
            spec_sha256,
        });
        Self {
            request,
            dataset_source_id: &checked.dataset_source_id,
            policy,
            members: members.collect(),
        }
    }

    /// What stands under the request's id, if it was not free.
    async fn earlier(&self, tx: &DatabaseTransaction, now: Time) -> Result<Option<Committed>> {
        let request = self.request;
        if request.request_id.is_empty() {
            return Ok(None);
        }
        let ours = requests::Earlier {
            rpc: RPC.to_owned(),
            payload_sha256: request.payload_sha256.clone(),
            jobs: self.members.iter().map(|member| member.id).collect(),
        };
        if requests::take(tx, &request.tenant, &request.request_id, &ours, now).await? {
            return Ok(None);
        }
        let theirs = requests::find(tx, &request.tenant, &request.request_id).await?;
        let theirs = theirs.ok_or_else(|| Error::Corrupt("requests lost a row".to_owned()))?;
        if theirs.rpc != ours.rpc || theirs.payload_sha256 != ours.payload_sha256 {
            return Ok(Some(Committed::Reused));
        }
        let rows = jobs::find_many(tx, &request.tenant, &theirs.jobs).await?;
        Ok(Some(Committed::Earlier(rows)))
    }

    /// A version for each member, in their order.
    async fn versions(&self, tx: &DatabaseTransaction) -> Result<Vec<i64>> {
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        for member in &self.members {
            *counts.entry(member.model_type).or_default() += 1;
        }
        let node = self.request.training_node();
        // In sorted order, so that two batches never wait for each other.
        for (model_type, count) in &mut counts {
            let key = (self.dataset_source_id, node, *model_type);
            *count = versions::take(tx, &self.request.tenant, key, *count).await?;
        }
        let mut next = counts;
        let versions = self.members.iter().map(|member| {
            let next = next.entry(member.model_type).or_default();
            let version = *next;
            *next += 1;
            version
        });
        Ok(versions.collect())
    }

    fn row(&self, member: &Member<'_>, version: i64, now: Time) -> JobRow {
        let request = self.request;
        let run = request.run_training;
        JobRow {
            tenant: request.tenant.clone(),
            id: member.id,
            dataset_source_id: self.dataset_source_id.to_owned(),
            pipeline_id: request.pipeline_id.clone(),
            node_id: request.training_node().to_owned(),
            model_type: member.model_type.to_owned(),
            version,
            labels: request.labels.clone(),
            metadata: request.metadata.clone(),
            created_by: request.created_by.clone(),
            job: Job::submitted(self.policy.clone(), run, now),
            progress: v1::Progress::default(),
            progress_seq: 0,
            event_no: 1,
            dispatch_no: i32::from(run),
            cancel_reason: String::new(),
            cancel_requested_at: None,
            result: None,
            failure: None,
            created_at: now,
            started_at: None,
            finished_at: None,
            updated_at: now,
        }
    }
}

impl Transaction for Batch<'_> {
    type Output = Committed;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<Committed> {
        let now = store::now(tx).await?;
        if let Some(earlier) = self.earlier(tx, now).await? {
            return Ok(earlier);
        }
        let versions = self.versions(tx).await?;
        // Read again: the time a request waited for the counters must not make it older than those before it.
        let now = store::now(tx).await?;
        let jobs: Vec<NewJob> = std::iter::zip(&self.members, versions)
            .map(|(member, version)| NewJob {
                row: self.row(member, version, now),
                spec: member.spec.clone(),
                spec_sha256: member.spec_sha256.clone(),
            })
            .collect();
        jobs::insert(tx, &jobs).await?;
        events::append(tx, jobs.iter().map(|job| first_event(&job.row))).await?;
        if self.request.run_training {
            let rows: Vec<&JobRow> = jobs.iter().map(|job| &job.row).collect();
            outbox::announce(tx, &rows).await?;
        }
        Ok(Committed::Made(jobs.into_iter().map(|job| job.row).collect()))
    }
}

fn first_event(row: &JobRow) -> events::NewEvent<'_> {
    let change = v1::StateChange {
        from: v1::JobState::Unspecified.into(),
        to: convert::state_to_pb(row.job.state).into(),
        phase: convert::phase_to_pb(row.job.phase).into(),
        reason: "submitted".to_owned(),
        ..Default::default()
    };
    events::NewEvent {
        tenant: &row.tenant,
        job: row.id,
        event_no: row.event_no,
        attempt: 0,
        source: None,
        payload: v1::job_event::Payload::State(change),
        time: row.created_at,
    }
}
