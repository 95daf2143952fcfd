//! The end of the process, with everybody watching: in time, and with a word to each who listens.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use api::v1::{dataset_service_client::DatasetServiceClient, job_service_client::JobServiceClient};
use futures::future::join_all;
use messages::v1;
use testkit::{NatsServer, Postgres, Process};
use tonic::{Code, Streaming, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_types::StatusExt;

use crate::{
    process::{address, command},
    support::{SOON, Trainer, read_all, submission},
};

/// What the process may take until it is gone.
const END: Duration = Duration::from_secs(10);
/// Events of the watched job: far more than a client with a small window takes unread.
const STEPS: i64 = 200;

async fn submit(channel: &Channel, dir: &Path) -> String {
    let source = v1::DatasetSource {
        dataset_source_id: "table".into(),
        uri: format!("file://{}/table.csv", dir.display()),
        ..Default::default()
    };
    let request = v1::CreateDatasetSourceRequest {
        dataset_source: Some(source),
    };
    let mut datasets = DatasetServiceClient::new(channel.clone());
    datasets.create_dataset_source(request).await.unwrap();
    let mut jobs = JobServiceClient::new(channel.clone());
    let submitted = jobs.submit_training_job(submission()).await.unwrap();
    submitted.into_inner().jobs.remove(0).job_id
}

async fn watch(channel: &Channel, job_id: &str) -> Streaming<v1::WatchJobResponse> {
    let request = v1::WatchJobRequest {
        job_id: job_id.to_owned(),
        after_event_no: Some(0),
        ..Default::default()
    };
    let opened = JobServiceClient::new(channel.clone()).watch_job(request).await;
    opened.unwrap().into_inner()
}

/// Ends a process that a hundred clients watch, one in five of them without reading.
async fn ends_in_time(database: Option<String>) {
    let nats = NatsServer::start().await;
    let dir = tempfile::tempdir().unwrap();
    let mut serve = command("serve", dir.path());
    serve.args(["--nats", &nats.url(), "--data-root"]).arg(dir.path());
    if let Some(url) = database {
        serve.args(["--database", &url]);
    }
    let mut process = Process::start("job-service", serve, dir.path());
    let endpoint = Channel::from_shared(format!("http://{}", address(&process).await)).unwrap();
    let channel = endpoint.connect().await.unwrap();
    let mut trainer = Trainer::connect(&nats.url(), &dir.path().join("artifacts")).await;
    let job_id = submit(&channel, dir.path()).await;
    let mut held = trainer.take().await;
    for step in 0..STEPS {
        trainer.progress(&mut held, step as f64 / 1000.0).await;
    }
    let stopped = endpoint
        .clone()
        .initial_stream_window_size(256)
        .connect()
        .await
        .unwrap();
    let mut unread = Vec::new();
    for _ in 0..20 {
        unread.push(watch(&stopped, &job_id).await);
    }
    let mut read = Vec::new();
    for _ in 0..80 {
        let mut stream = watch(&channel, &job_id).await;
        while stream.message().await.unwrap().unwrap().event.unwrap().event_no < STEPS {}
        read.push(stream);
    }
    let mut health = HealthClient::new(channel.clone());
    let mut health = health
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        health.message().await.unwrap().unwrap().status(),
        ServingStatus::Serving
    );
    process.terminate();
    let asked = Instant::now();
    for (mut events, end) in join_all(read.into_iter().map(read_all)).await {
        let status = end.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{status}");
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.reason, "SHUTTING_DOWN");
        let last = events.pop().map_or(STEPS, |last| last.event_no);
        assert_eq!(info.metadata["after_event_no"], last.to_string());
    }
    assert_eq!(
        health.message().await.unwrap().unwrap().status(),
        ServingStatus::NotServing
    );
    let mut jobs = JobServiceClient::new(channel);
    let refused = jobs.list_training_jobs(v1::ListTrainingJobsRequest::default());
    assert_eq!(refused.await.unwrap_err().code(), Code::Unavailable);
    let left = END.saturating_sub(asked.elapsed());
    assert!(process.wait(left).await.success(), "{}", process.log());
    let log = process.log();
    assert!(
        log.contains("some clients have not read that their streams ended"),
        "{log}"
    );
    drop(unread);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_the_end_comes_in_time_whoever_does_not_read() {
    tokio::time::timeout(3 * SOON, ends_in_time(None)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_the_end_comes_in_time_whoever_does_not_read() {
    let database = Postgres::shared().await.database();
    tokio::time::timeout(3 * SOON, ends_in_time(Some(database)))
        .await
        .unwrap();
}
