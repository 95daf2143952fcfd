//! What the janitor does: deletes jobs that were kept long enough, and removes what nobody needs any more of those
//! that are deleted or have ended. Every step can be done twice, by two replicas or after a crash, to no effect.

use std::time::Duration;

use domain::time::Time;
use sea_orm::DatabaseTransaction;

use super::App;
use crate::{
    error::{Error, Result},
    store::{
        self, Transaction, requests,
        retention::{self, Chore, Finished},
    },
};

/// Jobs for one look.
const BATCH: u64 = 100;

/// How long things are kept.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Finished jobs; for ever if none is given.
    pub jobs: Option<Duration>,
    /// Whether the models of jobs kept long enough are deleted with them.
    pub artifacts: bool,
    /// The events of finished jobs, but for the terminal one; as long as the job if none is given.
    pub events: Option<Duration>,
    /// The files that attempts other than the accepted one have left, counted from the end of the job.
    pub leftovers: Duration,
    /// The ids of requests whose jobs are deleted.
    pub requests: Duration,
}

/// What one round of tidying did.
#[derive(Debug, Default)]
pub struct Tidied {
    /// Jobs deleted because they were kept long enough.
    pub expired: usize,
    /// Deleted jobs of which nothing is left.
    pub purged: usize,
    /// Finished jobs whose leftovers are removed.
    pub swept: usize,
    /// Finished jobs whose histories are shortened.
    pub pruned: usize,
    /// Requests forgotten.
    pub forgotten: u64,
    /// The first thing that could not be done for now, and will be tried again.
    pub failed: Option<Error>,
}

impl App {
    /// Does all that is due, job by job: one of which the files cannot be removed keeps no other waiting.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn tidy(&self) -> Result<Tidied> {
        let retention = &self.settings.retention;
        let mut tidied = Tidied::default();
        if let Some(kept) = retention.jobs {
            tidied.expired = self.each(Chore::Expire, kept, &mut tidied.failed).await?;
        }
        let leftovers = retention.leftovers;
        tidied.purged = self.each(Chore::Purge, leftovers, &mut tidied.failed).await?;
        tidied.swept = self.each(Chore::Sweep, leftovers, &mut tidied.failed).await?;
        if let Some(kept) = retention.events {
            tidied.pruned = self.each(Chore::Prune, kept, &mut tidied.failed).await?;
        }
        let before = self.ago(retention.requests).await?;
        tidied.forgotten = self.store.write(&Forgetting { before }).await?;
        Ok(tidied)
    }

    /// Does a chore for every job that ended at least `age` ago and is due for it; returns for how many.
    async fn each(&self, chore: Chore, age: Duration, failed: &mut Option<Error>) -> Result<usize> {
        let until = self.ago(age).await?;
        let (mut done, mut place) = (0, None);
        loop {
            let reader = self.store.reader();
            let found = retention::due(reader, chore, until, place, BATCH);
            let jobs = self.store.read(found).await?;
            let Some(last) = jobs.last() else {
                return Ok(done);
            };
            place = Some((last.finished_at, last.id));
            for job in &jobs {
                match self.chore(chore, job).await {
                    Ok(()) => done += 1,
                    Err(error @ (Error::Unavailable(_) | Error::Contended(_))) => return Err(error),
                    Err(error) => _ = failed.get_or_insert(error),
                }
            }
        }
    }

    async fn chore(&self, chore: Chore, job: &Finished) -> Result<()> {
        match chore {
            Chore::Expire => {
                let artifacts = self.settings.retention.artifacts;
                match self.delete(&job.tenant, job.id, artifacts).await {
                    // Somebody else was faster.
                    Ok(()) | Err(Error::JobNotFound(_)) => Ok(()),
                    Err(error) => Err(error),
                }
            }
            Chore::Purge => self.bury(job, true).await,
            Chore::Sweep => {
                self.remove_files(job, true).await?;
                self.store.write(&Swept { job }).await
            }
            Chore::Prune => self.store.write(&Pruned { job }).await,
        }
    }

    /// The time that long ago.
    async fn ago(&self, age: Duration) -> Result<Time> {
        let now = self.store.read(store::now(self.store.reader())).await?;
        let micros = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
        Ok(Time(now.0.saturating_sub(micros)))
    }
}

struct Swept<'a> {
    job: &'a Finished,
}

impl Transaction for Swept<'_> {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let now = store::now(tx).await?;
        retention::set_swept(tx, self.job, now).await
    }
}

struct Pruned<'a> {
    job: &'a Finished,
}

impl Transaction for Pruned<'_> {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let now = store::now(tx).await?;
        retention::prune(tx, self.job, now).await
    }
}

struct Forgetting {
    before: Time,
}

impl Transaction for Forgetting {
    type Output = u64;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<u64> {
        requests::forget(tx, self.before).await
    }
}
