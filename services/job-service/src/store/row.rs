//! Rows as the rest of the service sees them: typed, checked when they are read, free of the database library.

use std::collections::BTreeMap;

use domain::{
    id::{JobId, LeaseId, Name},
    job::{Failure, Job, State},
    spec::DatasetRef,
    time::Time,
    value::Object,
};
use messages::{bus, v1};
use uuid::Uuid;

/// Whose rows they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(String);

impl Tenant {
    /// The tenant of this name.
    pub fn new(name: &Name) -> Self {
        Self(name.to_string())
    }

    /// The tenant's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tenant that a row names.
    pub(super) fn from_row(name: String) -> Self {
        Self(name)
    }
}

impl Default for Tenant {
    /// The one tenant there is until callers are authenticated.
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// A job, without its spec.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    /// Whose it is.
    pub tenant: Tenant,
    /// Its id.
    pub id: JobId,
    /// The data source it reads.
    pub dataset_source_id: String,
    /// The pipeline it was submitted for.
    pub pipeline_id: String,
    /// The training node.
    pub node_id: String,
    /// The model.
    pub model_type: String,
    /// Its version within (data source, training node, model).
    pub version: i64,
    /// The caller's labels.
    pub labels: BTreeMap<String, String>,
    /// The caller's notes.
    pub metadata: Object,
    /// Who submitted it.
    pub created_by: String,
    /// What the state machine decides on.
    pub job: Job,
    /// How far the attempt has come.
    pub progress: v1::Progress,
    /// The number, within the lease, of the event that `progress` came with.
    pub progress_seq: i64,
    /// The number of its newest event.
    pub event_no: i64,
    /// How often the current attempt was announced.
    pub dispatch_no: i32,
    /// The reason given with the cancellation.
    pub cancel_reason: String,
    /// When the cancellation was asked for.
    pub cancel_requested_at: Option<Time>,
    /// Metrics and artifact; present once it has succeeded.
    pub result: Option<bus::v1::Success>,
    /// Why it failed; present once it has failed.
    pub failure: Option<Failure>,
    /// When it was submitted.
    pub created_at: Time,
    /// When the first attempt was claimed.
    pub started_at: Option<Time>,
    /// When it reached a terminal state.
    pub finished_at: Option<Time>,
    /// When anything about it last changed.
    pub updated_at: Time,
}

/// A claimed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Its number, from 1.
    pub attempt: i32,
    /// The lease it ran under.
    pub lease: LeaseId,
    /// The trainer.
    pub trainer: String,
    /// When it was claimed.
    pub started_at: Time,
    /// When it ended.
    pub finished_at: Option<Time>,
    /// How it ended, in one word; empty while it runs.
    pub outcome: String,
    /// The child's exit code, where it exited.
    pub exit_code: Option<i32>,
    /// The signal that ended it, where one did.
    pub signal: Option<i32>,
    /// The most memory it held, in bytes; 0 where unknown.
    pub peak_rss_bytes: i64,
    /// The end of what it wrote to standard error.
    pub log_tail: String,
}

/// An entry of a job's history.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// Its number within the job, from 1, without gaps.
    pub event_no: i64,
    /// When it was committed.
    pub time: Time,
    /// The attempt it belongs to.
    pub attempt: i32,
    /// What happened.
    pub payload: v1::job_event::Payload,
}

/// A registered table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetRow {
    /// What was registered.
    pub dataset: DatasetRef,
    /// When.
    pub created_at: Time,
}

/// A message to be published, leased to one relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id.
    pub id: Uuid,
    /// Whose job it announces.
    pub tenant: Tenant,
    /// The job.
    pub job: JobId,
    /// The attempt.
    pub attempt: i32,
    /// How often the attempt has been announced with this.
    pub dispatch_no: i32,
    /// Where to publish it.
    pub subject: String,
    /// Its message id.
    pub msg_id: String,
    /// The message.
    pub payload: Vec<u8>,
    /// How often it was leased, this time included.
    pub tries: i32,
}

/// A queued job that was announced a while ago and not claimed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// Whose job.
    pub tenant: Tenant,
    /// The job.
    pub job: JobId,
    /// The attempt that was announced.
    pub attempt: i32,
    /// How often.
    pub dispatch_no: i32,
    /// The message's number in the stream.
    pub seq: u64,
    /// How often it was looked for before.
    pub checks: i32,
}

/// A message that nobody can make sense of, kept for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Who put it aside.
    pub source: String,
    /// Where it was published.
    pub subject: String,
    /// Its headers, as text.
    pub headers: String,
    /// What it held.
    pub payload: Vec<u8>,
    /// What is wrong with it.
    pub error: String,
}

/// What a list of jobs is sorted by, descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The time of submission.
    #[default]
    Created,
    /// The version; of one version the time of submission.
    Version,
}

/// Which jobs; everything that is set must match.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// The pipeline.
    pub pipeline_id: Option<String>,
    /// The training node.
    pub node_id: Option<String>,
    /// The data source.
    pub dataset_source_id: Option<String>,
    /// Any of these models.
    pub model_types: Vec<String>,
    /// Any of these states.
    pub states: Vec<State>,
    /// All of these labels.
    pub labels: BTreeMap<String, String>,
    /// Submitted at or after.
    pub created_after: Option<Time>,
    /// Submitted before.
    pub created_before: Option<Time>,
}
