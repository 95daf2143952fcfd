//! `WatchJob`: a job's history as a stream. Everything sent is read from the database, in order of `event_no`;
//! news only tells when to look, so a stream can be cut anywhere and go on at any replica.

mod page;
mod reader;
mod watcher;
mod window;

#[cfg(test)]
mod tests;

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt};
use messages::v1::{self, job_event::Payload};
use service_kit::Shutdown;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

use self::{
    page::{Page, Source},
    reader::Readers,
    watcher::{End, First, Thinned, Until, Watcher},
};
use super::{
    calls::Deadline,
    convert,
    feed::{self, Cut, Feed},
    permits::Permits,
    principal, status,
};
use crate::{
    app::{App, Tenant},
    config,
    error::Result,
    news::News,
};

/// The stream of a watched job.
pub(crate) type Events = Pin<Box<dyn Stream<Item = Result<v1::WatchJobResponse, Status>> + Send>>;

/// Everything that is watched on this replica. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Watches {
    app: Arc<App>,
    settings: config::Watch,
    permits: Permits,
    readers: Readers,
    shutdown: Shutdown,
    closing: CancellationToken,
}

impl Watches {
    /// Nothing is watched yet. Streams end with `closing`.
    pub(crate) fn new(
        app: Arc<App>,
        news: News,
        settings: config::Watch,
        shutdown: Shutdown,
        closing: CancellationToken,
    ) -> Self {
        Self {
            app,
            settings,
            permits: Permits::new(settings.max_streams, settings.max_streams_per_principal),
            readers: Readers::new(news, settings, shutdown.clone(), closing.clone()),
            shutdown,
            closing,
        }
    }

    /// Opens a stream. What is wrong with the request is told at once; everything later ends the stream.
    pub(super) async fn open(&self, request: Request<v1::WatchJobRequest>) -> Result<Events, Status> {
        let permit = self.permits.acquire(principal::principal(&request));
        let permit = permit.map_err(status::too_many_watches)?;
        let until = self.until(request.extensions().get());
        let request = request.into_inner();
        let job = convert::job_id(&request.job_id).map_err(|error| status::status(error, None))?;
        let failed = |error| status::status(error, Some(job));
        let interval = convert::progress_interval(request.min_progress_interval).map_err(failed)?;
        let source = Source {
            app: Arc::clone(&self.app),
            tenant: Tenant::default(),
            job,
            limit: self.settings.buffer,
        };
        let (after, first) = first(&source, request.after_event_no).await.map_err(failed)?;
        let feed = Feed {
            permit,
            shutdown: self.shutdown.clone(),
            closing: self.closing.clone(),
            stall: self.settings.stall,
        };
        let (readers, settings, closing) = (self.readers.clone(), self.settings, self.closing.clone());
        let events = feed.stream(settings.buffer, move |to| async move {
            let watcher = Watcher {
                source,
                readers,
                after,
                progress: Thinned::new(interval),
                settings,
                to,
                last_sent: Instant::now(),
            };
            match watcher.run(first, until, closing).await {
                Err(End::Status(status)) => Some(*status),
                Ok(()) | Err(End::ClientGone) => None,
            }
        });
        let mut seen = after;
        Ok(Box::pin(events.map(move |event| match event {
            Ok(event) => {
                seen = event.event_no;
                Ok(v1::WatchJobResponse { event: Some(event) })
            }
            Err(Cut::Told(status)) => Err(status),
            Err(Cut::Unread) => Err(status::interrupted(status::Interrupted::SlowWatcher, seen)),
        })))
    }

    /// When the stream ends at the latest.
    fn until(&self, deadline: Option<&Deadline>) -> Until {
        let lifetime = Until {
            time: Instant::now() + feed::about(self.settings.lifetime),
            why: status::Interrupted::LifetimeOver,
        };
        match deadline {
            Some(Deadline(time)) if *time < lifetime.time => Until {
                time: *time,
                why: status::Interrupted::DeadlineOver,
            },
            Some(_) | None => lifetime,
        }
    }
}

/// The first look, and the number of the event that it is about.
async fn first(source: &Source, after: Option<i64>) -> Result<(i64, First)> {
    if let Some(after) = after {
        let page = source.clone().after(after).await?;
        return Ok((after, First { snapshot: None, page }));
    }
    let row = source.app.get(&source.tenant, source.job).await?;
    let event_no = row.event_no;
    let page = Page {
        ended: row.job.state.is_terminal(),
        ..Page::default()
    };
    let snapshot = v1::JobEvent {
        event_no,
        time: Some(messages::convert::time_to_pb(row.updated_at)),
        attempt: row.job.attempt,
        payload: Some(Payload::Snapshot(convert::job(row))),
    };
    let first = First {
        snapshot: Some(snapshot),
        page,
    };
    Ok((event_no, first))
}
