//! Statements on messages that are yet to be published.

use std::time::Duration;

use domain::{id::Token, time::Time};
use messages::{bus, route};
use prost::Message;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{
    codec::corrupt,
    entity::outbox,
    row::{JobRow, OutboxRow},
};
use crate::error::Result;

/// Puts the announcement of each job's attempt, for the time its row says, into the outbox.
pub(crate) async fn announce(tx: &DatabaseTransaction, rows: &[&JobRow]) -> Result<()> {
    let models = rows.iter().map(|row| {
        let class: Token = row
            .job
            .policy
            .resource_class
            .parse()
            .map_err(|_| corrupt("training_jobs", "policy"))?;
        let message = bus::v1::JobReady {
            job_id: row.id.to_string(),
            attempt: row.job.attempt,
            dispatch_no: row.dispatch_no,
        };
        Ok(outbox::ActiveModel {
            id: Set(Uuid::now_v7()),
            tenant: Set(row.tenant.as_str().to_owned()),
            job_id: Set(row.id.0),
            attempt: Set(row.job.attempt),
            dispatch_no: Set(row.dispatch_no),
            subject: Set(route::job(&class)),
            msg_id: Set(route::dispatch_id(row.id, row.job.attempt, row.dispatch_no)),
            payload: Set(message.encode_to_vec()),
            available_at: Set(row.job.not_before.0),
            tries: Set(0),
            locked_by: Set(None),
            locked_until: Set(None),
        })
    });
    let models: Vec<_> = models.collect::<Result<_>>()?;
    outbox::Entity::insert_many(models)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Withdraws what is not published yet of a job.
pub(crate) async fn withdraw(tx: &DatabaseTransaction, row: &JobRow) -> Result<()> {
    outbox::Entity::delete_many()
        .filter(outbox::Column::Tenant.eq(row.tenant.as_str()))
        .filter(outbox::Column::JobId.eq(row.id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Leases at most `limit` messages that are due to `relay` for `ttl`, oldest first.
pub(crate) async fn lease(
    tx: &DatabaseTransaction,
    relay: &str,
    now: Time,
    ttl: Duration,
    limit: u64,
) -> Result<Vec<OutboxRow>> {
    use outbox::Column as C;

    let free = Condition::any()
        .add(C::LockedUntil.is_null())
        .add(C::LockedUntil.lte(now.0));
    let models = outbox::Entity::find()
        .filter(C::AvailableAt.lte(now.0))
        .filter(free)
        .order_by_asc(C::AvailableAt)
        .order_by_asc(C::Id)
        .limit(limit)
        // On SQLite nothing is skipped, but nobody else writes there until `tx` ends.
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    if models.is_empty() {
        return Ok(Vec::new());
    }
    outbox::Entity::update_many()
        .col_expr(C::LockedBy, Expr::value(relay))
        .col_expr(C::LockedUntil, Expr::value((now + ttl).0))
        .col_expr(C::Tries, Expr::col(C::Tries).add(1))
        .filter(C::Id.is_in(models.iter().map(|model| model.id)))
        .exec(tx)
        .await?;
    let leased = models.into_iter().map(|mut model| {
        model.tries += 1;
        OutboxRow::from(model)
    });
    Ok(leased.collect())
}

/// Deletes a message that `relay` has leased; false if it has not.
pub(crate) async fn delete(tx: &DatabaseTransaction, relay: &str, row: &OutboxRow) -> Result<bool> {
    let done = outbox::Entity::delete_many()
        .filter(outbox::Column::Id.eq(row.id))
        .filter(outbox::Column::LockedBy.eq(relay))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Gives a message back that `relay` has leased, due again at `available_at`.
pub(crate) async fn give_back(
    tx: &DatabaseTransaction,
    relay: &str,
    row: &OutboxRow,
    available_at: Time,
) -> Result<()> {
    let change = outbox::ActiveModel {
        available_at: Set(available_at.0),
        locked_by: Set(None),
        locked_until: Set(None),
        ..Default::default()
    };
    outbox::Entity::update_many()
        .set(change)
        .filter(outbox::Column::Id.eq(row.id))
        .filter(outbox::Column::LockedBy.eq(relay))
        .exec(tx)
        .await?;
    Ok(())
}

/// When the next message is due.
pub(crate) async fn next_due(conn: &impl ConnectionTrait) -> Result<Option<Time>> {
    use outbox::Column as C;

    // A leased message is due once its lease is over; a lease begins only after `available_at`.
    let due = Expr::col(C::LockedUntil).if_null(Expr::col(C::AvailableAt)).min();
    let due = outbox::Entity::find()
        .select_only()
        .expr_as(due, "due")
        .into_tuple::<Option<i64>>()
        .one(conn)
        .await?;
    Ok(due.flatten().map(Time))
}
