//! The applier: what trainers tell becomes history. One transaction per event; a message is acknowledged only
//! after what it says is committed, known to be stale, or put aside.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use bus::{Bus, Delivery};
use domain::id::Token;
use messages::{bus::v1::TrainerEvent, route};
use service_kit::{Shutdown, failpoint};

use crate::{
    app::{App, DeadLetter, Recorded},
    error::Error,
    trouble::Trouble,
};

/// How long one pull waits, and so the longest that the end waits for it.
const PULL: Duration = Duration::from_secs(1);
/// How often an event is tried that the database refuses without being away.
const MAX_REFUSALS: u32 = 5;

/// What applies events.
#[derive(Debug)]
pub(crate) struct Applier {
    pub(crate) app: Arc<App>,
    pub(crate) bus: Bus,
    pub(crate) shutdown: Shutdown,
}

/// What to do with a message after a try.
enum Next {
    Acknowledge,
    /// Wait, and try the same message again.
    Again(Duration),
    /// Let it come again later, and go on with others.
    Later,
}

impl Applier {
    /// Applies one event after the other, until the end.
    pub(crate) async fn run(self) {
        let mut consumer = self.bus.pull_consumer(route::EVENTS_STREAM, route::APPLIER);
        let mut link = self.bus.link();
        let mut trouble = Trouble::new("applier");
        while !self.shutdown.is_triggered() {
            match consumer.next(PULL).await {
                Ok(delivery) => {
                    trouble.over();
                    if let Some(delivery) = delivery {
                        self.apply(&delivery).await;
                    }
                }
                Err(error) => {
                    let wait = trouble.met(&error);
                    tokio::select! {
                        () = self.pause(wait) => {}
                        _ = link.changed() => trouble.hope(),
                    }
                }
            }
        }
    }

    /// Sees one message through. It is tried in place while the database is away, because a job's later events
    /// must not overtake it.
    async fn apply(&self, delivery: &Delivery) {
        let mut trouble = Trouble::new("applier: commit");
        let mut refusals = 0;
        while !self.shutdown.is_triggered() {
            let answered = match self.attempt(delivery, &mut refusals, &mut trouble).await {
                Next::Acknowledge => {
                    trouble.over();
                    delivery.ack().await
                }
                Next::Later => delivery.nak(Duration::from_secs(1)).await,
                Next::Again(wait) => {
                    self.pause(wait).await;
                    // Lost, it comes again, and is then known to be stale.
                    let _ = delivery.in_progress().await;
                    continue;
                }
            };
            if let Err(error) = answered {
                tracing::debug!(error = &error as &dyn StdError, "an acknowledgement was not sent");
            }
            return;
        }
    }

    async fn attempt(&self, delivery: &Delivery, refusals: &mut u32, trouble: &mut Trouble) -> Next {
        let outcome = match parse(delivery) {
            Ok((trainer, event)) => self.app.record(&trainer, event).await,
            Err(reason) => Ok(Recorded::Malformed(reason)),
        };
        let outcome = match outcome {
            // A bug, or a row that nobody can read: it must not keep everybody else's events waiting.
            Err(error @ (Error::Database(_) | Error::Corrupt(_) | Error::Task(_))) => {
                *refusals += 1;
                if *refusals < MAX_REFUSALS {
                    return Next::Again(trouble.met(&error));
                }
                Ok(Recorded::Malformed(error.to_string()))
            }
            other => other,
        };
        match outcome {
            Ok(Recorded::Committed(event_no)) => {
                tracing::debug!(event_no, subject = delivery.subject(), "an event is committed");
                failpoint(failpoint::APPLIER_COMMITTED);
                Next::Acknowledge
            }
            Ok(Recorded::Stale) => {
                tracing::debug!(subject = delivery.subject(), "an event was stale");
                Next::Acknowledge
            }
            Ok(Recorded::Malformed(reason)) => match self.put_aside(delivery, reason).await {
                Ok(()) => Next::Acknowledge,
                Err(error) => Next::Again(trouble.met(&error)),
            },
            // It concerns one job's end, which nothing can overtake.
            Err(error @ Error::ArtifactRoot(_)) => {
                tracing::warn!(
                    error = &error as &dyn StdError,
                    "a success cannot be checked for now"
                );
                Next::Later
            }
            Err(error) => Next::Again(trouble.met(&error)),
        }
    }

    async fn put_aside(&self, delivery: &Delivery, error: String) -> Result<(), Error> {
        tracing::warn!(
            subject = delivery.subject(),
            error,
            "put an event aside that makes no sense"
        );
        let letter = DeadLetter {
            source: route::APPLIER.to_owned(),
            subject: delivery.subject().to_owned(),
            headers: delivery.headers(),
            payload: delivery.payload().to_vec(),
            error,
        };
        self.app.dead_letter(&letter).await
    }

    async fn pause(&self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.shutdown.triggered() => {}
        }
    }
}

/// Who tells what. The subject tells the trainer, because NATS can enforce it; the message must agree on the job.
fn parse(delivery: &Delivery) -> Result<(Token, TrainerEvent), String> {
    let (trainer, job) =
        route::parse_event(delivery.subject()).ok_or("the subject is not that of a trainer's event")?;
    let event: TrainerEvent = delivery.decode().map_err(|error| error.to_string())?;
    if event.job_id != job.to_string() {
        return Err(format!(
            "the subject names job {job}, the message job {:?}",
            event.job_id
        ));
    }
    Ok((trainer, event))
}
