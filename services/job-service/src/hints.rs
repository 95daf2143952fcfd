//! Hints after commits: they wake watchers and the relay here, and watchers and trainers elsewhere. All of them
//! may be lost; polls and beats find out later.

use std::sync::Arc;

use bus::Bus;
use messages::{bus::v1::CancelHint, route};
use service_kit::Shutdown;
use tokio::sync::{Notify, mpsc};

use crate::{app::Hint, news::News};

/// Passes on what is committed here, until the end.
pub(crate) async fn send(
    mut hints: mpsc::Receiver<Hint>,
    bus: Bus,
    news: News,
    relay: Arc<Notify>,
    shutdown: Shutdown,
) {
    loop {
        let hint = tokio::select! {
            hint = hints.recv() => hint,
            () = shutdown.triggered() => return,
        };
        let sent = match hint {
            None => return,
            Some(Hint::Outbox) => {
                relay.notify_one();
                Ok(())
            }
            Some(Hint::Note(job)) => {
                // Who waits here need not wait for NATS.
                news.wake(job);
                bus.hint(route::note(job), &()).await
            }
            Some(Hint::Cancel { trainer, job, fence }) => {
                let hint = CancelHint {
                    job_id: job.to_string(),
                    attempt: fence.attempt,
                    lease_id: fence.lease.to_string(),
                };
                bus.hint(route::ctl(&trainer), &hint).await
            }
        };
        if let Err(error) = sent {
            tracing::debug!(error = &error as &dyn std::error::Error, "a hint was not sent");
        }
    }
}

/// Wakes watchers here when something was committed elsewhere, until the end.
pub(crate) async fn receive(bus: Bus, news: News, shutdown: Shutdown) {
    let mut notes = match bus.listen::<()>(route::NOTES.to_owned()).await {
        Ok(notes) => notes,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "cannot listen for notes: watchers poll"
            );
            return;
        }
    };
    loop {
        tokio::select! {
            note = notes.next() => match note {
                Some(note) => {
                    if let Some(job) = route::parse_note(&note.subject) {
                        news.wake(job);
                    }
                }
                None => return,
            },
            () = shutdown.triggered() => return,
        }
    }
}
