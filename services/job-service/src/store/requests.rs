//! Statements on requests that carry an id.

use domain::{id::JobId, time::Time};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait, TryInsertResult,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::{codec::corrupt, entity::request, row::Tenant};
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
    let ids = model
        .job_ids
        .chunks(16)
        .map(|bytes| Uuid::from_slice(bytes).map(JobId));
    Ok(Some(Earlier {
        jobs: ids
            .collect::<Result<_, _>>()
            .map_err(|_| corrupt("requests", "job_ids"))?,
        rpc: model.rpc,
        payload_sha256: model.payload_sha256,
    }))
}
