//! What the service does while NATS or its database is away, and when they are back.

use std::{collections::BTreeSet, time::Duration};

use messages::{route, v1::JobState};
use testkit::{NatsServer, eventually};

use crate::support::{SOON, Service, Trainer, model, submission};

/// Every job whose message the queue holds.
async fn queued(nats: &NatsServer) -> Option<u64> {
    let client = async_nats::connect(nats.url()).await.ok()?;
    let context = async_nats::jetstream::new(client);
    let mut stream = context.get_stream(route::JOBS_STREAM).await.ok()?;
    Some(stream.info().await.ok()?.state.messages)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_lost_everything_is_told_of_every_job_again_at_once() {
    const JOBS: u64 = 200;
    let mut nats = NatsServer::start().await;
    // So long after the messages were sent nobody looks for one: that they are gone is known from the queue alone.
    let mut service = Service::start_with(&nats.url(), |config| {
        config.background.recheck_after = Duration::from_secs(600);
    })
    .await;
    let mut waiting = BTreeSet::new();
    for _ in 0..JOBS / 20 {
        let mut request = submission();
        request.models = vec![model("ridge_regression", vec![]); 20];
        let submitted = service.submit(request).await.unwrap().jobs;
        waiting.extend(submitted.into_iter().map(|job| job.job_id));
    }
    let all = async || (queued(&nats).await == Some(JOBS)).then_some(());
    eventually("every message in the queue", SOON, all).await;

    nats.wipe().await;
    let back = std::time::Instant::now();
    let all = async || (queued(&nats).await == Some(JOBS)).then_some(());
    eventually("every message in the queue again", SOON, all).await;
    eprintln!("{JOBS} jobs announced again within {:?}", back.elapsed());
    let mut trainer = Trainer::connect(&nats.url(), &service.config.storage.artifact_root).await;
    while !waiting.is_empty() {
        let mut held = trainer.take().await;
        assert!(waiting.remove(&held.job.to_string()), "once each");
        assert_eq!(held.attempt, 1);
        trainer
            .fail(&mut held, messages::v1::FailureKind::InvalidData)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_vanish_under_the_service_are_made_again_when_they_are_missed() {
    let nats = NatsServer::start().await;
    let mut service = Service::start_with(&nats.url(), |config| {
        config.nats.topology_interval = Duration::from_secs(600);
    })
    .await;
    let mut trainer = Trainer::connect(&nats.url(), &service.config.storage.artifact_root).await;
    let client = async_nats::connect(nats.url()).await.unwrap();
    let context = async_nats::jetstream::new(client);
    for _ in 0..2 {
        let job_id = service.submit_one().await.job_id;
        let mut held = trainer.take().await;
        for stream in [route::JOBS_STREAM, route::EVENTS_STREAM] {
            context.delete_stream(stream).await.unwrap();
        }
        trainer.succeed(&mut held).await;
        service.reaches(&job_id, JobState::Succeeded).await;
    }
}
