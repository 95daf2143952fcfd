//! Following jobs to their end. A stream that breaks is opened again after the last event seen, so that restarts
//! of the server and of connections lose and repeat nothing.

use std::{cell::RefCell, pin::Pin};

use anyhow::Result;
use futures::future::{join_all, try_join_all};
use messages::{
    convert::state_from_pb,
    v1::{
        GetTrainingJobRequest, JobEvent, JobState, JobView, TrainingJob, WatchJobRequest, job_event::Payload,
    },
};
use tonic::{Code, Status};

use crate::{
    client::{Backoff, CallError, Client, call, retry_delay},
    show::progress::Display,
};

/// Follows all jobs at once and returns them as they ended. `after` is the event to start after; without it each
/// starts as it stands.
pub(crate) async fn follow(
    client: &Client,
    jobs: &[TrainingJob],
    after: Option<i64>,
    display: &mut dyn Display,
) -> Result<Vec<TrainingJob>> {
    let pace = display.pace();
    let display = RefCell::new(display);
    try_join_all(followers(client, jobs, after, pace, &display)).await
}

/// Follows all jobs at once from where they stand, and returns each as it ended, or why it could not be followed.
pub(crate) async fn follow_each(
    client: &Client,
    jobs: &[TrainingJob],
    display: &mut dyn Display,
) -> Vec<Result<TrainingJob>> {
    let pace = display.pace();
    let display = RefCell::new(display);
    join_all(followers(client, jobs, None, pace, &display)).await
}

fn followers<'a, 'd>(
    client: &'a Client,
    jobs: &'a [TrainingJob],
    after: Option<i64>,
    pace: Option<prost_types::Duration>,
    display: &'a RefCell<&'d mut dyn Display>,
) -> impl Iterator<Item = Pin<Box<impl Future<Output = Result<TrainingJob>> + use<'a, 'd>>>> {
    jobs.iter().enumerate().map(move |(index, job)| {
        let follower = Follower {
            client,
            index,
            request: WatchJobRequest {
                job_id: job.job_id.clone(),
                after_event_no: after,
                min_progress_interval: pace,
            },
            display,
            backoff: Backoff::for_streams(),
        };
        Box::pin(follower.run())
    })
}

/// The job, as it stands.
pub(crate) async fn job(client: &Client, job_id: &str, view: JobView) -> Result<TrainingJob> {
    let request = GetTrainingJobRequest {
        job_id: job_id.to_owned(),
        view: view.into(),
    };
    let response = call("get the job", || {
        let (mut jobs, request) = (client.jobs(), request.clone());
        async move { jobs.get_training_job(request).await }
    });
    Ok(response.await?.job.unwrap_or_default())
}

/// Whether a job in this state has ended.
pub(crate) fn is_terminal(state: JobState) -> bool {
    state_from_pb(state).is_some_and(domain::job::State::is_terminal)
}

struct Follower<'a, 'd> {
    client: &'a Client,
    index: usize,
    /// The next request: it starts after the last event seen.
    request: WatchJobRequest,
    display: &'a RefCell<&'d mut dyn Display>,
    backoff: Backoff,
}

/// How one stream ended.
enum End {
    /// With the job's last event.
    Terminal,
    /// In good order, but without it.
    Early,
    /// With an error.
    Broken(Status),
}

impl Follower<'_, '_> {
    async fn run(mut self) -> Result<TrainingJob> {
        loop {
            let ended = self.stream().await?;
            if let End::Broken(status) = ended {
                self.prepare_to_resume(status).await?;
                continue;
            }
            let job = job(self.client, &self.request.job_id, JobView::Basic).await?;
            // A stream asked for what follows the last event ends at once, without any.
            if matches!(ended, End::Terminal) || is_terminal(job.state()) {
                return Ok(job);
            }
            self.prepare_to_resume(Status::unavailable("the stream ended before the job did"))
                .await?;
        }
    }

    /// Reads one stream to its end.
    async fn stream(&mut self) -> Result<End> {
        let opened = self.client.jobs().watch_job(self.request.clone()).await;
        let mut events = match opened {
            Ok(response) => response.into_inner(),
            Err(status) => return Ok(End::Broken(status)),
        };
        loop {
            match events.message().await {
                Ok(Some(response)) => {
                    let Some(event) = response.event else { continue };
                    self.backoff = Backoff::for_streams();
                    if self.take(&event)? {
                        return Ok(End::Terminal);
                    }
                }
                Ok(None) => return Ok(End::Early),
                Err(status) => return Ok(End::Broken(status)),
            }
        }
    }

    /// Shows the event and remembers it; true for a job's last one.
    fn take(&mut self, event: &JobEvent) -> Result<bool> {
        let seen = self.request.after_event_no;
        let state = match &event.payload {
            Some(Payload::Snapshot(job)) => Some(job.state()),
            Some(Payload::State(change)) => Some(change.to()),
            // A bookmark repeats the newest number, which may be of an event that was thinned out.
            Some(Payload::Bookmark(_)) | None => return Ok(false),
            Some(Payload::Progress(_) | Payload::Metric(_) | Payload::Log(_) | Payload::Node(_)) => None,
        };
        if seen.is_some_and(|seen| event.event_no <= seen)
            && !matches!(event.payload, Some(Payload::Snapshot(_)))
        {
            return Ok(false);
        }
        self.request.after_event_no = Some(event.event_no);
        self.display.borrow_mut().event(self.index, event)?;
        Ok(state.is_some_and(is_terminal))
    }

    /// Waits before the stream is opened again, unless that would not help.
    async fn prepare_to_resume(&mut self, status: Status) -> Result<()> {
        let refused = |status| Err(CallError::new("watch the job", status).into());
        match status.code() {
            // The events after the last one seen are gone: go on from how the job stands.
            Code::OutOfRange if self.request.after_event_no.is_some() => {
                self.display
                    .borrow_mut()
                    .note("older events are gone; going on from how the job stands");
                self.request.after_event_no = None;
                return Ok(());
            }
            Code::NotFound
            | Code::InvalidArgument
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented => return refused(status),
            // All others may come from a connection that broke.
            _ => {}
        }
        if self.backoff.is_fresh() {
            self.display
                .borrow_mut()
                .note("the stream broke off; resuming it");
        }
        if self.backoff.wait_quietly(retry_delay(&status)).await {
            Ok(())
        } else {
            refused(status)
        }
    }
}
