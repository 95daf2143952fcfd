//! The relay's side of the outbox: rows are leased, published, and gone once the stream has acknowledged.

use std::time::Duration;

use sea_orm::DatabaseTransaction;

use super::{App, OutboxRow};
use crate::{
    error::{Error, Result},
    store::{self, Transaction, jobs, outbox},
};

impl App {
    /// T2. Leases at most `limit` rows that are due to `relay` (any word unique to the caller) for `ttl`, oldest first.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn lease_outbox(&self, relay: &str, ttl: Duration, limit: u64) -> Result<Vec<OutboxRow>> {
        self.store.write(&Lease { relay, ttl, limit }).await
    }

    /// T2. Deletes a row that was published as message `seq` of the stream's `incarnation`. A row that another
    /// relay has leased meanwhile is its affair: false.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn published(&self, relay: &str, row: &OutboxRow, seq: u64, incarnation: &str) -> Result<bool> {
        let seq = i64::try_from(seq).map_err(|_| Error::Corrupt(format!("stream sequence {seq}")))?;
        let published = Published {
            relay,
            row,
            stored: (seq, incarnation),
            recheck_after: self.settings.recheck_after,
        };
        self.store.write(&published).await
    }

    /// Gives a row back that could not be published, to be tried again after `wait`.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn not_published(&self, relay: &str, row: &OutboxRow, wait: Duration) -> Result<()> {
        self.store.write(&NotPublished { relay, row, wait }).await
    }

    /// How long until the next row is due; none if there is no row.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    pub async fn outbox_due_in(&self) -> Result<Option<Duration>> {
        let reader = self.store.reader();
        let due = self.store.read(outbox::next_due(reader)).await?;
        let now = self.store.read(store::now(reader)).await?;
        Ok(due.map(|due| due.since(now)))
    }
}

struct Lease<'a> {
    relay: &'a str,
    ttl: Duration,
    limit: u64,
}

impl Transaction for Lease<'_> {
    type Output = Vec<OutboxRow>;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<Vec<OutboxRow>> {
        let now = store::now(tx).await?;
        outbox::lease(tx, self.relay, now, self.ttl, self.limit).await
    }
}

struct Published<'a> {
    relay: &'a str,
    row: &'a OutboxRow,
    stored: (i64, &'a str),
    recheck_after: Duration,
}

impl Transaction for Published<'_> {
    type Output = bool;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<bool> {
        let now = store::now(tx).await?;
        let dispatch = jobs::Dispatch {
            tenant: &self.row.tenant,
            job: self.row.job,
            attempt: self.row.attempt,
            dispatch_no: self.row.dispatch_no,
        };
        // The job first, as in every transaction that touches both: the other way round two could deadlock.
        jobs::set_stored(tx, dispatch, Some(self.stored), 0, now + self.recheck_after).await?;
        outbox::delete(tx, self.relay, self.row).await
    }
}

struct NotPublished<'a> {
    relay: &'a str,
    row: &'a OutboxRow,
    wait: Duration,
}

impl Transaction for NotPublished<'_> {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let now = store::now(tx).await?;
        outbox::give_back(tx, self.relay, self.row, now + self.wait).await
    }
}
