//! How long the queues are.

use std::{collections::BTreeMap, time::Duration};

use domain::job::State;

use super::{App, JobRow};
use crate::{
    error::Result,
    store::{self, queues},
};

/// Nobody plans by more jobs ahead than these.
const MOST_AHEAD: u64 = 10_000;

/// One resource class's queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// Jobs that wait.
    pub queued: i64,
    /// Jobs that trainers hold.
    pub running: i64,
    /// How long ago the oldest of those that wait was submitted.
    pub oldest: Option<Duration>,
}

impl App {
    /// The queue of every resource class: of those configured, and of others that still have jobs.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    pub async fn queues(&self) -> Result<BTreeMap<String, Queue>> {
        let classes = self.settings.resource_classes.iter();
        let mut found: BTreeMap<String, Queue> = classes
            .map(|class| (class.to_string(), Queue::default()))
            .collect();
        let reader = self.store.reader();
        let counts = self.store.read(queues::counts(reader)).await?;
        let now = self.store.read(store::now(reader)).await?;
        for (class, state, jobs, oldest) in counts {
            let queue = found.entry(class).or_default();
            match state {
                State::Queued => {
                    queue.queued += jobs;
                    queue.oldest = Some(now.since(oldest));
                }
                State::Running | State::Cancelling => queue.running += jobs,
                State::Created | State::Succeeded | State::Failed | State::Cancelled => {}
            }
        }
        Ok(found)
    }

    /// How many queued jobs of its class were submitted before a queued job, counted up to 10,000.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    pub async fn ahead(&self, row: &JobRow) -> Result<Option<i64>> {
        if row.job.state != State::Queued {
            return Ok(None);
        }
        let counted = queues::ahead(self.store.reader(), row, MOST_AHEAD);
        self.store.read(counted).await.map(Some)
    }
}
