//! Many who watch: what they see is one and the same, and costs what one of them does.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use api::v1::job_service_client::JobServiceClient;
use futures::{StreamExt, stream};
use messages::v1::{self, JobState};
use sea_orm::ConnectionTrait;
use testkit::{NatsServer, Postgres};
use tokio::task::JoinSet;
use tonic::{Code, Streaming, transport::Channel};

use crate::support::{SOON, Service, Trainer};

async fn open(channel: &Channel, job_id: &str, after: Option<i64>) -> Streaming<v1::WatchJobResponse> {
    let request = v1::WatchJobRequest {
        job_id: job_id.to_owned(),
        after_event_no: after,
        ..Default::default()
    };
    let opened = JobServiceClient::new(channel.clone()).watch_job(request).await;
    opened.unwrap().into_inner()
}

/// The next event of a stream that must go on.
async fn next(stream: &mut Streaming<v1::WatchJobResponse>) -> v1::JobEvent {
    let message = tokio::time::timeout(SOON, stream.message());
    message.await.unwrap().unwrap().unwrap().event.unwrap()
}

/// Every event of a job, page by page.
async fn table(service: &mut Service, job_id: &str) -> Vec<v1::JobEvent> {
    let mut events = Vec::new();
    loop {
        let request = v1::ListJobEventsRequest {
            job_id: job_id.to_owned(),
            after_event_no: events.last().map_or(0, |last: &v1::JobEvent| last.event_no),
            ..Default::default()
        };
        let page = service.jobs.list_job_events(request).await.unwrap().into_inner();
        events.extend(page.events);
        if page.next_after_event_no == 0 {
            return events;
        }
    }
}

/// Watches a job from its beginning to its end. Every `cut` events the stream is given up, and goes on at the next
/// replica; so it does whenever it is interrupted.
async fn see_to_the_end(mut at: Vec<Channel>, job_id: String, cut: usize) -> Vec<v1::JobEvent> {
    let mut seen: Vec<v1::JobEvent> = Vec::new();
    loop {
        let after = seen.last().map_or(0, |last| last.event_no);
        let mut stream = open(&at[0], &job_id, Some(after)).await;
        at.rotate_left(1);
        let begun = seen.len();
        while seen.len() < begun + cut {
            match tokio::time::timeout(2 * SOON, stream.message()).await.unwrap() {
                Ok(Some(response)) => seen.push(response.event.unwrap()),
                Ok(None) => return seen,
                Err(status) => {
                    assert_eq!(status.code(), Code::Unavailable, "{status}");
                    break;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_watchers_at_two_replicas_see_one_history_without_nats_as_well() {
    const JOBS: usize = 4;
    let mut nats = NatsServer::start().await;
    let database = Postgres::shared().await.database();
    let mut first = Service::start_with(&nats.url(), |config| {
        config.database.url = database;
        config.watch.buffer = 8;
        // Its trainer never beats.
        config.lease.ttl = Duration::from_secs(600);
    })
    .await;
    let second = first.replica(|_| {}).await;
    let mut trainer = Trainer::connect(&nats.url(), &first.config.storage.artifact_root).await;
    let mut watchers = JoinSet::new();
    let mut held = Vec::new();
    for _ in 0..JOBS {
        let job_id = first.submit_one().await.job_id;
        for i in 0..100 / JOBS {
            let mut at = vec![first.channel.clone(), second.channel.clone()];
            at.rotate_left(i % 2);
            // One in five keeps changing places.
            let cut = if i % 5 == 0 { 7 } else { usize::MAX };
            let job_id = job_id.clone();
            watchers.spawn(async move { (job_id.clone(), see_to_the_end(at, job_id, cut).await) });
        }
        held.push(trainer.take().await);
    }
    for step in 1..=60 {
        for held in &mut held {
            trainer.progress(held, f64::from(step) / 100.0).await;
        }
    }
    // Nobody is told of what comes now; it is found.
    let unheard = held[0].job.to_string();
    let mut witness = open(&second.channel, &unheard, None).await;
    nats.kill();
    let cancelled = first.cancel(&unheard).await;
    while next(&mut witness).await.event_no < cancelled.event_no {}
    nats.restart().await;
    for held in &mut held {
        let job_id = held.job.to_string();
        first.cancel(&job_id).await;
        trainer.stop(held).await;
        first.reaches(&job_id, JobState::Cancelled).await;
    }
    let mut seen_by: BTreeMap<String, Vec<_>> = BTreeMap::new();
    while let Some(watched) = watchers.join_next().await {
        let (job_id, seen) = watched.unwrap();
        seen_by.entry(job_id).or_default().push(seen);
    }
    assert_eq!(seen_by.len(), JOBS);
    for (job_id, seen) in seen_by {
        let table = table(&mut first, &job_id).await;
        let numbers: Vec<i64> = table.iter().map(|event| event.event_no).collect();
        assert_eq!(numbers, (1..=table.len() as i64).collect::<Vec<_>>());
        assert!(table.len() > 60 && seen.len() == 100 / JOBS);
        for seen in seen {
            assert_eq!(seen, table, "job {job_id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_watchers_cost_the_database_what_one_does() {
    const STEPS: usize = 40;
    let nats = NatsServer::start().await;
    let postgres = Postgres::start().await;
    let database = postgres.database();
    let connection = sea_orm::Database::connect(&database).await.unwrap();
    let name = database.rsplit('/').next().unwrap();
    connection
        .execute_unprepared(&format!("ALTER DATABASE {name} SET log_statement = 'all'"))
        .await
        .unwrap();
    let mut service = Service::start_with(&nats.url(), |config| {
        config.database.url = database;
        config.watch.poll = Duration::from_secs(3600);
        // Its trainer never beats.
        config.lease.ttl = Duration::from_secs(600);
    })
    .await;
    let mut trainer = Trainer::connect(&nats.url(), &service.config.storage.artifact_root).await;
    let job_id = service.submit_one().await.job_id;
    let mut held = trainer.take().await;
    let reads = || {
        let log = postgres.log();
        let reads_events =
            |line: &&str| line.contains("FROM \"job_events\"") && line.contains("\"event_no\" >");
        log.lines().filter(reads_events).count()
    };
    let mut streams = Vec::new();
    let mut costs = Vec::new();
    for watchers in [1, 100] {
        while streams.len() < watchers {
            let mut stream = open(&service.channel, &job_id, None).await;
            // The snapshot.
            next(&mut stream).await;
            streams.push(stream);
        }
        let before = reads();
        for step in 0..STEPS {
            trainer.progress(&mut held, step as f64 / 1000.0).await;
            let numbers: BTreeSet<_> = stream::iter(&mut streams)
                .then(async |stream| next(stream).await.event_no)
                .collect()
                .await;
            assert_eq!(numbers.len(), 1, "{numbers:?}");
        }
        costs.push(reads() - before);
    }
    // A commit may wake the reader twice: from here, and through NATS.
    assert!(
        costs[0] >= STEPS && costs[1] <= 3 * STEPS,
        "{costs:?} reads for {STEPS} events"
    );
}
