//! Statements on jobs, their specs and their labels.

use domain::{
    id::{JobId, LeaseId},
    job::{State, machine::Fence},
    time::Time,
};
use messages::v1;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::LockType,
};
use uuid::Uuid;

use super::{
    codec,
    entity::{job_label, job_spec, training_job},
    row::{JobRow, Tenant, Undelivered},
};
use crate::error::Result;

/// A job of this tenant.
pub(crate) async fn find(conn: &impl ConnectionTrait, tenant: &Tenant, id: JobId) -> Result<Option<JobRow>> {
    let key = (tenant.as_str().to_owned(), id.0);
    let model = training_job::Entity::find_by_id(key)
        .filter(training_job::Column::DeletedAt.is_null())
        .one(conn)
        .await?;
    model.map(JobRow::try_from).transpose()
}

/// A job by its id alone, as trainers name it: a deleted one as well, for as long as they may ask after it.
pub(crate) async fn find_any(conn: &impl ConnectionTrait, id: JobId) -> Result<Option<JobRow>> {
    let query = training_job::Entity::find().filter(training_job::Column::Id.eq(id.0));
    query.one(conn).await?.map(JobRow::try_from).transpose()
}

/// A job by its id that nobody else changes until `tx` ends. Of this tenant, if one is named, and then none that is
/// deleted; trainers name none, and may still ask after those.
pub(crate) async fn lock(
    tx: &DatabaseTransaction,
    tenant: Option<&Tenant>,
    id: JobId,
) -> Result<Option<JobRow>> {
    let mut query = training_job::Entity::find().filter(training_job::Column::Id.eq(id.0));
    if let Some(tenant) = tenant {
        query = query
            .filter(training_job::Column::Tenant.eq(tenant.as_str()))
            .filter(training_job::Column::DeletedAt.is_null());
    }
    let model = query.lock(LockType::Update).one(tx).await?;
    model.map(JobRow::try_from).transpose()
}

/// The jobs with these ids, in their order; ids of no job of this tenant and of deleted ones are left out.
pub(crate) async fn find_many(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    ids: &[JobId],
) -> Result<Vec<JobRow>> {
    let models = training_job::Entity::find()
        .filter(training_job::Column::Tenant.eq(tenant.as_str()))
        .filter(training_job::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .filter(training_job::Column::DeletedAt.is_null())
        .all(conn)
        .await?;
    let mut rows: Vec<JobRow> = models.into_iter().map(JobRow::try_from).collect::<Result<_>>()?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    Ok(rows)
}

/// A new job's row, the id of its request if that has one, its encoded spec and the hash of that.
pub(crate) struct NewJob {
    pub(crate) row: JobRow,
    pub(crate) request_id: Option<String>,
    pub(crate) spec: Vec<u8>,
    pub(crate) spec_sha256: Vec<u8>,
}

/// Inserts jobs with their specs and labels.
pub(crate) async fn insert(tx: &DatabaseTransaction, jobs: &[NewJob]) -> Result<()> {
    let rows = jobs.iter().map(|job| {
        let mut model = training_job::Model::from(&job.row);
        model.request_id.clone_from(&job.request_id);
        model.into_active_model()
    });
    training_job::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    let specs = jobs.iter().map(|job| job_spec::ActiveModel {
        tenant: Set(job.row.tenant.as_str().to_owned()),
        job_id: Set(job.row.id.0),
        spec: Set(job.spec.clone()),
        spec_sha256: Set(job.spec_sha256.clone()),
    });
    job_spec::Entity::insert_many(specs)
        .exec_without_returning(tx)
        .await?;
    let labels: Vec<_> = jobs.iter().flat_map(|job| labels(&job.row)).collect();
    if !labels.is_empty() {
        job_label::Entity::insert_many(labels)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn labels(row: &JobRow) -> impl Iterator<Item = job_label::ActiveModel> {
    row.labels.iter().map(|(name, value)| job_label::ActiveModel {
        tenant: Set(row.tenant.as_str().to_owned()),
        job_id: Set(row.id.0),
        name: Set(name.clone()),
        value: Set(value.clone()),
        created_at: Set(row.created_at.0),
    })
}

/// What a job trains.
pub(crate) async fn spec(conn: &impl ConnectionTrait, row: &JobRow) -> Result<v1::TrainingSpec> {
    let key = (row.tenant.as_str().to_owned(), row.id.0);
    let model = job_spec::Entity::find_by_id(key).one(conn).await?;
    let model = model.ok_or_else(|| codec::corrupt("job_specs", "job_id"))?;
    codec::decode("job_specs", "spec", &model.spec)
}

/// Writes what `after` changes in `before`, if the row is still what the decision was made on; false if not.
/// Keys and dispatch columns are left as they are.
pub(crate) async fn update(tx: &DatabaseTransaction, before: &JobRow, after: &JobRow) -> Result<bool> {
    use training_job::Column as C;

    let model = training_job::Model::from(after);
    let change = training_job::ActiveModel {
        state: Set(model.state),
        phase: Set(model.phase),
        attempt: Set(model.attempt),
        failures: Set(model.failures),
        oom_failures: Set(model.oom_failures),
        not_before: Set(model.not_before),
        lease_id: Set(model.lease_id),
        lease_trainer: Set(model.lease_trainer),
        lease_expires_at: Set(model.lease_expires_at),
        stop_reason: Set(model.stop_reason),
        deadline_at: Set(model.deadline_at),
        total_deadline_at: Set(model.total_deadline_at),
        progress: Set(model.progress),
        progress_seq: Set(model.progress_seq),
        event_no: Set(model.event_no),
        cancel_requested_at: Set(model.cancel_requested_at),
        cancel_reason: Set(model.cancel_reason),
        result: Set(model.result),
        artifact_uri: Set(model.artifact_uri),
        artifact_sha256: Set(model.artifact_sha256),
        artifact_bytes: Set(model.artifact_bytes),
        failure_kind: Set(model.failure_kind),
        failure_code: Set(model.failure_code),
        failure_message: Set(model.failure_message),
        failure_node_id: Set(model.failure_node_id),
        started_at: Set(model.started_at),
        finished_at: Set(model.finished_at),
        updated_at: Set(model.updated_at),
        ..Default::default()
    };
    // When the lease ends is the one thing a decision reads that changes without an event: an expiry must not end a
    // lease that a beat has revived, and a cancellation must not take back what a beat has extended.
    let lease = match &before.job.lease {
        Some(lease) => C::LeaseId
            .eq(lease.id.0)
            .and(C::LeaseExpiresAt.eq(lease.expires_at.0)),
        None => C::LeaseId.is_null(),
    };
    let done = training_job::Entity::update_many()
        .set(change)
        .filter(C::Tenant.eq(before.tenant.as_str()))
        .filter(C::Id.eq(before.id.0))
        .filter(C::State.eq(before.job.state.as_str()))
        .filter(C::Attempt.eq(before.job.attempt))
        .filter(lease)
        .filter(C::EventNo.eq(before.event_no))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Notes that the attempt is announced for the `dispatch_no`-th time, and that nothing is known of the message yet.
pub(crate) async fn set_dispatch(tx: &DatabaseTransaction, row: &JobRow, dispatch_no: i32) -> Result<()> {
    let change = training_job::ActiveModel {
        dispatch_no: Set(dispatch_no),
        dispatch_seq: Set(None),
        dispatch_incarnation: Set(None),
        requeue_check_at: Set(None),
        requeue_checks: Set(0),
        ..Default::default()
    };
    training_job::Entity::update_many()
        .set(change)
        .filter(training_job::Column::Tenant.eq(row.tenant.as_str()))
        .filter(training_job::Column::Id.eq(row.id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// An announcement: job, attempt, and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dispatch<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) job: JobId,
    pub(crate) attempt: i32,
    pub(crate) dispatch_no: i32,
}

/// Notes where the message of an announcement is stored, or how often it was looked for, unless the job has moved
/// on to another attempt or announcement. `stored` stays as it is if none is given.
pub(crate) async fn set_stored(
    tx: &DatabaseTransaction,
    dispatch: Dispatch<'_>,
    stored: Option<(i64, &str)>,
    checks: i32,
    check_at: Time,
) -> Result<()> {
    use training_job::Column as C;

    let mut change = training_job::ActiveModel {
        requeue_check_at: Set(Some(check_at.0)),
        requeue_checks: Set(checks),
        ..Default::default()
    };
    if let Some((seq, incarnation)) = stored {
        change.dispatch_seq = Set(Some(seq));
        change.dispatch_incarnation = Set(Some(incarnation.to_owned()));
    }
    training_job::Entity::update_many()
        .set(change)
        .filter(C::Tenant.eq(dispatch.tenant.as_str()))
        .filter(C::Id.eq(dispatch.job.0))
        .filter(C::Attempt.eq(dispatch.attempt))
        .filter(C::DispatchNo.eq(dispatch.dispatch_no))
        .exec(tx)
        .await?;
    Ok(())
}

/// Jobs whose lease ended at or before `now`, longest ago first, with the fence that ended.
pub(crate) async fn expired(
    conn: &impl ConnectionTrait,
    now: Time,
    limit: u64,
) -> Result<Vec<(Tenant, JobId, Fence)>> {
    use training_job::Column as C;

    let held = [State::Running, State::Cancelling].map(State::as_str);
    // No more than is needed: a row that cannot be read back must not hide those that can.
    let rows = training_job::Entity::find()
        .filter(C::State.is_in(held))
        .filter(C::LeaseExpiresAt.lte(now.0))
        .order_by_asc(C::LeaseExpiresAt)
        .limit(limit)
        .select_only()
        .columns([C::Tenant, C::Id, C::Attempt, C::LeaseId])
        .into_tuple::<(String, Uuid, i32, Option<Uuid>)>()
        .all(conn)
        .await?;
    let expired = rows.into_iter().filter_map(|(tenant, id, attempt, lease)| {
        let lease = LeaseId(lease?);
        Some((Tenant::from_row(tenant), JobId(id), Fence { attempt, lease }))
    });
    Ok(expired.collect())
}

/// Jobs whose deadline is at or before `now`, longest ago first.
pub(crate) async fn overdue(
    conn: &impl ConnectionTrait,
    now: Time,
    limit: u64,
) -> Result<Vec<(Tenant, JobId)>> {
    use training_job::Column as C;

    let rows = training_job::Entity::find()
        .filter(C::DeadlineAt.lte(now.0))
        .order_by_asc(C::DeadlineAt)
        .limit(limit)
        .select_only()
        .columns([C::Tenant, C::Id])
        .into_tuple::<(String, Uuid)>()
        .all(conn)
        .await?;
    let overdue = rows
        .into_iter()
        .map(|(tenant, id)| (Tenant::from_row(tenant), JobId(id)));
    Ok(overdue.collect())
}

/// Queued jobs that were announced, may be claimed, and are due to be looked for at `now`.
pub(crate) async fn undelivered(
    conn: &impl ConnectionTrait,
    now: Time,
    limit: u64,
) -> Result<Vec<Undelivered>> {
    use training_job::Column as C;

    // A check is due only once the relay has stored where the message lies, hence after its outbox row was deleted.
    let due = training_job::Entity::find()
        .filter(C::RequeueCheckAt.lte(now.0))
        .filter(C::NotBefore.lte(now.0))
        .order_by_asc(C::RequeueCheckAt);
    announced(conn, due, limit).await
}

/// Queued jobs whose message was stored in another incarnation of the stream.
pub(crate) async fn misplaced(
    conn: &impl ConnectionTrait,
    incarnation: &str,
    limit: u64,
) -> Result<Vec<Undelivered>> {
    use training_job::Column as C;

    // Two ranges of an index, both of them empty as long as nothing was lost.
    let elsewhere = Condition::any()
        .add(C::DispatchIncarnation.lt(incarnation))
        .add(C::DispatchIncarnation.gt(incarnation));
    announced(conn, training_job::Entity::find().filter(elsewhere), limit).await
}

async fn announced(
    conn: &impl ConnectionTrait,
    which: Select<training_job::Entity>,
    limit: u64,
) -> Result<Vec<Undelivered>> {
    use training_job::Column as C;

    // No more than is needed: a row that cannot be read back must not hide those that can.
    let rows = which
        .filter(C::State.eq(State::Queued.as_str()))
        .filter(C::DispatchSeq.is_not_null())
        .limit(limit)
        .select_only()
        .columns([
            C::Tenant,
            C::Id,
            C::Attempt,
            C::DispatchNo,
            C::DispatchSeq,
            C::RequeueChecks,
        ])
        .into_tuple::<(String, Uuid, i32, i32, i64, i32)>()
        .all(conn)
        .await?;
    let announced = rows
        .into_iter()
        .map(|(tenant, id, attempt, dispatch_no, seq, checks)| Undelivered {
            tenant: Tenant::from_row(tenant),
            job: JobId(id),
            attempt,
            dispatch_no,
            seq: u64::try_from(seq).unwrap_or(0),
            checks,
        });
    Ok(announced.collect())
}
