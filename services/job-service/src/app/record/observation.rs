//! What a trainer tells of a running attempt: one more entry of the history, and progress that never falls.

use domain::job::{State, machine};
use messages::{
    convert,
    v1::{self, job_event::Payload},
};
use sea_orm::DatabaseTransaction;

use super::Source;
use crate::{
    app::JobRow,
    error::{Error, Result},
    store::{self, Transaction, events, jobs},
};

/// Only success is 1; an attempt that says so before stops short of it.
const NEARLY_DONE: f64 = 0.999;

/// What was observed, and by whom. The outcome is the number of the event, if it was news.
pub(super) struct Observation {
    pub(super) source: Source,
    pub(super) observed: Payload,
}

impl Transaction for Observation {
    type Output = Option<i64>;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<Option<i64>> {
        let source = &self.source;
        let Some(before) = jobs::lock(tx, None, source.job).await? else {
            return Ok(None);
        };
        let known = events::is_taken(tx, &before.tenant, before.id, source.fence, source.seq);
        if !self.may_speak(&before) || known.await? {
            return Ok(None);
        }
        let mut row = before.clone();
        row.event_no += 1;
        row.updated_at = store::now(tx).await?;
        let payload = match &self.observed {
            Payload::Progress(update) => Payload::Progress(advance(&mut row, update, source.seq)),
            Payload::Snapshot(_)
            | Payload::State(_)
            | Payload::Metric(_)
            | Payload::Log(_)
            | Payload::Bookmark(_)
            | Payload::Node(_) => self.observed.clone(),
        };
        if !jobs::update(tx, &before, &row).await? {
            return Err(Error::Contended(None));
        }
        let event = events::NewEvent {
            tenant: &row.tenant,
            job: row.id,
            event_no: row.event_no,
            attempt: row.job.attempt,
            source: Some((source.fence.lease, source.seq)),
            payload,
            time: row.updated_at,
        };
        events::append(tx, [event]).await?;
        Ok(Some(row.event_no))
    }
}

impl Observation {
    /// Whether the speaker holds the attempt, and the attempt is not over.
    fn may_speak(&self, row: &JobRow) -> bool {
        let holds = machine::holds(&row.job, self.source.fence)
            && row
                .job
                .lease
                .as_ref()
                .is_some_and(|lease| lease.trainer == self.source.trainer);
        match row.job.state {
            State::Running | State::Cancelling => holds,
            State::Created | State::Queued | State::Succeeded | State::Failed | State::Cancelled => false,
        }
    }
}

/// Moves the row's progress on and returns the update as watchers may see it. An update that arrives late neither
/// takes the row back nor shows less than was shown.
fn advance(row: &mut JobRow, update: &v1::ProgressUpdate, seq: i64) -> v1::ProgressUpdate {
    let mut shown = update.clone();
    let mut progress = shown.progress.take().unwrap_or_default();
    let told = if progress.fraction.is_nan() {
        0.0
    } else {
        progress.fraction.min(NEARLY_DONE)
    };
    progress.fraction = told.max(row.progress.fraction);
    if seq > row.progress_seq {
        row.progress_seq = seq;
        row.progress = progress.clone();
        if let Some(phase) = convert::phase_from_pb(update.phase()) {
            row.job.phase = phase;
        }
    }
    shown.phase = convert::phase_to_pb(row.job.phase).into();
    shown.progress = Some(progress);
    shown
}
