//! One event of one job's life, from the decision to the commit. Every change of state goes through here, so there
//! is one place where the row, the history, the attempts and the outbox are kept in step.

use domain::{
    id::{JobId, LeaseId, Token},
    job::{
        State,
        machine::{self, Action, Change, Context, Event, Fence, Rejected},
    },
    time::Time,
};
use futures::future::join_all;
use messages::{bus, convert, v1};
use sea_orm::{DatabaseTransaction, DbErr};

use super::{App, Hint, JobRow, Tenant};
use crate::{
    error::{Error, Result},
    store::{self, Together, Transaction, attempts, events, jobs, outbox},
};

/// What happened to which job.
#[derive(Debug)]
pub(super) struct Happening {
    /// Whose job it must be; trainers and the sweeper do not say.
    pub(super) tenant: Option<Tenant>,
    pub(super) job: JobId,
    pub(super) event: Event,
    pub(super) told: Told,
}

/// What came with the event.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The trainer that says so; it must be the one that holds the lease.
    pub(super) trainer: Option<Token>,
    /// The event's number within the lease.
    pub(super) seq: Option<i64>,
    /// The report of the attempt's end.
    pub(super) report: Option<bus::v1::TerminalReport>,
    /// Why a person asks to cancel.
    pub(super) reason: String,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is committed; the job as it is now.
    Done(JobRow),
    /// It changed nothing; the job as it was.
    Rejected(JobRow, Rejected),
    /// There is no such job.
    NotFound,
}

impl App {
    /// Decides, commits, and tells those who wait.
    pub(super) async fn happen(&self, happening: Happening) -> Result<Outcome> {
        let (outcome, hints) = self.store.write(&happening).await?;
        for hint in hints {
            self.hint(hint);
        }
        Ok(outcome)
    }

    /// The same for several, in one commit; they must be in the order of their jobs, so that two replicas do not wait
    /// for each other's rows. Where one of them cannot be judged the others are judged by themselves.
    pub(super) async fn happen_together(&self, happenings: &[Happening]) -> Vec<Result<Outcome>> {
        let written = match self.store.write(&Together(happenings)).await {
            Ok(written) => written.into_iter().map(Ok).collect(),
            // None of them could be judged alone either.
            Err(Error::Unavailable(error)) => {
                let away = || Err(Error::Unavailable(DbErr::Custom(error.to_string())));
                happenings.iter().map(|_| away()).collect()
            }
            Err(_) => {
                let alone = happenings.iter().map(|happening| self.store.write(happening));
                join_all(alone).await
            }
        };
        let tell = |(outcome, hints): (Outcome, Vec<Hint>)| {
            for hint in hints {
                self.hint(hint);
            }
            outcome
        };
        written.into_iter().map(|written| written.map(tell)).collect()
    }
}

impl Happening {
    pub(super) fn new(job: JobId, event: Event) -> Self {
        Self {
            tenant: None,
            job,
            event,
            told: Told::default(),
        }
    }

    /// Whether someone speaks of a lease who does not hold it.
    fn is_impostor(&self, row: &JobRow) -> bool {
        let holder = row.job.lease.as_ref().map(|lease| &lease.trainer);
        match (&self.told.trainer, holder) {
            (Some(speaker), Some(holder)) => speaker != holder,
            (Some(_), None) | (None, _) => false,
        }
    }

    /// The row after the transition.
    fn after(&self, before: &JobRow, transition: &machine::Transition, now: Time) -> JobRow {
        let mut row = before.clone();
        row.job = transition.job.clone();
        row.updated_at = now;
        let Some(change) = &transition.change else {
            return row;
        };
        row.event_no += 1;
        if transition.actions.contains(&Action::OpenAttempt) || row.job.attempt != before.job.attempt {
            row.progress = v1::Progress::default();
            row.progress_seq = 0;
        }
        if transition.actions.contains(&Action::OpenAttempt) {
            row.started_at.get_or_insert(now);
        }
        if transition.actions.contains(&Action::Announce) {
            row.dispatch_no = 1;
        }
        if self.event == Event::Cancel {
            row.cancel_requested_at = Some(now);
            row.cancel_reason.clone_from(&self.told.reason);
        }
        if change.to.is_terminal() {
            row.finished_at = Some(now);
        }
        if change.to == State::Failed {
            row.failure.clone_from(&change.failure);
        }
        if change.to == State::Succeeded {
            row.progress.fraction = 1.0;
            row.result = self.success().cloned();
        }
        row
    }

    fn success(&self) -> Option<&bus::v1::Success> {
        match self.told.report.as_ref()?.outcome.as_ref()? {
            bus::v1::terminal_report::Outcome::Success(success) => Some(success),
            bus::v1::terminal_report::Outcome::Failure(_) | bus::v1::terminal_report::Outcome::Stopped(_) => {
                None
            }
        }
    }

    async fn act(
        &self,
        tx: &DatabaseTransaction,
        action: &Action,
        row: &JobRow,
        hints: &mut Vec<Hint>,
    ) -> Result<()> {
        match (action, &row.job.lease) {
            (Action::Announce, _) => {
                jobs::set_dispatch(tx, row, row.dispatch_no).await?;
                outbox::announce(tx, &[row]).await?;
                hints.push(Hint::Outbox);
            }
            (Action::OpenAttempt, Some(lease)) => attempts::open(tx, row, lease, row.updated_at).await?,
            (Action::OpenAttempt, None) => {
                return Err(Error::Corrupt("an attempt without a lease".to_owned()));
            }
            (Action::CloseAttempt { fence, outcome }, _) => {
                let report = self.told.report.as_ref();
                attempts::close(tx, row, *fence, outcome, report, row.updated_at).await?;
            }
            (Action::HintCancel(fence), Some(lease)) => hints.push(Hint::Cancel {
                trainer: lease.trainer.clone(),
                job: row.id,
                fence: *fence,
            }),
            (Action::HintCancel(_), None) => {}
        }
        Ok(())
    }
}

impl Transaction for Happening {
    type Output = (Outcome, Vec<Hint>);

    async fn run(&self, tx: &DatabaseTransaction) -> Result<Self::Output> {
        let Some(before) = jobs::lock(tx, self.tenant.as_ref(), self.job).await? else {
            return Ok((Outcome::NotFound, Vec::new()));
        };
        if self.is_impostor(&before) && is_fenced(&self.event) {
            return Ok((Outcome::Rejected(before, Rejected::Stale), Vec::new()));
        }
        let now = store::now(tx).await?;
        let context = Context {
            now,
            jitter: store::random(),
        };
        let transition = match machine::apply(&before.job, &self.event, context) {
            Ok(transition) => transition,
            Err(rejected) => return Ok((Outcome::Rejected(before, rejected), Vec::new())),
        };
        let row = self.after(&before, &transition, now);
        if !jobs::update(tx, &before, &row).await? {
            return Err(Error::Contended(None));
        }
        let mut hints = Vec::new();
        if let Some(change) = &transition.change {
            events::append(tx, [self.entry(&before, &row, change)]).await?;
            hints.push(Hint::Note(row.id));
            if before.job.state == State::Queued && change.to.is_terminal() {
                outbox::withdraw(tx, &row).await?;
            }
        }
        for action in &transition.actions {
            self.act(tx, action, &row, &mut hints).await?;
        }
        Ok((Outcome::Done(row), hints))
    }
}

impl Happening {
    fn entry<'a>(&self, before: &JobRow, row: &'a JobRow, change: &Change) -> events::NewEvent<'a> {
        // What ends an attempt belongs to it, also when the row has moved on to the next.
        let attempt = match (&row.started_at, &self.event) {
            (None, _) => 0,
            (Some(_), _) => before.job.attempt,
        };
        events::NewEvent {
            tenant: &row.tenant,
            job: row.id,
            event_no: row.event_no,
            attempt,
            source: self.told.seq.and_then(|seq| Some((lease_of(&self.event)?, seq))),
            payload: v1::job_event::Payload::State(state_change(row, change)),
            time: row.updated_at,
        }
    }
}

/// A change of state as watchers see it.
fn state_change(row: &JobRow, change: &Change) -> v1::StateChange {
    let result = row.result.as_ref();
    v1::StateChange {
        from: convert::state_to_pb(change.from).into(),
        to: convert::state_to_pb(change.to).into(),
        phase: convert::phase_to_pb(row.job.phase).into(),
        reason: change.reason.clone(),
        failure: change.failure.as_ref().map(convert::failure_to_pb),
        not_before: (change.to == State::Queued).then(|| convert::time_to_pb(row.job.not_before)),
        metrics: result.map(|result| result.metrics.clone()).unwrap_or_default(),
        artifact: result.and_then(|result| result.artifact.clone()),
    }
}

fn fence_of(event: &Event) -> Option<Fence> {
    match event {
        Event::Beat { fence, .. }
        | Event::Succeeded(fence)
        | Event::AttemptFailed(fence, _)
        | Event::Stopped(fence)
        | Event::LeaseExpired(fence) => Some(*fence),
        Event::Start | Event::Claim { .. } | Event::Cancel | Event::DeadlinePassed => None,
    }
}

fn lease_of(event: &Event) -> Option<LeaseId> {
    fence_of(event).map(|fence| fence.lease)
}

fn is_fenced(event: &Event) -> bool {
    fence_of(event).is_some()
}
