//! How many jobs of a tenant may wait at once. Counting them for every submission would cost more than the
//! submission, so a count is good for a second, and what this process adds meanwhile is added to it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{App, Tenant};
use crate::{
    error::{Error, Result},
    store::queues,
};

/// How long a count is good while there is room.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// How long it is good while there is none: whoever is refused must not make everybody count.
const FULL_FOR: Duration = Duration::from_millis(100);

/// What is known of the queues of all tenants.
#[derive(Debug, Default)]
pub struct Quota {
    tallies: Mutex<HashMap<Tenant, Tally>>,
}

/// What is known of one tenant's queue. Never less than there is of what this process knows of.
#[derive(Debug)]
struct Tally {
    counted: u64,
    at: Instant,
    /// Made by this process since the count began.
    since: u64,
    /// About to be made by it.
    pending: u64,
}

/// Room for some jobs, given back when dropped.
#[derive(Debug)]
pub(super) struct Room<'a> {
    quota: &'a Quota,
    tenant: &'a Tenant,
    jobs: u64,
    used: bool,
}

impl App {
    /// Room for so many more jobs of the tenant.
    ///
    /// # Errors
    ///
    /// `QueueFull`, `Unavailable`.
    pub(super) async fn room<'a>(&'a self, tenant: &'a Tenant, jobs: u64) -> Result<Room<'a>> {
        let limit = self.settings.queued_jobs;
        let quota = &self.quota;
        if let Some(room) = quota.take(tenant, jobs, limit, Instant::now())? {
            return Ok(room);
        }
        let before = quota.tallies().get(tenant).map_or(0, |tally| tally.since);
        let at = Instant::now();
        let counted = queues::waiting(self.store.reader(), tenant);
        let counted = self.store.read(counted).await?;
        quota.counted(tenant, counted, before, at);
        match quota.take(tenant, jobs, limit, at)? {
            Some(room) => Ok(room),
            None => Err(Error::QueueFull { limit }),
        }
    }
}

impl Quota {
    /// Takes room if what is known is fresh; none if it has to be counted again.
    fn take<'a>(
        &'a self,
        tenant: &'a Tenant,
        jobs: u64,
        limit: u64,
        now: Instant,
    ) -> Result<Option<Room<'a>>> {
        let mut tallies = self.tallies();
        let Some(tally) = tallies.get_mut(tenant) else {
            return Ok(None);
        };
        let age = now.saturating_duration_since(tally.at);
        if tally.counted + tally.since + tally.pending + jobs > limit {
            return if age < FULL_FOR {
                Err(Error::QueueFull { limit })
            } else {
                Ok(None)
            };
        }
        if age >= GOOD_FOR {
            return Ok(None);
        }
        tally.pending += jobs;
        Ok(Some(Room {
            quota: self,
            tenant,
            jobs,
            used: false,
        }))
    }

    /// Takes over a count that began at `at`, when `before` had been made since the one before.
    fn counted(&self, tenant: &Tenant, counted: u64, before: u64, at: Instant) {
        let mut tallies = self.tallies();
        let tally = tallies.entry(tenant.clone()).or_insert(Tally {
            counted,
            at,
            since: before,
            pending: 0,
        });
        tally.counted = counted;
        tally.at = at;
        // What was made while it was counted may be in the count as well: better twice than not at all.
        tally.since = tally.since.saturating_sub(before);
    }

    fn tallies(&self) -> MutexGuard<'_, HashMap<Tenant, Tally>> {
        // A panic elsewhere cannot leave the map half-changed.
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room<'_> {
    /// The jobs are made.
    pub(super) fn used(mut self) {
        self.used = true;
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        if let Some(tally) = self.quota.tallies().get_mut(self.tenant) {
            tally.pending = tally.pending.saturating_sub(self.jobs);
            if self.used {
                tally.since += self.jobs;
            }
        }
    }
}
