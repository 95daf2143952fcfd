//! What is so at the end of a run, asked through the service where it answers, and of database and queue where it does
//! not.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use messages::{route, v1};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};

use super::clients::Clients;
use crate::Client;

/// A job as the service knows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Job {
    /// All of it.
    pub(crate) job: v1::TrainingJob,
    /// Its history.
    pub(crate) events: Vec<v1::JobEvent>,
}

/// What is so.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// Every job there is, by id.
    pub(crate) jobs: BTreeMap<String, Job>,
}

/// Every job that the service lists, with its history.
///
/// # Errors
///
/// What the service answers.
pub(crate) async fn gather(clients: &Clients) -> Result<Facts> {
    let mut facts = Facts::default();
    for job_id in listed(clients).await? {
        let of_job = |client: Client| {
            let job_id = job_id.clone();
            async move {
                let job = client.get(&job_id).await.map_err(status_of)?;
                let events = client.events(&job_id).await.map_err(status_of)?;
                Ok(Job { job, events })
            }
        };
        let answer = clients
            .service
            .call(of_job)
            .await
            .with_context(|| job_id.clone())?;
        facts.jobs.insert(job_id, answer.message);
    }
    Ok(facts)
}

fn status_of(error: anyhow::Error) -> tonic::Status {
    match error.downcast::<tonic::Status>() {
        Ok(status) => status,
        Err(error) => tonic::Status::internal(format!("{error:#}")),
    }
}

async fn listed(clients: &Clients) -> Result<BTreeSet<String>> {
    let (mut found, mut page_token) = (BTreeSet::new(), String::new());
    loop {
        let list = |client: Client| {
            let request = v1::ListTrainingJobsRequest {
                page_size: 500,
                page_token: page_token.clone(),
                ..Default::default()
            };
            async move { client.jobs.clone().list_training_jobs(request).await }
        };
        let page = clients.service.call(list).await?.message.into_inner();
        found.extend(page.jobs.into_iter().map(|job| job.job_id));
        if page.next_page_token.is_empty() {
            return Ok(found);
        }
        page_token = page.next_page_token;
    }
}

/// What is still to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Backlog {
    /// Jobs that have not ended.
    pub(crate) jobs: i64,
    /// Rows of the outbox.
    pub(crate) outbox: i64,
    /// Messages on the work queue.
    pub(crate) queue: u64,
    /// Events that are not applied, or not known to be.
    pub(crate) events: u64,
}

impl Backlog {
    /// Whether nothing is left.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What looks at the backlog.
#[derive(Debug)]
pub(crate) struct Onlooker {
    database: DatabaseConnection,
    nats: async_nats::jetstream::Context,
}

impl Onlooker {
    /// Connects.
    ///
    /// # Errors
    ///
    /// When database or server do not answer.
    pub(crate) async fn connect(database_url: &str, nats_url: &str) -> Result<Self> {
        Ok(Self {
            database: Database::connect(database_url)
                .await
                .context("the database does not answer")?,
            nats: async_nats::jetstream::new(async_nats::connect(nats_url).await?),
        })
    }

    /// Looks.
    ///
    /// # Errors
    ///
    /// When database or server do not answer.
    pub(crate) async fn look(&self) -> Result<Backlog> {
        let jobs =
            "SELECT count(*) FROM training_jobs WHERE state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED')";
        let mut queue = self.nats.get_stream(route::JOBS_STREAM).await?;
        let events = self
            .nats
            .get_consumer_from_stream::<async_nats::jetstream::consumer::pull::Config, _, _>(
                route::APPLIER,
                route::EVENTS_STREAM,
            );
        let mut events = events.await?;
        let applied = events.info().await?;
        Ok(Backlog {
            jobs: self.count(jobs).await?,
            outbox: self.count("SELECT count(*) FROM outbox").await?,
            queue: queue.info().await?.state.messages,
            events: applied.num_pending + applied.num_ack_pending as u64,
        })
    }

    async fn count(&self, sql: &str) -> Result<i64> {
        let statement = Statement::from_string(self.database.get_database_backend(), sql);
        let row = self.database.query_one_raw(statement).await?.context("a count")?;
        Ok(row.try_get_by_index(0)?)
    }
}
