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

    /// T9. The announcement is still stored: look again later, each time after twice as long.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn still_stored(&self, job: &Undelivered) -> Result<()> {
        let checks = job.checks.saturating_add(1);
        let doublings = u32::try_from(checks).unwrap_or(0).min(16);
        let wait = self.settings.recheck_after.saturating_mul(1 << doublings);
        let postponed = Postponed {
            job,
            checks,
            wait: wait.min(LONGEST_RECHECK),
        };
        self.store.write(&postponed).await
    }

    /// T9. The announcement is proven gone: announce the attempt again under a fresh message id. False if the job
    /// has moved on.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn announce_again(&self, job: &Undelivered) -> Result<bool> {
        let announced = self.store.write(&AnnouncedAgain { job }).await?;
        if announced {
            self.hint(Hint::Outbox);
        }
        Ok(announced)
    }
}

struct Postponed<'a> {
    job: &'a Undelivered,
    checks: i32,
    wait: Duration,
}

impl Transaction for Postponed<'_> {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let now = store::now(tx).await?;
        let dispatch = jobs::Dispatch {
            tenant: &self.job.tenant,
            job: self.job.job,
            attempt: self.job.attempt,
            dispatch_no: self.job.dispatch_no,
        };
        jobs::set_stored(tx, dispatch, None, self.checks, now + self.wait).await
    }
}

struct AnnouncedAgain<'a> {
    job: &'a Undelivered,
}

impl Transaction for AnnouncedAgain<'_> {
    type Output = bool;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<bool> {
        let Some(mut row) = jobs::lock(tx, Some(&self.job.tenant), self.job.job).await? else {
            return Ok(false);
        };
        let as_seen = row.job.state == State::Queued
            && row.job.attempt == self.job.attempt
            && row.dispatch_no == self.job.dispatch_no;
        if !as_seen {
            return Ok(false);
        }
        row.dispatch_no += 1;
        jobs::set_dispatch(tx, &row, row.dispatch_no).await?;
        outbox::announce(tx, &[&row]).await?;
        Ok(true)
    }
}
