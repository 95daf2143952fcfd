//! Statements on the history of jobs.

use domain::{
    id::{JobId, LeaseId},
    job::machine::Fence,
    time::Time,
};
use messages::v1;
use prost::Message;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::{
    entity::job_event,
    row::{EventRow, Tenant},
};
use crate::error::Result;

/// An entry to be made.
pub(crate) struct NewEvent<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) job: JobId,
    pub(crate) event_no: i64,
    pub(crate) attempt: i32,
    /// The lease and the number within it, if a trainer told it.
    pub(crate) source: Option<(LeaseId, i64)>,
    pub(crate) payload: v1::job_event::Payload,
    pub(crate) time: Time,
}

/// Makes entries.
pub(crate) async fn append(
    tx: &DatabaseTransaction,
    events: impl IntoIterator<Item = NewEvent<'_>>,
) -> Result<()> {
    let models = events.into_iter().map(|event| {
        let kind = kind(&event.payload);
        let stored = v1::JobEvent {
            payload: Some(event.payload),
            ..Default::default()
        };
        job_event::ActiveModel {
            tenant: Set(event.tenant.as_str().to_owned()),
            job_id: Set(event.job.0),
            event_no: Set(event.event_no),
            attempt: Set(event.attempt),
            lease_id: Set(event.source.map(|(lease, _)| lease.0)),
            seq: Set(event.source.map(|(_, seq)| seq)),
            kind: Set(kind.to_owned()),
            payload: Set(stored.encode_to_vec()),
            time: Set(event.time.0),
        }
    });
    job_event::Entity::insert_many(models)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

fn kind(payload: &v1::job_event::Payload) -> &'static str {
    use v1::job_event::Payload;

    match payload {
        Payload::Snapshot(_) => "snapshot",
        Payload::State(_) => "state",
        Payload::Progress(_) => "progress",
        Payload::Metric(_) => "metric",
        Payload::Log(_) => "log",
        Payload::Bookmark(_) => "bookmark",
        Payload::Node(_) => "node",
    }
}

/// Whether number `seq` of the lease has been taken.
pub(crate) async fn is_taken(
    tx: &DatabaseTransaction,
    tenant: &Tenant,
    job: JobId,
    fence: Fence,
    seq: i64,
) -> Result<bool> {
    use job_event::Column as C;

    let known = job_event::Entity::find()
        .filter(C::Tenant.eq(tenant.as_str()))
        .filter(C::JobId.eq(job.0))
        .filter(C::Attempt.eq(fence.attempt))
        .filter(C::LeaseId.eq(fence.lease.0))
        .filter(C::Seq.eq(seq))
        .select_only()
        .column(C::EventNo)
        .into_tuple::<i64>()
        .one(tx)
        .await?;
    Ok(known.is_some())
}

/// At most `limit` entries after number `after`, in order.
pub(crate) async fn after(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    job: JobId,
    after: i64,
    limit: u64,
) -> Result<Vec<EventRow>> {
    use job_event::Column as C;

    let models = job_event::Entity::find()
        .filter(C::Tenant.eq(tenant.as_str()))
        .filter(C::JobId.eq(job.0))
        .filter(C::EventNo.gt(after))
        .order_by_asc(C::EventNo)
        .limit(limit)
        .all(conn)
        .await?;
    models.into_iter().map(EventRow::try_from).collect()
}
