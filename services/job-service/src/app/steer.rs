//! What people do to a job that is there: start it, cancel it.

use domain::{
    id::JobId,
    job::machine::{Event, Rejected},
};

use super::{
    App, JobRow, Tenant,
    transition::{Happening, Outcome},
};
use crate::error::{Error, Result};

const LONGEST_REASON: usize = 500;

impl App {
    /// Queues a job that was submitted without being run; a job already started stays as it is.
    ///
    /// # Errors
    ///
    /// `JobNotFound`, `Unavailable`, `Contended`.
    pub async fn start(&self, tenant: &Tenant, id: JobId) -> Result<JobRow> {
        Ok(self.steer(tenant, id, Event::Start, "").await?.0)
    }

    /// T10. Cancels a job, or asks its trainer to stop it; a finished job stays as it is.
    ///
    /// # Errors
    ///
    /// `JobNotFound`, `Invalid` for a reason over 500 characters, `Unavailable`, `Contended`.
    pub async fn cancel(&self, tenant: &Tenant, id: JobId, reason: &str) -> Result<JobRow> {
        check_reason(reason)?;
        Ok(self.try_cancel(tenant, id, reason).await?.0)
    }

    /// T10, with a reason that was checked; also tells whether anything changed.
    pub(super) async fn try_cancel(
        &self,
        tenant: &Tenant,
        id: JobId,
        reason: &str,
    ) -> Result<(JobRow, bool)> {
        self.steer(tenant, id, Event::Cancel, reason).await
    }

    async fn steer(&self, tenant: &Tenant, id: JobId, event: Event, reason: &str) -> Result<(JobRow, bool)> {
        let mut happening = Happening::new(id, event);
        happening.tenant = Some(tenant.clone());
        happening.told.reason = reason.to_owned();
        match self.happen(happening).await? {
            Outcome::Done(row) => Ok((row, true)),
            Outcome::Rejected(row, Rejected::AlreadyDone | Rejected::Stale | Rejected::TooEarly) => {
                Ok((row, false))
            }
            Outcome::NotFound => Err(Error::JobNotFound(id)),
        }
    }
}

/// Refuses a reason that is too long to keep.
pub(super) fn check_reason(reason: &str) -> Result<()> {
    if reason.chars().count() > LONGEST_REASON || reason.contains('\0') {
        let message = format!("must hold at most {LONGEST_REASON} characters, none of them NUL");
        return Err(Error::invalid("reason", message));
    }
    Ok(())
}
