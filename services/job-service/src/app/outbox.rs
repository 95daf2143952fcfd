//! The relay's side of the outbox: rows are leased, published, and gone once the stream has acknowledged.

use std::time::Duration;

use super::{App, OutboxRow};
use crate::error::Result;

impl App {
    /// T2. Leases at most `limit` rows that are due to `relay` (any word unique to the caller) for `ttl`, oldest first.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn lease_outbox(&self, relay: &str, ttl: Duration, limit: u64) -> Result<Vec<OutboxRow>> {
        todo!()
    }

    /// T2. Deletes a row that was published as message `seq` of the stream's `incarnation`. A row that another
    /// relay has leased meanwhile is its affair: false.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn published(&self, relay: &str, row: &OutboxRow, seq: u64, incarnation: &str) -> Result<bool> {
        todo!()
    }

    /// Gives a row back that could not be published, to be tried again after `wait`.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn not_published(&self, relay: &str, row: &OutboxRow, wait: Duration) -> Result<()> {
        todo!()
    }

    /// How long until the next row is due; none if there is no row.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    pub async fn outbox_due_in(&self) -> Result<Option<Duration>> {
        todo!()
    }
}
