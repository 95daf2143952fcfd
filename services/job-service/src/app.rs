//! The use cases: what clients, trainers and the service's own loops ask of jobs. They read, let `domain` decide
//! and commit; they know neither gRPC nor NATS, so every carrier shares one meaning of each word.

mod artifact;
mod batch;
mod cancel_many;
mod claim;
mod datasets;
mod delete;
mod download;
mod outbox;
mod page;
mod query;
mod queues;
mod quota;
mod record;
mod retry;
mod steer;
mod submit;
mod sweep;
mod tidy;
mod transition;

use std::{collections::BTreeSet, time::Duration};

use domain::{
    catalog::Catalog,
    id::{JobId, Token},
    job::{Policy, machine::Fence},
};
use storage::{ArtifactRoot, Roots};
use tokio::sync::mpsc;

pub use crate::store::{
    AttemptRow, DatasetRow, DeadLetter, EventRow, Filter, JobRow, Order, OutboxRow, Store, Tenant,
    Undelivered,
};
pub use cancel_many::{CancelOutcome, CancelResult, CancelledMany, Chosen};
pub use claim::{Beat, ClaimOutcome, ClaimRequest, Released};
pub use download::Download;
pub use page::{Page, PageRequest};
pub use query::{History, JobDetails};
pub use queues::Queue;
pub use quota::Quota;
pub use record::Recorded;
pub use retry::{Retried, RetryRequest};
pub use submit::{SubmitRequest, Submitted};
pub use tidy::{Retention, Tidied};

/// Everything the use cases need.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// What can be trained, and with what.
    pub catalog: Catalog,
    /// What is configured.
    pub settings: Settings,
    /// What is known of how many jobs wait.
    pub quota: Quota,
    /// Where hints go after each commit.
    pub hints: mpsc::Sender<Hint>,
}

/// What is configured of the use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a lease lasts without a beat.
    pub lease_ttl: Duration,
    /// How often a trainer is told to beat.
    pub beat_interval: Duration,
    /// How long a published message is trusted before the first look whether it is still stored.
    pub recheck_after: Duration,
    /// The limits of a job whose submission names none.
    pub policy: Policy,
    /// The pools of trainers there are.
    pub resource_classes: BTreeSet<Token>,
    /// The directories data may be read from.
    pub data_roots: Roots,
    /// Where models lie: a directory, or a prefix of an object store.
    pub artifact_root: ArtifactRoot,
    /// How long things are kept.
    pub retention: Retention,
    /// How many jobs of a tenant may wait at once.
    pub queued_jobs: u64,
}

/// Something that was just committed. Hints save waiting and may be lost: whoever misses one finds out by polling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Something about the job: wake its watchers.
    Note(JobId),
    /// The job is to be stopped: tell the trainer that holds it.
    Cancel {
        /// The trainer.
        trainer: Token,
        /// The job.
        job: JobId,
        /// The attempt and the lease it holds.
        fence: Fence,
    },
    /// An outbox row: wake the relay.
    Outbox,
}

impl App {
    /// Passes a hint on, unless its reader is behind.
    fn hint(&self, hint: Hint) {
        // A full channel means that the reader is at work and will poll anyway.
        let _ = self.hints.try_send(hint);
    }
}
