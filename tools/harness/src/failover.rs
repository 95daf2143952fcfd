//! A client of several replicas that does what a good client does: it asks another replica where one is unavailable,
//! and resumes a stream that ended early after the last event it has seen.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use messages::v1;
use tonic::{Code, Response, Status};

use crate::Client;

/// How long a call is retried.
const PATIENCE: Duration = Duration::from_secs(60);

/// Several replicas as one service.
#[derive(Debug)]
pub struct Failover {
    clients: Vec<Client>,
    next: AtomicUsize,
    retried: AtomicUsize,
}

/// What a client saw of a job.
#[derive(Debug)]
pub struct Watched {
    /// The events, bookmarks left out.
    pub events: Vec<v1::JobEvent>,
    /// How often the stream had to be opened again.
    pub resumed: usize,
}

impl Failover {
    /// A client of the replicas at these URLs.
    ///
    /// # Errors
    ///
    /// When one is no URL.
    pub fn new(urls: &[String]) -> Result<Self> {
        ensure!(!urls.is_empty(), "a service has a replica");
        Ok(Self {
            clients: urls.iter().map(|url| Client::new(url)).collect::<Result<_>>()?,
            next: AtomicUsize::new(0),
            retried: AtomicUsize::new(0),
        })
    }

    /// The next replica in turn.
    pub fn client(&self) -> Client {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.clients.len();
        self.clients[at].clone()
    }

    /// How many calls were made again.
    pub fn retried(&self) -> usize {
        self.retried.load(Ordering::Relaxed)
    }

    /// Makes a call, at the next replica each time, until one is not UNAVAILABLE.
    ///
    /// # Errors
    ///
    /// What the call was answered otherwise, or UNAVAILABLE after a minute.
    pub async fn call<T, F>(&self, call: impl Fn(Client) -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let start = Instant::now();
        let mut wait = Duration::from_millis(20);
        loop {
            match call(self.client()).await {
                Ok(answer) => return Ok(answer.into_inner()),
                Err(status) if is_unavailable(&status) && start.elapsed() < PATIENCE => {
                    self.retried.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(1));
                }
                Err(status) => return Err(status),
            }
        }
    }

    /// Submits and returns the jobs.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub async fn submit(&self, request: v1::SubmitTrainingJobRequest) -> Result<Vec<v1::TrainingJob>> {
        let answer = self.call(|mut client| {
            let request = request.clone();
            async move { client.jobs.submit_training_job(request).await }
        });
        Ok(answer.await?.jobs)
    }

    /// Follows a job from its first event to its last.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call), also for a stream that ends with another status than UNAVAILABLE.
    pub async fn watch(&self, job_id: &str) -> Result<Watched> {
        let mut watched = Watched {
            events: Vec::new(),
            resumed: 0,
        };
        loop {
            let after = watched
                .events
                .last()
                .map_or(0, |event: &v1::JobEvent| event.event_no);
            let request = v1::WatchJobRequest {
                job_id: job_id.to_owned(),
                after_event_no: Some(after),
                min_progress_interval: None,
            };
            let stream = self.call(|mut client| {
                let request = request.clone();
                async move { client.jobs.watch_job(request).await }
            });
            let mut stream = stream.await?;
            loop {
                match stream.message().await {
                    Ok(Some(message)) => watched
                        .events
                        .extend(message.event.filter(|event| !is_bookmark(event))),
                    Ok(None) => return Ok(watched),
                    Err(status) if is_unavailable(&status) => break,
                    Err(status) => return Err(status.into()),
                }
            }
            watched.resumed += 1;
        }
    }
}

/// Whether a replica said so, or the connection to it broke: what other clients call UNAVAILABLE too, tonic tells as
/// CANCELLED or UNKNOWN, with the transport's error behind it.
#[must_use]
pub fn is_unavailable(status: &Status) -> bool {
    let cause = std::error::Error::source(status);
    status.code() == Code::Unavailable || cause.is_some_and(|cause| cause.is::<tonic::transport::Error>())
}

fn is_bookmark(event: &v1::JobEvent) -> bool {
    matches!(event.payload, Some(v1::job_event::Payload::Bookmark(_)))
}
