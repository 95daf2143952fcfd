//! The jobs that one request makes: request, versions, jobs, first events and announcements in one transaction, all
//! or none; and the same jobs again for the same request.

use std::collections::BTreeMap;

use domain::{
    id::JobId,
    job::{Job, Policy},
    time::Time,
    value::Object,
};
use messages::{convert, v1};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{App, Hint, JobRow, Tenant};
use crate::{
    error::{Error, Result},
    store::{
        self, Transaction, events,
        jobs::{self, NewJob},
        outbox, requests, versions,
    },
};

/// A request as it is known again.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestKey<'a> {
    /// What was called.
    pub(super) rpc: &'static str,
    /// The caller's id for it; empty for none.
    pub(super) id: &'a str,
    /// The SHA-256 of everything else in it.
    pub(super) payload_sha256: &'a [u8],
}

/// A job to be made.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) dataset_source_id: String,
    pub(super) pipeline_id: String,
    pub(super) node_id: String,
    pub(super) model_type: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) metadata: Object,
    pub(super) created_by: String,
    pub(super) policy: Policy,
    /// The encoded spec, and its hash.
    pub(super) spec: Vec<u8>,
    pub(super) spec_sha256: Vec<u8>,
}

/// The jobs that a checked request makes.
pub(super) struct Batch<'a> {
    tenant: &'a Tenant,
    key: RequestKey<'a>,
    run: bool,
    members: Vec<(JobId, Draft)>,
}

/// What became of a batch.
#[derive(Debug)]
pub(super) struct Made {
    /// Its jobs, in its order.
    pub(super) jobs: Vec<JobRow>,
    /// Whether this call made them, and not an earlier one of the same request.
    pub(super) created: bool,
}

impl App {
    /// The jobs that the same request made before.
    ///
    /// # Errors
    ///
    /// `RequestIdReused`, `RequestDeleted`, `Unavailable`.
    pub(super) async fn made_before(
        &self,
        tenant: &Tenant,
        key: RequestKey<'_>,
    ) -> Result<Option<Vec<JobRow>>> {
        // An id that no request can have had needs no look; what is wrong with it is told by its checks.
        if key.id.is_empty() || key.id.contains('\0') {
            return Ok(None);
        }
        self.store.read(recall(self.store.reader(), tenant, key)).await
    }

    /// T1. Makes the jobs of a batch, or returns those that the same request made before.
    ///
    /// # Errors
    ///
    /// `RequestIdReused`, `RequestDeleted`, `QueueFull`, `Unavailable`, `Contended`.
    pub(super) async fn make(&self, batch: &Batch<'_>) -> Result<Made> {
        let room = match self.room(batch.tenant, batch.members.len() as u64).await {
            Ok(room) => room,
            // What was made before is never refused; it may have been made while we looked.
            Err(full @ Error::QueueFull { .. }) => {
                let jobs = self.made_before(batch.tenant, batch.key).await?.ok_or(full)?;
                return Ok(Made { jobs, created: false });
            }
            Err(error) => return Err(error),
        };
        let made = self.store.write(batch).await?;
        if made.created {
            room.used();
            for row in &made.jobs {
                self.hint(Hint::Note(row.id));
            }
            if batch.run {
                self.hint(Hint::Outbox);
            }
        }
        Ok(made)
    }
}

/// The jobs of the request with this id, if there was one.
async fn recall(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    key: RequestKey<'_>,
) -> Result<Option<Vec<JobRow>>> {
    let Some(earlier) = requests::find(conn, tenant, key.id).await? else {
        return Ok(None);
    };
    if earlier.rpc != key.rpc || earlier.payload_sha256 != key.payload_sha256 {
        return Err(Error::RequestIdReused(key.id.to_owned()));
    }
    let rows = jobs::find_many(conn, tenant, &earlier.jobs).await?;
    if rows.len() < earlier.jobs.len() {
        return Err(Error::RequestDeleted(key.id.to_owned()));
    }
    Ok(Some(rows))
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        tenant: &'a Tenant,
        key: RequestKey<'a>,
        run: bool,
        drafts: impl IntoIterator<Item = Draft>,
    ) -> Self {
        let member = |draft| (JobId(Uuid::now_v7()), draft);
        Self {
            tenant,
            key,
            run,
            members: drafts.into_iter().map(member).collect(),
        }
    }

    /// What stands under the request's id, if it was not free.
    async fn earlier(&self, tx: &DatabaseTransaction, now: Time) -> Result<Option<Vec<JobRow>>> {
        if self.key.id.is_empty() {
            return Ok(None);
        }
        let ours = requests::Earlier {
            rpc: self.key.rpc.to_owned(),
            payload_sha256: self.key.payload_sha256.to_vec(),
            jobs: self.members.iter().map(|(id, _)| *id).collect(),
        };
        if requests::take(tx, self.tenant, self.key.id, &ours, now).await? {
            return Ok(None);
        }
        // None if it was forgotten this very moment: then it is free, and we try again.
        let theirs = recall(tx, self.tenant, self.key).await?;
        theirs.map(Some).ok_or(Error::Contended(None))
    }

    /// A version for each member, in their order.
    async fn versions(&self, tx: &DatabaseTransaction) -> Result<Vec<i64>> {
        let mut counts: BTreeMap<(&str, &str, &str), i64> = BTreeMap::new();
        for (_, draft) in &self.members {
            *counts.entry(draft.key()).or_default() += 1;
        }
        // In sorted order, so that two batches never wait for each other.
        for (key, count) in &mut counts {
            *count = versions::take(tx, self.tenant, *key, *count).await?;
        }
        let mut next = counts;
        let versions = self.members.iter().map(|(_, draft)| {
            let next = next.entry(draft.key()).or_default();
            let version = *next;
            *next += 1;
            version
        });
        Ok(versions.collect())
    }

    fn row(&self, id: JobId, draft: &Draft, version: i64, now: Time) -> JobRow {
        JobRow {
            tenant: self.tenant.clone(),
            id,
            dataset_source_id: draft.dataset_source_id.clone(),
            pipeline_id: draft.pipeline_id.clone(),
            node_id: draft.node_id.clone(),
            model_type: draft.model_type.clone(),
            version,
            labels: draft.labels.clone(),
            metadata: draft.metadata.clone(),
            created_by: draft.created_by.clone(),
            job: Job::submitted(draft.policy.clone(), self.run, now),
            progress: v1::Progress::default(),
            progress_seq: 0,
            event_no: 1,
            dispatch_no: i32::from(self.run),
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

impl Draft {
    /// What its version counts within.
    fn key(&self) -> (&str, &str, &str) {
        (&self.dataset_source_id, &self.node_id, &self.model_type)
    }
}

impl Transaction for Batch<'_> {
    type Output = Made;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<Made> {
        let now = store::now(tx).await?;
        if let Some(jobs) = self.earlier(tx, now).await? {
            return Ok(Made { jobs, created: false });
        }
        let versions = self.versions(tx).await?;
        // Read again: the time a request waited for the counters must not make it older than those before it.
        let now = store::now(tx).await?;
        let jobs: Vec<NewJob> = std::iter::zip(&self.members, versions)
            .map(|((id, draft), version)| NewJob {
                row: self.row(*id, draft, version, now),
                request_id: (!self.key.id.is_empty()).then(|| self.key.id.to_owned()),
                spec: draft.spec.clone(),
                spec_sha256: draft.spec_sha256.clone(),
            })
            .collect();
        jobs::insert(tx, &jobs).await?;
        events::append(tx, jobs.iter().map(|job| first_event(&job.row))).await?;
        if self.run {
            let rows: Vec<&JobRow> = jobs.iter().map(|job| &job.row).collect();
            outbox::announce(tx, &rows).await?;
        }
        Ok(Made {
            jobs: jobs.into_iter().map(|job| job.row).collect(),
            created: true,
        })
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
