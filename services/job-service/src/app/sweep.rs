//! What the sweeper does: ends leases nobody extends, and announces attempts whose announcement was lost.

use super::{App, Undelivered};
use crate::error::Result;

impl App {
    /// T8. Ends at most `limit` leases that have expired; returns how many it ended. Whether this replica may
    /// judge at all (connected for one TTL without a break) is the caller's affair.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn expire_leases(&self, limit: u64) -> Result<usize> {
        todo!()
    }

    /// T9. At most `limit` queued jobs whose announcement should be looked for.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    pub async fn undelivered(&self, limit: u64) -> Result<Vec<Undelivered>> {
        todo!()
    }

    /// T9. The announcement is still stored: look again later, each time after twice as long.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn still_stored(&self, job: &Undelivered) -> Result<()> {
        todo!()
    }

    /// T9. The announcement is proven gone: announce the attempt again under a fresh message id. False if the job
    /// has moved on.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn announce_again(&self, job: &Undelivered) -> Result<bool> {
        todo!()
    }
}
