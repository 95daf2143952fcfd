//! What the sweeper does: ends leases nobody extends, moves jobs on whose deadline has passed, and announces
//! attempts whose announcement was lost.

use std::time::Duration;

use domain::{
    id::JobId,
    job::{State, machine::Event},
};
use sea_orm::DatabaseTransaction;

use super::{
    App, Hint, Tenant, Undelivered,
    transition::{Happening, Outcome},
};
use crate::{
    error::{Error, Result},
    store::{self, Transaction, jobs, outbox},
};

const LONGEST_RECHECK: Duration = Duration::from_secs(600);

impl App {
    /// T8. Ends at most `limit` leases that have expired; returns how many it ended. Whether this replica may
    /// judge at all (connected for one TTL without a break) is the caller's affair.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn expire_leases(&self, limit: u64) -> Result<usize> {
        let reader = self.store.reader();
        let now = self.store.read(store::now(reader)).await?;
        let expired = self.store.read(jobs::expired(reader, now, limit)).await?;
        let mut ended = 0;
        for (tenant, job, fence) in expired {
            ended += usize::from(self.befall(tenant, job, Event::LeaseExpired(fence)).await?);
        }
        Ok(ended)
    }

    /// T11. Moves at most `limit` jobs on whose deadline has passed; returns how many it moved.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn pass_deadlines(&self, limit: u64) -> Result<usize> {
        let reader = self.store.reader();
        let now = self.store.read(store::now(reader)).await?;
        let overdue = self.store.read(jobs::overdue(reader, now, limit)).await?;
        let mut moved = 0;
        for (tenant, job) in overdue {
            moved += usize::from(self.befall(tenant, job, Event::DeadlinePassed).await?);
        }
        Ok(moved)
    }

    /// Lets time do to a job what it does; false if that was not so any more.
    async fn befall(&self, tenant: Tenant, job: JobId, event: Event) -> Result<bool> {
        let mut happening = Happening::new(job, event);
        happening.tenant = Some(tenant);
        match self.happen(happening).await {
            Ok(Outcome::Done(_)) => Ok(true),
            // A trainer, a person or another replica was faster.
            Ok(Outcome::Rejected(..) | Outcome::NotFound) => Ok(false),
            // It concerns this job alone, and must not keep the others waiting.
            Err(error @ (Error::Corrupt(_) | Error::Database(_))) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(job.id = %job, error, "a job's time is over and it cannot be moved on");
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// T9. At most `limit` queued jobs whose announcement should be looked for.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    pub async fn undelivered(&self, limit: u64) -> Result<Vec<Undelivered>> {
        let reader = self.store.reader();
        let now = self.store.read(store::now(reader)).await?;
        self.store.read(jobs::undelivered(reader, now, limit)).await
    }

    /// T9. At most `limit` queued jobs whose announcement lies in another incarnation of the queue than this one.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    pub async fn misplaced(&self, incarnation: &str, limit: u64) -> Result<Vec<Undelivered>> {
        let found = jobs::misplaced(self.store.reader(), incarnation, limit);
        self.store.read(found).await
    }

    /// T9. The announcements are still stored: look again later, for each after twice as long as the last time.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn still_stored(&self, found: Vec<Undelivered>) -> Result<()> {
        let recheck_after = self.settings.recheck_after;
        let found = in_order(found);
        self.store.write(&Postponed { found, recheck_after }).await
    }

    /// T9. The announcements are proven gone: announce the attempts again, each under a fresh message id. Those that
    /// have moved on are left alone; returns the others.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn announce_again(&self, lost: Vec<Undelivered>) -> Result<Vec<Undelivered>> {
        let lost = in_order(lost);
        let announced = self.store.write(&AnnouncedAgain { lost }).await?;
        if !announced.is_empty() {
            self.hint(Hint::Outbox);
        }
        Ok(announced)
    }
}

/// The order in which every transaction on several jobs takes them: otherwise two could deadlock.
fn in_order(mut jobs: Vec<Undelivered>) -> Vec<Undelivered> {
    jobs.sort_by_key(|job| job.job);
    jobs
}

struct Postponed {
    found: Vec<Undelivered>,
    recheck_after: Duration,
}

impl Transaction for Postponed {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let now = store::now(tx).await?;
        for job in &self.found {
            let checks = job.checks.saturating_add(1);
            let doublings = u32::try_from(checks).unwrap_or(0).min(16);
            let wait = self
                .recheck_after
                .saturating_mul(1 << doublings)
                .min(LONGEST_RECHECK);
            jobs::set_stored(tx, dispatch(job), None, checks, now + wait).await?;
        }
        Ok(())
    }
}

fn dispatch(job: &Undelivered) -> jobs::Dispatch<'_> {
    jobs::Dispatch {
        tenant: &job.tenant,
        job: job.job,
        attempt: job.attempt,
        dispatch_no: job.dispatch_no,
    }
}

struct AnnouncedAgain {
    lost: Vec<Undelivered>,
}

impl Transaction for AnnouncedAgain {
    type Output = Vec<Undelivered>;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<Vec<Undelivered>> {
        let mut announced = Vec::new();
        let mut rows = Vec::new();
        for job in &self.lost {
            let mut row = match jobs::lock(tx, Some(&job.tenant), job.job).await {
                Ok(Some(row)) => row,
                Ok(None) => continue,
                // It concerns this job alone.
                Err(error @ Error::Corrupt(_)) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(job.id = %job.job, error, "a job cannot be announced again");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let as_seen = row.job.state == State::Queued
                && row.job.attempt == job.attempt
                && row.dispatch_no == job.dispatch_no;
            if as_seen {
                row.dispatch_no += 1;
                jobs::set_dispatch(tx, &row, row.dispatch_no).await?;
                announced.push(job.clone());
                rows.push(row);
            }
        }
        if !rows.is_empty() {
            outbox::announce(tx, &rows.iter().collect::<Vec<_>>()).await?;
        }
        Ok(announced)
    }
}
