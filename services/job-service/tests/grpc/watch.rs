//! `WatchJob`: ordered, gapless, resumable.

use std::time::Duration;

use messages::v1::{self, JobState, job_event::Payload};
use testkit::{NatsServer, Postgres};
use tonic::Code;
use tonic_types::StatusExt;

use crate::support::{Service, Trainer, read_all};

/// A job that ended after some progress.
async fn finished_job(service: &mut Service, nats: &NatsServer) -> String {
    let mut trainer = Trainer::connect(&nats.url(), &service.config.storage.artifact_root).await;
    let job_id = service.submit_one().await.job_id;
    let mut held = trainer.take().await;
    for step in 1..=5 {
        trainer.progress(&mut held, f64::from(step) / 10.0).await;
    }
    trainer.succeed(&mut held).await;
    service.reaches(&job_id, JobState::Succeeded).await;
    job_id
}

#[tokio::test]
async fn a_stream_resumed_anywhere_gives_the_identical_remaining_events() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job_id = finished_job(&mut service, &nats).await;
    let all = service.history(&job_id).await;
    let numbers: Vec<i64> = all.iter().map(|event| event.event_no).collect();
    assert_eq!(numbers, (1..=all.len() as i64).collect::<Vec<_>>());
    for after in 0..=all.len() {
        let stream = service.watch(&job_id, Some(after as i64)).await;
        let (events, end) = read_all(stream).await;
        end.unwrap();
        assert_eq!(events, all[after..], "after {after}");
    }
    let beyond = v1::WatchJobRequest {
        job_id,
        after_event_no: Some(all.len() as i64 + 1),
        ..Default::default()
    };
    assert_eq!(
        service.jobs.watch_job(beyond).await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[tokio::test]
async fn a_stream_opened_early_and_one_resumed_half_way_see_the_same_job() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let mut trainer = Trainer::connect(&nats.url(), &service.config.storage.artifact_root).await;
    let job_id = service.submit_one().await.job_id;
    let snapshot_stream = service.watch(&job_id, None).await;
    let mut cut = service.watch(&job_id, Some(0)).await;
    let mut held = trainer.take().await;
    trainer.progress(&mut held, 0.3).await;
    let mut seen = Vec::new();
    while seen.len() < 3 {
        seen.push(cut.message().await.unwrap().unwrap().event.unwrap());
    }
    drop(cut);
    trainer.progress(&mut held, 0.6).await;
    let rest = service.watch(&job_id, Some(seen.last().unwrap().event_no)).await;
    trainer.succeed(&mut held).await;
    let (rest, end) = read_all(rest).await;
    end.unwrap();
    seen.extend(rest);
    assert_eq!(seen, service.history(&job_id).await);

    let (events, end) = read_all(snapshot_stream).await;
    end.unwrap();
    let Some(Payload::Snapshot(snapshot)) = &events[0].payload else {
        panic!("the first event is the snapshot: {:?}", events[0]);
    };
    assert_eq!(
        (snapshot.state(), snapshot.event_no),
        (JobState::Queued, events[0].event_no)
    );
    let after = usize::try_from(snapshot.event_no).unwrap();
    assert_eq!(events[1..], seen[after..]);
}

#[tokio::test]
async fn a_snapshot_of_a_finished_job_is_the_whole_stream() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job_id = service.submit_one().await.job_id;
    let last = service.cancel(&job_id).await.event_no;
    let (events, end) = read_all(service.watch(&job_id, None).await).await;
    end.unwrap();
    assert_eq!(
        events.iter().map(|event| event.event_no).collect::<Vec<_>>(),
        [last]
    );
    let (events, end) = read_all(service.watch(&job_id, Some(last)).await).await;
    end.unwrap();
    assert!(events.is_empty());
}

#[tokio::test]
async fn an_idle_stream_carries_bookmarks() {
    let nats = NatsServer::start().await;
    let mut service = Service::start_with(&nats.url(), |config| {
        config.watch.bookmark = Duration::from_millis(50);
    })
    .await;
    let job = service.submit_one().await;
    let mut stream = service.watch(&job.job_id, Some(job.event_no)).await;
    for _ in 0..3 {
        let event = stream.message().await.unwrap().unwrap().event.unwrap();
        assert_eq!(event.event_no, job.event_no);
        assert!(matches!(event.payload, Some(Payload::Bookmark(_))));
    }
}

#[tokio::test]
async fn thinning_leaves_out_progress_only() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job_id = finished_job(&mut service, &nats).await;
    let request = v1::WatchJobRequest {
        job_id: job_id.clone(),
        after_event_no: Some(0),
        min_progress_interval: Some(prost_types::Duration {
            seconds: 3600,
            nanos: 0,
        }),
    };
    let stream = service.jobs.watch_job(request).await.unwrap().into_inner();
    let (events, end) = read_all(stream).await;
    end.unwrap();
    let is_progress = |event: &&v1::JobEvent| matches!(event.payload, Some(Payload::Progress(_)));
    let all = service.history(&job_id).await;
    assert_eq!(events.iter().filter(is_progress).count(), 1);
    assert_eq!(
        events
            .iter()
            .filter(|event| !is_progress(event))
            .collect::<Vec<_>>(),
        all.iter().filter(|event| !is_progress(event)).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_shutdown_ends_streams_with_the_place_to_go_on() {
    let nats = NatsServer::start().await;
    let mut service = Service::start(&nats.url()).await;
    let job = service.submit_one().await;
    let mut stream = service.watch(&job.job_id, None).await;
    stream.message().await.unwrap().unwrap();
    service.shutdown.trigger();
    let (events, end) = read_all(stream).await;
    assert!(events.is_empty());
    let status = end.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let details = status.get_error_details();
    assert_eq!(
        details.error_info().unwrap().metadata["after_event_no"],
        job.event_no.to_string()
    );
    assert!(details.retry_info().is_some());
    drop(service.jobs.clone());
    service.ended().await.unwrap();
}

#[tokio::test]
async fn what_is_committed_at_one_replica_wakes_the_watchers_of_another() {
    let nats = NatsServer::start().await;
    let database = Postgres::shared().await.database();
    let mut first = Service::start_with(&nats.url(), |config| config.database.url = database).await;
    let mut second = first
        .replica(|config| {
            config.watch.poll = Duration::from_secs(3600);
            config.watch.bookmark = Duration::from_millis(200);
        })
        .await;
    // A note may be lost while the second replica still connects; once one was heard, none is.
    let mut lost = 0;
    while !is_woken(&mut first, &mut second, Duration::from_secs(1)).await {
        lost += 1;
        assert!(lost < 20, "no note woke a watcher of the second replica");
    }
    for note in 0..10 {
        assert!(
            is_woken(&mut first, &mut second, Duration::from_secs(10)).await,
            "note {note}"
        );
    }
}

/// Whether what becomes of a job at `first` reaches a watcher of `second` within this time.
async fn is_woken(first: &mut Service, second: &mut Service, within: Duration) -> bool {
    let job = first.submit_one().await;
    let mut stream = second.watch(&job.job_id, Some(job.event_no)).await;
    // What its first look into the database finds, no note has woken it for: a bookmark says that it waits.
    assert!(is_bookmark(&next(&mut stream).await));
    let cancelled = first.cancel(&job.job_id).await;
    let told = async {
        loop {
            let event = next(&mut stream).await;
            if !is_bookmark(&event) {
                return event;
            }
        }
    };
    let Ok(event) = tokio::time::timeout(within, told).await else {
        return false;
    };
    assert_eq!(event.event_no, cancelled.event_no);
    true
}

async fn next(stream: &mut tonic::Streaming<v1::WatchJobResponse>) -> v1::JobEvent {
    stream.message().await.unwrap().unwrap().event.unwrap()
}

fn is_bookmark(event: &v1::JobEvent) -> bool {
    matches!(event.payload, Some(Payload::Bookmark(_)))
}
