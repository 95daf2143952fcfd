//! `WatchJob`: a job's history as a stream. Everything sent is read from the database, in order of `event_no`;
//! news only tells when to look, so a stream can be cut anywhere and go on at any replica.

use std::{pin::Pin, sync::Arc, time::Duration};

use domain::{id::JobId, time::Time};
use futures::{Stream, StreamExt, future, stream};
use messages::v1::{self, job_event::Payload};
use service_kit::Shutdown;
use tokio::{
    sync::{
        mpsc::{self, error::SendTimeoutError},
        oneshot,
    },
    time::{Instant, sleep, sleep_until},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{Api, convert, status};
use crate::{
    app::{App, EventRow, History, Tenant},
    config,
    error::Error,
    news::Subscription,
};

/// The stream of a watched job.
pub(crate) type Events = Pin<Box<dyn Stream<Item = Result<v1::WatchJobResponse, Status>> + Send>>;

impl Api {
    /// Opens the stream. What is wrong with the request is told at once; everything later ends the stream.
    pub(super) async fn watch(&self, request: v1::WatchJobRequest) -> Result<Events, Status> {
        let job = convert::job_id(&request.job_id).map_err(|error| status::status(error, None))?;
        let failed = |error| status::status(error, Some(job));
        let interval = convert::progress_interval(request.min_progress_interval).map_err(failed)?;
        // Before the first look: nothing that is committed after it goes unnoticed.
        let subscription = self.news.subscribe(job);
        let tenant = Tenant::default();
        let (snapshot, first) = match request.after_event_no {
            None => {
                let row = self.app.get(&tenant, job).await.map_err(failed)?;
                let first = History {
                    events: Vec::new(),
                    event_no: row.event_no,
                    state: row.job.state,
                };
                (Some(row), first)
            }
            Some(after) => {
                let limit = self.watch.buffer as u64;
                (
                    None,
                    self.app
                        .events(&tenant, job, after, limit)
                        .await
                        .map_err(failed)?,
                )
            }
        };
        let (to, events) = mpsc::channel(self.watch.buffer);
        let (tell_end, end) = oneshot::channel();
        let after = request.after_event_no.unwrap_or(first.event_no);
        let watcher = Watcher {
            app: Arc::clone(&self.app),
            tenant,
            job,
            after,
            progress: Thinned { interval, last: None },
            settings: self.watch,
            news: subscription,
            to,
            last_sent: Instant::now(),
            shutdown: self.shutdown.clone(),
        };
        let snapshot = snapshot.map(|row| v1::JobEvent {
            event_no: row.event_no,
            time: Some(messages::convert::time_to_pb(row.updated_at)),
            attempt: row.job.attempt,
            payload: Some(Payload::Snapshot(convert::job(&row))),
        });
        self.shutdown.spawn(async move {
            // The reader may be gone; then nobody wants to know.
            let _ = tell_end.send(watcher.run(snapshot, first).await);
        });
        Ok(stream_of(events, end))
    }
}

/// What was read, then how it ended: also when the reader is so far behind that nothing more can be queued.
fn stream_of(events: mpsc::Receiver<v1::JobEvent>, end: oneshot::Receiver<Result<(), End>>) -> Events {
    let end = stream::once(end).filter_map(|end| {
        future::ready(match end {
            Ok(Err(End::Status(status))) => Some(Err(*status)),
            Ok(Ok(()) | Err(End::ReaderGone)) | Err(_) => None,
        })
    });
    let events = ReceiverStream::new(events).map(|event| Ok(v1::WatchJobResponse { event: Some(event) }));
    Box::pin(events.chain(end))
}

/// Why a stream ends before its job does.
#[derive(Debug)]
enum End {
    /// The client left.
    ReaderGone,
    /// The client is to be told.
    Status(Box<Status>),
}

/// What reads a job's history for one stream.
struct Watcher {
    app: Arc<App>,
    tenant: Tenant,
    job: JobId,
    /// The number of the last event that was sent or left out.
    after: i64,
    progress: Thinned,
    settings: config::Watch,
    news: Subscription,
    to: mpsc::Sender<v1::JobEvent>,
    last_sent: Instant,
    shutdown: Shutdown,
}

impl Watcher {
    /// Sends the snapshot and everything after it, until the terminal event.
    async fn run(mut self, snapshot: Option<v1::JobEvent>, first: History) -> Result<(), End> {
        if let Some(snapshot) = snapshot {
            self.send(snapshot).await?;
        }
        let limit = self.settings.buffer as u64;
        let mut history = first;
        loop {
            let full = history.events.len() as u64 >= limit;
            for event in history.events {
                let (number, terminal) = (event.event_no, is_terminal(&event));
                if self.progress.passes(&event) {
                    self.send(convert::event(event)).await?;
                }
                self.after = number;
                if terminal {
                    return Ok(());
                }
            }
            if history.state.is_terminal() && self.after >= history.event_no {
                return Ok(());
            }
            if !full {
                self.wait().await?;
            }
            let read = self.app.events(&self.tenant, self.job, self.after, limit).await;
            history = read.map_err(|error| self.failed(error))?;
        }
    }

    /// Waits until it is time for another look.
    async fn wait(&mut self) -> Result<(), End> {
        let look = sleep(self.settings.poll);
        tokio::pin!(look);
        loop {
            let bookmark_at = self.last_sent + self.settings.bookmark;
            tokio::select! {
                () = self.news.news() => return Ok(()),
                () = &mut look => return Ok(()),
                () = sleep_until(bookmark_at) => self.send(self.bookmark()).await?,
                () = self.shutdown.triggered() => {
                    return Err(self.interrupted(status::Interrupted::ShuttingDown));
                }
                () = self.to.closed() => return Err(End::ReaderGone),
            }
        }
    }

    async fn send(&mut self, event: v1::JobEvent) -> Result<(), End> {
        // Whatever was queued but not read is told again to who resumes after the last event it has seen.
        let sent = tokio::select! {
            sent = self.to.send_timeout(event, self.settings.stall) => sent,
            () = self.shutdown.triggered() => {
                return Err(self.interrupted(status::Interrupted::ShuttingDown));
            }
        };
        match sent {
            Ok(()) => {
                self.last_sent = Instant::now();
                Ok(())
            }
            Err(SendTimeoutError::Closed(_)) => Err(End::ReaderGone),
            Err(SendTimeoutError::Timeout(_)) => Err(self.interrupted(status::Interrupted::SlowWatcher)),
        }
    }

    fn bookmark(&self) -> v1::JobEvent {
        v1::JobEvent {
            event_no: self.after,
            payload: Some(Payload::Bookmark(v1::Bookmark {})),
            ..Default::default()
        }
    }

    fn interrupted(&self, why: status::Interrupted) -> End {
        End::Status(Box::new(status::interrupted(why, self.after)))
    }

    fn failed(&self, error: Error) -> End {
        End::Status(Box::new(status::status(error, Some(self.job))))
    }
}

fn is_terminal(event: &EventRow) -> bool {
    match &event.payload {
        Payload::State(change) => {
            messages::convert::state_from_pb(change.to()).is_some_and(domain::job::State::is_terminal)
        }
        Payload::Snapshot(_)
        | Payload::Progress(_)
        | Payload::Metric(_)
        | Payload::Log(_)
        | Payload::Bookmark(_)
        | Payload::Node(_) => false,
    }
}

/// Lets progress through only so often. It goes by the times of the events, so that history is thinned like news.
struct Thinned {
    interval: Option<Duration>,
    last: Option<Time>,
}

impl Thinned {
    fn passes(&mut self, event: &EventRow) -> bool {
        let (Some(interval), Payload::Progress(_)) = (self.interval, &event.payload) else {
            return true;
        };
        let passes = self.last.is_none_or(|last| event.time.since(last) >= interval);
        if passes {
            self.last = Some(event.time);
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_is_cut_off_behind_a_full_queue_reads_the_queue_and_then_why() {
        let (to, events) = mpsc::channel(2);
        let (tell_end, end) = oneshot::channel();
        for event_no in 1..=2 {
            to.try_send(v1::JobEvent {
                event_no,
                ..Default::default()
            })
            .unwrap();
        }
        let cut = status::interrupted(status::Interrupted::SlowWatcher, 2);
        tell_end.send(Err(End::Status(Box::new(cut)))).unwrap();
        drop(to);
        let read: Vec<_> = stream_of(events, end).collect().await;
        let numbers = read[..2]
            .iter()
            .map(|read| read.as_ref().unwrap().event.as_ref().unwrap().event_no);
        assert_eq!(numbers.collect::<Vec<_>>(), [1, 2]);
        let status = read[2].as_ref().unwrap_err();
        assert_eq!((read.len(), status.code()), (3, tonic::Code::Unavailable));
    }

    #[tokio::test]
    async fn a_job_that_ended_ends_its_stream_without_a_status() {
        let (to, events) = mpsc::channel(1);
        let (tell_end, end) = oneshot::channel();
        tell_end.send(Ok(())).unwrap();
        drop(to);
        assert_eq!(stream_of(events, end).count().await, 0);
    }
}
