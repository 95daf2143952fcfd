//! Deletion. A deleted job is invisible at once; its files go next, and its rows last, so that whatever is
//! interrupted in between is found again by its row.

use domain::id::JobId;
use sea_orm::DatabaseTransaction;

use super::{App, Tenant};
use crate::{
    error::{Error, Result},
    store::{
        self, Transaction, jobs, requests,
        retention::{self, Finished},
    },
};

impl App {
    /// Deletes a finished job; with `artifacts` its model as well. Its version is never given to another.
    ///
    /// # Errors
    ///
    /// `JobNotFound`, `NotTerminal`, `Unavailable`, `Contended`.
    pub async fn delete(&self, tenant: &Tenant, id: JobId, artifacts: bool) -> Result<()> {
        let deletion = Deletion {
            tenant,
            id,
            artifacts,
        };
        self.store.write(&deletion).await?;
        // Whoever deletes a model wants its space now. What does not succeed here is done by the janitor.
        if let Err(error) = self.bury_deleted(id).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(job.id = %id, error, "what is left of a deleted job is removed later");
        }
        Ok(())
    }

    async fn bury_deleted(&self, id: JobId) -> Result<()> {
        let reader = self.store.reader();
        let Some(job) = self.store.read(retention::find(reader, id)).await? else {
            return Ok(());
        };
        let now = self.store.read(store::now(reader)).await?;
        let settled = now.since(job.finished_at) >= self.settings.retention.leftovers;
        self.bury(&job, settled).await
    }

    /// Removes the files of a deleted job; and its rows, once its trainers are `settled`. Before that the row tells
    /// the trainer whose success counted that it did, and the files are looked for once more at the end.
    pub(super) async fn bury(&self, job: &Finished, settled: bool) -> Result<()> {
        let Some(artifacts) = job.deleted else {
            return Ok(());
        };
        self.remove_files(job, !artifacts).await?;
        if settled {
            self.store.write(&Purge { job }).await?;
        }
        Ok(())
    }
}

struct Deletion<'a> {
    tenant: &'a Tenant,
    id: JobId,
    artifacts: bool,
}

impl Transaction for Deletion<'_> {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let row = jobs::lock(tx, Some(self.tenant), self.id).await?;
        let row = row.ok_or(Error::JobNotFound(self.id))?;
        if !row.job.state.is_terminal() {
            return Err(Error::NotTerminal {
                job: self.id,
                state: row.job.state,
            });
        }
        let now = store::now(tx).await?;
        retention::delete(tx, &row, self.artifacts, now).await?;
        Ok(())
    }
}

struct Purge<'a> {
    job: &'a Finished,
}

impl Transaction for Purge<'_> {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let purged = retention::purge(tx, self.job).await?;
        if let Some(request_id) = self.job.request_id.as_ref().filter(|_| purged) {
            let now = store::now(tx).await?;
            requests::set_orphaned(tx, &self.job.tenant, request_id, now).await?;
        }
        Ok(())
    }
}
