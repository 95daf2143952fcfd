//! Watchers: each follows one job to its end over any replica, resumes from the last event it was told, and writes down
//! every one.

use std::sync::Arc;

use messages::v1::{self, job_event::Payload};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use tokio::time::{sleep, timeout};
use tonic::{Status, Streaming};

use super::{
    clients::Clients,
    history::Entry,
    patient::{is_transient, pause},
    timing::{CALL, SILENCE},
    workload::From,
};

/// What a watcher knows.
#[derive(Debug)]
struct Watcher {
    clients: Arc<Clients>,
    number: usize,
    job_id: String,
    /// The last event it was told; none before a snapshot.
    after: Option<i64>,
}

/// How a stream ended.
enum Ended {
    /// With OK.
    Ok,
    /// So that it must be opened again.
    Interrupted,
    /// As it never may.
    Wrong(String),
}

/// Follows a job from its first event, or from a snapshot, to its end.
pub(crate) async fn watch(clients: Arc<Clients>, number: usize, job_id: String, begins: From) {
    let after = match begins {
        From::Beginning => Some(0),
        From::Snapshot => None,
    };
    let mut watcher = Watcher {
        clients,
        number,
        job_id,
        after,
    };
    if after == Some(0) {
        watcher.begun(0);
    }
    let mut tries = 0;
    loop {
        let known = watcher.after;
        match watcher.follow().await {
            Ended::Ok => {
                let (watcher, history) = (watcher.number, &watcher.clients.history);
                return history.write(Entry::WatchEnded { watcher });
            }
            Ended::Interrupted => {}
            Ended::Wrong(found) => {
                let found = format!("watcher {} of {}: {found}", watcher.number, watcher.job_id);
                return watcher.clients.history.wrong("watched", found);
            }
        }
        tries = if watcher.after > known { 0 } else { tries + 1 };
        sleep(pause(tries)).await;
    }
}

impl Watcher {
    fn begun(&self, after: i64) {
        self.clients.history.write(Entry::WatchBegun {
            watcher: self.number,
            job_id: self.job_id.clone(),
            after,
        });
    }

    /// Opens a stream and reads it to its end.
    async fn follow(&mut self) -> Ended {
        let request = v1::WatchJobRequest {
            job_id: self.job_id.clone(),
            after_event_no: self.after,
            min_progress_interval: None,
        };
        let replica = self.clients.service.replica();
        let mut jobs = replica.jobs.clone();
        let opened = match timeout(CALL, jobs.watch_job(request)).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(status)) => return interrupted(&status),
            Err(_) => return Ended::Interrupted,
        };
        self.read(opened.into_inner()).await
    }

    async fn read(&mut self, mut stream: Streaming<v1::WatchJobResponse>) -> Ended {
        loop {
            match timeout(SILENCE, stream.message()).await {
                Ok(Ok(Some(response))) => {
                    if let Err(found) = self.told(response.event.unwrap_or_default()) {
                        return Ended::Wrong(found);
                    }
                }
                Ok(Ok(None)) => return Ended::Ok,
                Ok(Err(status)) => return interrupted(&status),
                Err(_) => return Ended::Wrong(format!("nothing was said for {SILENCE:?}")),
            }
        }
    }

    fn told(&mut self, event: v1::JobEvent) -> Result<(), String> {
        match &event.payload {
            Some(Payload::Snapshot(_)) if self.after.is_none() => {
                self.after = Some(event.event_no);
                self.begun(event.event_no);
            }
            Some(Payload::Snapshot(_)) => return Err("a snapshot that was not asked for".to_owned()),
            Some(Payload::Bookmark(_)) if self.after == Some(event.event_no) => {}
            Some(Payload::Bookmark(_)) => {
                return Err(format!("a bookmark at {} after {:?}", event.event_no, self.after));
            }
            Some(
                Payload::State(_)
                | Payload::Progress(_)
                | Payload::Metric(_)
                | Payload::Log(_)
                | Payload::Node(_),
            )
            | None => {
                self.after = Some(event.event_no);
                self.clients.history.write(Entry::Watched {
                    watcher: self.number,
                    event_no: event.event_no,
                    sha256: fingerprint(&event),
                });
            }
        }
        Ok(())
    }
}

fn interrupted(status: &Status) -> Ended {
    if is_transient(status) {
        Ended::Interrupted
    } else {
        Ended::Wrong(format!("the stream ended with {status}"))
    }
}

/// SHA-256 of an event's canonical encoding.
#[must_use]
pub(crate) fn fingerprint(event: &v1::JobEvent) -> String {
    let hash = Sha256::digest(event.encode_to_vec());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
