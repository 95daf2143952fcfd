//! What tells one client of a job: first what the client has not seen of the past, then what the job's reader
//! sees. How fast the client reads is nobody's concern but its own.

use std::{pin::pin, time::Duration};

use domain::time::Time;
use messages::v1::{self, job_event::Payload};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{
    page::{Page, Source},
    reader::{Readers, View},
    window::Look,
};
use crate::{
    app::EventRow,
    config,
    error::Error,
    grpc::{
        convert,
        status::{self, Interrupted},
    },
};

/// Why a stream ends before its job does.
#[derive(Debug)]
pub(super) enum End {
    /// The client left.
    ClientGone,
    /// The client is to be told.
    Status(Box<Status>),
}

/// How long a stream may last at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Until {
    pub(super) time: Instant,
    /// What it is when the time has come.
    pub(super) why: Interrupted,
}

/// What was found when the stream was opened.
pub(super) struct First {
    /// The job, if the client has not seen it yet.
    pub(super) snapshot: Option<v1::JobEvent>,
    /// What follows.
    pub(super) page: Page,
}

/// What tells one client.
pub(super) struct Watcher {
    pub(super) source: Source,
    pub(super) readers: Readers,
    /// The number of the last event that was sent or left out.
    pub(super) after: i64,
    pub(super) progress: Thinned,
    pub(super) settings: config::Watch,
    pub(super) to: mpsc::Sender<v1::JobEvent>,
    pub(super) last_sent: Instant,
}

impl Watcher {
    /// Tells everything from the first look to the job's end, unless the stream ends before.
    pub(super) async fn run(
        mut self,
        first: First,
        until: Until,
        closing: CancellationToken,
    ) -> Result<(), End> {
        let to = self.to.clone();
        let why = tokio::select! {
            biased;
            ended = self.tell_all(first) => return ended,
            () = to.closed() => return Err(End::ClientGone),
            () = closing.cancelled() => Interrupted::ShuttingDown,
            () = sleep_until(until.time) => until.why,
        };
        // What is queued but unread is read before this, so it is not told again.
        Err(self.interrupted(why))
    }

    async fn tell_all(&mut self, first: First) -> Result<(), End> {
        if let Some(snapshot) = first.snapshot {
            self.send(snapshot).await?;
        }
        let mut page = first.page;
        let mut view = None;
        loop {
            for event in &page.events {
                self.tell(event).await?;
            }
            if page.ended {
                return Ok(());
            }
            if !page.more {
                let view = view.get_or_insert_with(|| self.readers.join(&self.source));
                if self.follow(view).await? == Followed::ToTheEnd {
                    return Ok(());
                }
            }
            let read = self.source.clone().after(self.after);
            page = self.meanwhile(read).await?.map_err(|error| self.failed(error))?;
        }
    }

    /// Tells what the reader sees, as long as it can.
    async fn follow(&mut self, view: &mut View) -> Result<Followed, End> {
        loop {
            match view.look(self.after, self.source.limit) {
                Look::Events(events) => {
                    for event in events {
                        self.tell(&event).await?;
                    }
                }
                Look::Nothing => self.meanwhile(view.changed()).await?,
                Look::Behind => return Ok(Followed::OutOfSight),
                Look::Ended => return Ok(Followed::ToTheEnd),
                Look::Failed(status) => {
                    let status = status::resumable(status, self.after);
                    return Err(End::Status(Box::new(status)));
                }
            }
        }
    }

    async fn tell(&mut self, event: &EventRow) -> Result<(), End> {
        if self.progress.passes(event) {
            self.send(convert::event(event.clone())).await?;
        }
        self.after = event.event_no;
        Ok(())
    }

    async fn send(&mut self, event: v1::JobEvent) -> Result<(), End> {
        match timeout(self.settings.stall, self.to.reserve()).await {
            Ok(Ok(place)) => place.send(event),
            Ok(Err(_)) => return Err(End::ClientGone),
            Err(_) => return Err(self.interrupted(Interrupted::SlowWatcher)),
        }
        self.last_sent = Instant::now();
        Ok(())
    }

    /// Waits for something, and lets the stream be heard of in the meantime.
    async fn meanwhile<T>(&mut self, awaited: impl Future<Output = T>) -> Result<T, End> {
        let mut awaited = pin!(awaited);
        loop {
            let bookmark_at = self.last_sent + self.settings.bookmark;
            tokio::select! {
                done = &mut awaited => return Ok(done),
                () = sleep_until(bookmark_at) => self.send(self.bookmark()).await?,
            }
        }
    }

    fn bookmark(&self) -> v1::JobEvent {
        v1::JobEvent {
            event_no: self.after,
            payload: Some(Payload::Bookmark(v1::Bookmark {})),
            ..Default::default()
        }
    }

    fn interrupted(&self, why: Interrupted) -> End {
        End::Status(Box::new(status::interrupted(why, self.after)))
    }

    fn failed(&self, error: Error) -> End {
        let status = status::status(error, Some(self.source.job));
        End::Status(Box::new(status::resumable(status, self.after)))
    }
}

/// How far a watcher could follow the reader.
#[derive(Debug, PartialEq, Eq)]
enum Followed {
    /// To the end of the job.
    ToTheEnd,
    /// Until what comes next was only in the database.
    OutOfSight,
}

/// Lets progress through only so often. It goes by the times of the events, so that history is thinned like news.
pub(super) struct Thinned {
    interval: Option<Duration>,
    last: Option<Time>,
}

impl Thinned {
    /// Not at all without an interval.
    pub(super) fn new(interval: Option<Duration>) -> Self {
        Self { interval, last: None }
    }

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
