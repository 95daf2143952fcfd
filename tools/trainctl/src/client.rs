//! The connection to a job-service. Every call made here may be sent twice without harm, so one that finds the
//! server unavailable is sent again, a bounded number of times.

mod backoff;
mod error;

use std::{future::Future, time::Duration};

use anyhow::{Context, Result, bail};
use api::v1::{dataset_service_client::DatasetServiceClient, job_service_client::JobServiceClient};
use tonic::{
    Code, Response, Status,
    codec::CompressionEncoding::{Gzip, Zstd},
    transport::{Channel, Endpoint},
};

pub(crate) use backoff::Backoff;
pub(crate) use error::{CallError, retry_delay};

use crate::output::note;

/// The longest a unary call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Pages are cut at 1 MiB; one job, with its spec and what many attempts left, may be larger than gRPC's usual 4 MiB.
const LARGEST_MESSAGE: usize = 64 << 20;

/// Clients of both services over one connection.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    jobs: JobServiceClient<Channel>,
    datasets: DatasetServiceClient<Channel>,
}

impl Client {
    /// Connects to the server at `url`.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let endpoint = endpoint(url)?;
        let channel = endpoint
            .connect()
            .await
            .map_err(|error| unreachable(url, &error))?;
        Ok(Self::over(channel))
    }

    /// The same, but waits for a server that is just starting.
    pub(crate) async fn connect_patiently(url: &str) -> Result<Self> {
        let endpoint = endpoint(url)?;
        let mut backoff = Backoff::for_calls();
        loop {
            let error = match endpoint.connect().await {
                Ok(channel) => return Ok(Self::over(channel)),
                Err(error) => unreachable(url, &error),
            };
            if !backoff.wait(None, "the server cannot be reached").await {
                return Err(error);
            }
        }
    }

    fn over(channel: Channel) -> Self {
        let jobs = JobServiceClient::new(channel.clone())
            .accept_compressed(Zstd)
            .accept_compressed(Gzip)
            .max_decoding_message_size(LARGEST_MESSAGE);
        let datasets = DatasetServiceClient::new(channel)
            .accept_compressed(Zstd)
            .accept_compressed(Gzip)
            .max_decoding_message_size(LARGEST_MESSAGE);
        Self { jobs, datasets }
    }

    /// A client of the job service.
    pub(crate) fn jobs(&self) -> JobServiceClient<Channel> {
        self.jobs.clone()
    }

    /// A client of the dataset service.
    pub(crate) fn datasets(&self) -> DatasetServiceClient<Channel> {
        self.datasets.clone()
    }
}

/// Makes a call until it gets an answer; `what` says what it does, as in "cannot {what}".
pub(crate) async fn call<T, F>(what: &str, mut send: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let mut backoff = Backoff::for_calls();
    loop {
        let answer = tokio::time::timeout(CALL_TIMEOUT, send()).await;
        let status = match answer {
            Ok(Ok(response)) => return Ok(response.into_inner()),
            Ok(Err(status)) => status,
            Err(_) => Status::deadline_exceeded(format!("no answer within {} s", CALL_TIMEOUT.as_secs())),
        };
        if !may_pass(&status)
            || !backoff
                .wait(retry_delay(&status), error::first_line(&status))
                .await
        {
            return Err(CallError::new(what, status).into());
        }
    }
}

/// Whether a call that ended so may succeed when it is made again.
pub(crate) fn may_pass(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable => true,
        Code::ResourceExhausted => retry_delay(status).is_some(),
        _ => is_broken_off(status),
    }
}

/// Whether the connection broke during the call, which tonic does not tell as UNAVAILABLE. Every call can be made
/// again: those that make something carry a request id.
fn is_broken_off(status: &Status) -> bool {
    let cause = std::error::Error::source(status);
    cause.is_some_and(|cause| cause.is::<tonic::transport::Error>())
}

fn endpoint(url: &str) -> Result<Endpoint> {
    let full = match url.split_once("://") {
        Some(("http", _)) => url.to_owned(),
        Some((scheme, rest)) => bail!(
            "{scheme}:// is not spoken: name http://{rest}, over TLS that of a proxy or tunnel on this machine"
        ),
        None => format!("http://{url}"),
    };
    let endpoint = Endpoint::from_shared(full).with_context(|| format!("{url:?} is no URL of a server"))?;
    // Without these a watch would never notice that the server's machine is gone.
    Ok(endpoint
        .connect_timeout(Duration::from_secs(5))
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .keep_alive_while_idle(true))
}

fn unreachable(url: &str, error: &tonic::transport::Error) -> anyhow::Error {
    anyhow::anyhow!(
        "cannot reach the server at {url}: {}\n  name another one with --server URL or TRAINYARD_SERVER",
        error::innermost(error)
    )
}

/// Says that something is tried again.
fn note_retry(why: &str, delay: Duration) {
    note(&format!("{why}; trying again in {:.1} s", delay.as_secs_f64()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_spoken_is_refused_and_not_sent_in_clear() {
        for url in ["https://host:1", "grpc://host:1"] {
            assert!(
                endpoint(url)
                    .unwrap_err()
                    .to_string()
                    .contains("name http://host:1")
            );
        }
        for url in ["host:1", "http://host:1"] {
            assert_eq!(endpoint(url).unwrap().uri(), "http://host:1/");
        }
    }
}
