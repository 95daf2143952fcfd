//! Statements on finished jobs of which something is to go: all of it, their files, their histories.

use domain::{
    id::{JobId, LeaseId},
    job::{State, machine::Fence},
    time::Time,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait,
    FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    codec::corrupt,
    entity::{job_event, training_job},
    row::{JobRow, Tenant},
};
use crate::error::{Error, Result};

/// Where a walk over finished jobs stands: when the last one ended, and its id.
pub(crate) type Place = (Time, JobId);

/// What to do with finished jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chore {
    /// Delete them: kept too long.
    Expire,
    /// Remove the rows of those that were deleted.
    Purge,
    /// Remove the files that attempts have left.
    Sweep,
    /// Shorten their histories.
    Prune,
}

/// A finished job, as far as what is to go concerns.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) tenant: Tenant,
    pub(crate) id: JobId,
    pub(crate) pipeline_id: String,
    pub(crate) version: i64,
    pub(crate) finished_at: Time,
    /// The number of its newest event, the terminal one.
    pub(crate) event_no: i64,
    /// The attempt whose files are its model.
    pub(crate) accepted: Option<Fence>,
    /// Whether it is deleted, and if so whether its model is to go as well.
    pub(crate) deleted: Option<bool>,
    /// The request that made it, if that had an id.
    pub(crate) request_id: Option<String>,
}

/// Deletes a finished job for everyone to see; false if it is deleted already.
pub(crate) async fn delete(
    tx: &DatabaseTransaction,
    row: &JobRow,
    artifacts: bool,
    now: Time,
) -> Result<bool> {
    use training_job::Column as C;

    let change = training_job::ActiveModel {
        deleted_at: Set(Some(now.0)),
        delete_artifacts: Set(artifacts),
        ..Default::default()
    };
    let done = training_job::Entity::update_many()
        .set(change)
        .filter(C::Tenant.eq(row.tenant.as_str()))
        .filter(C::Id.eq(row.id.0))
        .filter(C::DeletedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// At most `limit` jobs that ended at or before `until` and are due for a chore, longest ago first, after `place`.
pub(crate) async fn due(
    conn: &impl ConnectionTrait,
    chore: Chore,
    until: Time,
    place: Option<Place>,
    limit: u64,
) -> Result<Vec<Finished>> {
    use training_job::Column as C;

    // The very conditions of the partial indexes, one for each chore.
    let waiting = match chore {
        Chore::Expire => C::DeletedAt.is_null(),
        Chore::Purge => C::DeletedAt.is_not_null(),
        Chore::Sweep => C::SweptAt.is_null(),
        Chore::Prune => C::PrunedAt.is_null(),
    };
    let mut query = training_job::Entity::find()
        .filter(waiting)
        .filter(C::FinishedAt.lte(until.0));
    if let Some((finished, id)) = place {
        let key = Expr::tuple([Expr::col(C::FinishedAt), Expr::col(C::Id)]);
        query = query.filter(key.gt(Expr::tuple([finished.0.into(), id.0.into()])));
    }
    let query = query.order_by_asc(C::FinishedAt).order_by_asc(C::Id).limit(limit);
    finished(conn, query).await
}

/// A finished job, deleted or not.
pub(crate) async fn find(conn: &impl ConnectionTrait, id: JobId) -> Result<Option<Finished>> {
    use training_job::Column as C;

    let query = training_job::Entity::find()
        .filter(C::Id.eq(id.0))
        .filter(C::FinishedAt.is_not_null());
    Ok(finished(conn, query).await?.pop())
}

/// The columns of a [`Finished`].
#[derive(FromQueryResult)]
struct Columns {
    tenant: String,
    id: Uuid,
    pipeline_id: String,
    version: i64,
    state: String,
    attempt: i32,
    lease_id: Option<Uuid>,
    finished_at: Option<i64>,
    event_no: i64,
    deleted_at: Option<i64>,
    delete_artifacts: bool,
    request_id: Option<String>,
}

async fn finished(conn: &impl ConnectionTrait, query: Select<training_job::Entity>) -> Result<Vec<Finished>> {
    use training_job::Column as C;

    let rows = query
        .select_only()
        .columns([C::Tenant, C::Id, C::PipelineId, C::Version, C::State, C::Attempt])
        .columns([C::LeaseId, C::FinishedAt, C::EventNo, C::DeletedAt])
        .columns([C::DeleteArtifacts, C::RequestId])
        .into_model::<Columns>()
        .all(conn)
        .await?;
    rows.into_iter().map(Finished::try_from).collect()
}

impl TryFrom<Columns> for Finished {
    type Error = Error;

    fn try_from(row: Columns) -> Result<Self> {
        let finished_at = row
            .finished_at
            .ok_or_else(|| corrupt("training_jobs", "finished_at"))?;
        let succeeded = row.state == State::Succeeded.as_str();
        let accepted = row.lease_id.filter(|_| succeeded).map(|lease| Fence {
            attempt: row.attempt,
            lease: LeaseId(lease),
        });
        Ok(Self {
            tenant: Tenant::from_row(row.tenant),
            id: JobId(row.id),
            pipeline_id: row.pipeline_id,
            version: row.version,
            finished_at: Time(finished_at),
            event_no: row.event_no,
            accepted,
            deleted: row.deleted_at.map(|_| row.delete_artifacts),
            request_id: row.request_id,
        })
    }
}

/// Removes a deleted job with all its rows; false if it is gone already, or not deleted.
pub(crate) async fn purge(tx: &DatabaseTransaction, job: &Finished) -> Result<bool> {
    use training_job::Column as C;

    let done = training_job::Entity::delete_many()
        .filter(C::Tenant.eq(job.tenant.as_str()))
        .filter(C::Id.eq(job.id.0))
        .filter(C::DeletedAt.is_not_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Notes that nothing is left of a finished job's other attempts.
pub(crate) async fn set_swept(tx: &DatabaseTransaction, job: &Finished, now: Time) -> Result<()> {
    let change = training_job::ActiveModel {
        swept_at: Set(Some(now.0)),
        ..Default::default()
    };
    set(tx, job, change).await
}

/// Removes a finished job's events but the terminal one, and notes it.
pub(crate) async fn prune(tx: &DatabaseTransaction, job: &Finished, now: Time) -> Result<()> {
    use job_event::Column as C;

    job_event::Entity::delete_many()
        .filter(C::Tenant.eq(job.tenant.as_str()))
        .filter(C::JobId.eq(job.id.0))
        .filter(C::EventNo.lt(job.event_no))
        .exec(tx)
        .await?;
    let change = training_job::ActiveModel {
        pruned_at: Set(Some(now.0)),
        ..Default::default()
    };
    set(tx, job, change).await
}

async fn set(tx: &DatabaseTransaction, job: &Finished, change: training_job::ActiveModel) -> Result<()> {
    training_job::Entity::update_many()
        .set(change)
        .filter(training_job::Column::Tenant.eq(job.tenant.as_str()))
        .filter(training_job::Column::Id.eq(job.id.0))
        .exec(tx)
        .await?;
    Ok(())
}
