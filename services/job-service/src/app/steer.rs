//! What people do to a job that is there: start it, cancel it.

use domain::id::JobId;

use super::{App, JobRow, Tenant};
use crate::error::Result;

impl App {
    /// Queues a job that was submitted without being run; a job already started stays as it is.
    ///
    /// # Errors
    ///
    /// `JobNotFound`, `Unavailable`, `Contended`.
    pub async fn start(&self, tenant: &Tenant, id: JobId) -> Result<JobRow> {
        todo!()
    }

    /// T10. Cancels a job, or asks its trainer to stop it; a finished job stays as it is.
    ///
    /// # Errors
    ///
    /// `JobNotFound`, `Invalid` for a reason over 500 characters, `Unavailable`, `Contended`.
    pub async fn cancel(&self, tenant: &Tenant, id: JobId, reason: &str) -> Result<JobRow> {
        todo!()
    }
}
