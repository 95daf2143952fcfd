//! Statements on requests that carry an id.

use domain::{id::JobId, time::Time};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    TryInsertResult,
    sea_query::{Expr, LockType, OnConflict},
};
use uuid::Uuid;

use super::{
    codec::corrupt,
    entity::{request, training_job},
    row::Tenant,
};
use crate::error::Result;

/// What an earlier request with the same id was, and made.
pub(crate) struct Earlier {
    pub(crate) rpc: String,
    pub(crate) payload_sha256: Vec<u8>,
    pub(crate) jobs: Vec<JobId>,
}

/// Takes the request id for a request to `rpc`, unless it is taken: false. Whoever else wants it waits until `tx`
/// ends.
pub(crate) async fn take(
    tx: &DatabaseTransaction,
    tenant: &Tenant,
    request_id: &str,
    request: &Earlier,
    now: Time,
) -> Result<bool> {
    let model = request::ActiveModel {
        tenant: Set(tenant.as_str().to_owned()),
        request_id: Set(request_id.to_owned()),
        rpc: Set(request.rpc.clone()),
        payload_sha256: Set(request.payload_sha256.clone()),
        job_ids: Set(request.jobs.iter().flat_map(|id| *id.0.as_bytes()).collect()),
        created_at: Set(now.0),
        orphaned_at: Set(None),
    };
    let taken = request::Entity::insert(model)
        .on_conflict(
            OnConflict::columns([request::Column::Tenant, request::Column::RequestId])
                .do_nothing()
                .to_owned(),
        )
        .try_insert()
        .exec_without_returning(tx)
        .await?;
    Ok(matches!(taken, TryInsertResult::Inserted(count) if count > 0))
}

/// The request that took the id.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<Earlier>> {
    let key = (tenant.as_str().to_owned(), request_id.to_owned());
    let Some(model) = request::Entity::find_by_id(key).one(conn).await? else {
        return Ok(None);
    };
    Ok(Some(Earlier {
        jobs: ids(&model)?,
        rpc: model.rpc,
        payload_sha256: model.payload_sha256,
    }))
}

fn ids(model: &request::Model) -> Result<Vec<JobId>> {
    let ids = model.job_ids.chunks(16);
    let ids = ids.map(|bytes| Uuid::from_slice(bytes).map(JobId));
    ids.collect::<Result<_, _>>()
        .map_err(|_| corrupt("requests", "job_ids"))
}

/// Notes that none of a request's jobs is kept any more, if so. Whoever removes another of its jobs waits until `tx`
/// ends, so that one of them finds itself the last.
pub(crate) async fn set_orphaned(
    tx: &DatabaseTransaction,
    tenant: &Tenant,
    request_id: &str,
    now: Time,
) -> Result<()> {
    use request::Column as C;

    let key = (tenant.as_str().to_owned(), request_id.to_owned());
    let query = request::Entity::find_by_id(key).lock(LockType::Update);
    let Some(model) = query.one(tx).await? else {
        return Ok(());
    };
    let jobs = ids(&model)?;
    let kept = training_job::Entity::find()
        .filter(training_job::Column::Tenant.eq(tenant.as_str()))
        .filter(training_job::Column::Id.is_in(jobs.iter().map(|id| id.0)))
        .count(tx)
        .await?;
    if kept > 0 {
        return Ok(());
    }
    request::Entity::update_many()
        .col_expr(C::OrphanedAt, Expr::value(now.0))
        .filter(C::Tenant.eq(tenant.as_str()))
        .filter(C::RequestId.eq(request_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets the requests of which no job has been kept since `before`; returns how many.
pub(crate) async fn forget(tx: &DatabaseTransaction, before: Time) -> Result<u64> {
    let done = request::Entity::delete_many()
        .filter(request::Column::OrphanedAt.lt(before.0))
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}
