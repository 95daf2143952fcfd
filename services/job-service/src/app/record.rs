//! What trainers tell: progress, metrics, and how an attempt ended. Delivered at least once, taken exactly once.

mod observation;

use domain::{
    id::{JobId, Token},
    job::{
        State,
        machine::{self, Event, Fence},
    },
};
use messages::{
    bus::v1::{TerminalReport, TrainerEvent, terminal_report, trainer_event::Body},
    convert,
    v1::{self, job_event::Payload},
};
use sea_orm::DatabaseTransaction;

use super::{
    App, DeadLetter, Hint,
    transition::{Happening, Outcome},
};
use crate::{
    error::Result,
    store::{self, Transaction, dead_letters, jobs},
};
use observation::Observation;

/// What became of something a trainer told. In every case it can be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is committed as the job's event with this number.
    Committed(i64),
    /// It is late, a duplicate, or not the holder's: nothing changed.
    Stale,
    /// It makes no sense, and why: a case for [`App::dead_letter`].
    Malformed(String),
}

/// Who tells something: the trainer, about which attempt of which job, as which number.
#[derive(Debug, Clone)]
struct Source {
    trainer: Token,
    job: JobId,
    fence: Fence,
    seq: i64,
}

impl App {
    /// T5, T6, T7. Takes what `trainer` tells of an attempt. A success counts only after its files were checked.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`, `ArtifactRoot`: to be delivered again later.
    pub async fn record(&self, trainer: &Token, event: TrainerEvent) -> Result<Recorded> {
        let source = match source(trainer, &event) {
            Ok(source) => source,
            Err(reason) => return Ok(Recorded::Malformed(reason)),
        };
        let observed = match event.body {
            None => return Ok(Recorded::Malformed("the event has no body".to_owned())),
            Some(Body::Terminal(report)) => return self.end(source, report).await,
            Some(Body::Progress(update)) => Payload::Progress(update),
            Some(Body::Metric(metric)) => Payload::Metric(metric),
            Some(Body::Log(line)) => Payload::Log(line),
            Some(Body::Node(report)) => Payload::Node(report),
        };
        let job = source.job;
        match self.store.write(&Observation { source, observed }).await? {
            Some(event_no) => {
                self.hint(Hint::Note(job));
                Ok(Recorded::Committed(event_no))
            }
            None => Ok(Recorded::Stale),
        }
    }

    async fn end(&self, source: Source, mut report: TerminalReport) -> Result<Recorded> {
        report.log_tail = storable(&report.log_tail);
        let event = match report.outcome.take() {
            None => return Ok(Recorded::Malformed("the report names no outcome".to_owned())),
            Some(terminal_report::Outcome::Stopped(_)) => Event::Stopped(source.fence),
            Some(terminal_report::Outcome::Failure(failure)) => {
                let mut failure = convert::failure_from_pb(failure);
                failure.code = storable(&failure.code);
                failure.message = storable(&failure.message);
                failure.node_id = failure.node_id.as_deref().map(storable);
                Event::AttemptFailed(source.fence, failure)
            }
            Some(terminal_report::Outcome::Success(mut success)) => {
                let wrong = self.check_success(&source, success.artifact.as_ref()).await?;
                if let Some(artifact) = &mut success.artifact {
                    artifact.uri = storable(&artifact.uri);
                    artifact.sha256 = storable(&artifact.sha256);
                }
                report.outcome = Some(terminal_report::Outcome::Success(success));
                match wrong {
                    None => Event::Succeeded(source.fence),
                    Some(failure) => Event::AttemptFailed(source.fence, failure),
                }
            }
        };
        let trained = matches!(report.outcome, Some(terminal_report::Outcome::Success(_)));
        let mut happening = Happening::new(source.job, event);
        happening.told.trainer = Some(source.trainer);
        happening.told.seq = Some(source.seq);
        happening.told.report = Some(report);
        let (row, recorded) = match self.happen(happening).await? {
            Outcome::Done(row) => {
                let recorded = Recorded::Committed(row.event_no);
                (row, recorded)
            }
            Outcome::Rejected(row, _) => (row, Recorded::Stale),
            Outcome::NotFound => return Ok(Recorded::Stale),
        };
        if trained {
            self.drop_unless_taken(&row, source.fence).await;
        }
        Ok(recorded)
    }

    /// Checks the files of a success that may count; whether it does is decided when it is committed.
    async fn check_success(
        &self,
        source: &Source,
        artifact: Option<&v1::Artifact>,
    ) -> Result<Option<domain::job::Failure>> {
        let row = jobs::find_any(self.store.reader(), source.job);
        match self.store.read(row).await? {
            Some(row) if row.job.state == State::Running && machine::holds(&row.job, source.fence) => {
                self.check_artifact(&row, source.fence, artifact).await
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Puts a message aside that nobody can make sense of.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Contended`.
    pub async fn dead_letter(&self, letter: &DeadLetter) -> Result<()> {
        self.store.write(&PutAside { letter }).await
    }
}

fn source(trainer: &Token, event: &TrainerEvent) -> Result<Source, String> {
    if event.seq < 1 {
        return Err(format!("seq {} is not positive", event.seq));
    }
    Ok(Source {
        trainer: trainer.clone(),
        job: event.job_id.parse().map_err(|error| format!("job_id: {error}"))?,
        fence: Fence {
            attempt: event.attempt,
            lease: event
                .lease_id
                .parse()
                .map_err(|error| format!("lease_id: {error}"))?,
        },
        seq: event.seq,
    })
}

/// The text as both databases take it: PostgreSQL knows no NUL.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

struct PutAside<'a> {
    letter: &'a DeadLetter,
}

impl Transaction for PutAside<'_> {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let now = store::now(tx).await?;
        dead_letters::insert(tx, self.letter, now).await
    }
}
