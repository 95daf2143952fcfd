//! Hints after commits: they wake watchers and the relay here, and watchers and trainers elsewhere. All of them
//! may be lost; polls and beats find out later.

use std::sync::Arc;

use bus::Bus;
use messages::{bus::v1::CancelHint, route};
use service_kit::Shutdown;
use tokio::sync::{Notify, mpsc};

use crate::{app::Hint, news::News};

/// Hints that wait for NATS; more are dropped.
const WAITING: usize = 1024;

/// Passes on what is committed here, until the end.
pub(crate) async fn send(
    mut hints: mpsc::Receiver<Hint>,
    bus: Bus,
    news: News,
    relay: Arc<Notify>,
    shutdown: Shutdown,
) {
    let (elsewhere, waiting) = mpsc::channel(WAITING);
    let here = async {
        while let Some(hint) = hints.recv().await {
            match &hint {
                Hint::Outbox => relay.notify_one(),
                Hint::Note(job) => news.wake(*job),
                Hint::Cancel { .. } => {}
            }
            // Who waits here must not wait for a NATS that takes nothing.
            let _ = elsewhere.try_send(hint);
        }
    };
    tokio::select! {
        () = here => {}
        () = send_elsewhere(waiting, &bus) => {}
        () = shutdown.triggered() => {}
    }
}

async fn send_elsewhere(mut hints: mpsc::Receiver<Hint>, bus: &Bus) {
    while let Some(hint) = hints.recv().await {
        let sent = match hint {
            Hint::Outbox => Ok(()),
            Hint::Note(job) => bus.hint(route::note(job), &()).await,
            Hint::Cancel { trainer, job, fence } => {
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
                "cannot listen for notes"
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
