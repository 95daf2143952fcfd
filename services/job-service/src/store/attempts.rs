//! Statements on claimed attempts.

use domain::{
    job::{Lease, machine::Fence},
    time::Time,
};
use messages::bus;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};

use super::{
    entity::job_attempt,
    row::{AttemptRow, JobRow},
};
use crate::error::Result;

/// Notes that the job's attempt was claimed.
pub(crate) async fn open(tx: &DatabaseTransaction, row: &JobRow, lease: &Lease, now: Time) -> Result<()> {
    let model = job_attempt::ActiveModel {
        tenant: Set(row.tenant.as_str().to_owned()),
        job_id: Set(row.id.0),
        attempt: Set(row.job.attempt),
        lease_id: Set(lease.id.0),
        trainer: Set(lease.trainer.to_string()),
        started_at: Set(now.0),
        finished_at: Set(None),
        outcome: Set(String::new()),
        exit_code: Set(None),
        signal: Set(None),
        peak_rss_bytes: Set(0),
        log_tail: Set(String::new()),
    };
    job_attempt::Entity::insert(model)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Notes how an attempt ended, with what its trainer knows of the process.
pub(crate) async fn close(
    tx: &DatabaseTransaction,
    row: &JobRow,
    fence: Fence,
    outcome: &str,
    report: Option<&bus::v1::TerminalReport>,
    now: Time,
) -> Result<()> {
    use job_attempt::Column as C;

    let mut change = job_attempt::ActiveModel {
        finished_at: Set(Some(now.0)),
        outcome: Set(outcome.to_owned()),
        ..Default::default()
    };
    if let Some(report) = report {
        change.exit_code = Set(report.exit_code);
        change.signal = Set(report.signal);
        change.peak_rss_bytes = Set(report.peak_rss_bytes);
        change.log_tail = Set(report.log_tail.clone());
    }
    job_attempt::Entity::update_many()
        .set(change)
        .filter(C::Tenant.eq(row.tenant.as_str()))
        .filter(C::JobId.eq(row.id.0))
        .filter(C::Attempt.eq(fence.attempt))
        .filter(C::LeaseId.eq(fence.lease.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// A job's claimed attempts, oldest first.
pub(crate) async fn list(conn: &impl ConnectionTrait, row: &JobRow) -> Result<Vec<AttemptRow>> {
    let models = job_attempt::Entity::find()
        .filter(job_attempt::Column::Tenant.eq(row.tenant.as_str()))
        .filter(job_attempt::Column::JobId.eq(row.id.0))
        .order_by_asc(job_attempt::Column::Attempt)
        .all(conn)
        .await?;
    Ok(models.into_iter().map(AttemptRow::from).collect())
}
