//! Streams over real use cases on a real SQLite file, read by the test itself: no transport hides what is queued.

mod stage;

use std::{sync::Arc, time::Duration};

use messages::v1::job_event::Payload;
use tokio::sync::Barrier;
use tonic::Code;
use tonic_types::StatusExt;

use self::stage::{SOON, Stage, numbers, read_all};
use super::*;

#[tokio::test]
async fn many_who_watch_one_job_share_a_reader_that_leaves_with_the_last() {
    let stage = Stage::new(|_| {}).await;
    let (one, other) = (stage.running().await, stage.running().await);
    let mut streams = Vec::new();
    for job in [one.job, one.job, one.job, other.job] {
        let mut stream = stage.watch(job, None).await.unwrap();
        stream.next().await.unwrap().unwrap();
        streams.push(stream);
    }
    stage.readers_are(2).await;
    streams.truncate(1);
    stage.readers_are(1).await;
    streams.clear();
    stage.readers_are(0).await;
    assert_eq!(stage.news.waiting(), 0);
    let mut again = stage.watch(one.job, Some(0)).await.unwrap();
    assert!(again.next().await.unwrap().is_ok());
    stage.readers_are(1).await;
}

#[tokio::test]
async fn a_reader_ends_with_the_job_and_with_everything_else() {
    let stage = Stage::new(|_| {}).await;
    let (mut ending, going_on) = (stage.running().await, stage.running().await);
    let ended = stage.watch(ending.job, Some(0)).await.unwrap();
    let cut = stage.watch(going_on.job, Some(0)).await.unwrap();
    stage.readers_are(2).await;
    stage.fail(&mut ending).await;
    let (events, end) = read_all(ended).await;
    assert!(end.is_none(), "{end:?}");
    assert_eq!(numbers(&events), (1..=events.len() as i64).collect::<Vec<_>>());
    stage.readers_are(1).await;
    stage.closing.cancel();
    let (_, end) = read_all(cut).await;
    assert_eq!(end.unwrap().code(), Code::Unavailable);
    stage.readers_are(0).await;
    assert!(stage.shutdown.drain().await);
}

/// Whatever pages, windows and queues do to each other: small ones, and many that come at every moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_and_wherever_a_stream_begins_nothing_is_missing_or_told_twice() {
    const STEPS: i64 = 300;
    let stage = Stage::new(|watch| watch.buffer = 3).await;
    let mut running = stage.running().await;
    let first = stage.newest(running.job).await;
    let (watchers, steps_each) = (30, STEPS / 30);
    let begin: Vec<_> = (0..watchers).map(|_| Arc::new(Barrier::new(2))).collect();
    let mut tasks = Vec::new();
    for (i, begin) in begin.iter().enumerate() {
        let (stage, begin, job) = (stage.clone(), Arc::clone(begin), running.job);
        tasks.push(stage.shutdown.clone().spawn(async move {
            begin.wait().await;
            // From the beginning, from where the job is now, and from a place between.
            let after = match i % 3 {
                0 => Some(0),
                1 => None,
                _ => Some(stage.newest(job).await / 2),
            };
            let stream = stage.watch(job, after).await.unwrap();
            (after, read_all(stream).await)
        }));
    }
    for step in 0..STEPS {
        if step % steps_each == 0 {
            begin[usize::try_from(step / steps_each).unwrap()].wait().await;
        }
        stage.progress(&mut running).await;
    }
    stage.fail(&mut running).await;
    let last = stage.newest(running.job).await;
    assert!(last > first + STEPS);
    for task in tasks {
        let (after, (events, end)) = task.await.unwrap();
        assert!(end.is_none(), "{end:?}");
        let begins = match after {
            Some(after) => after + 1,
            // The snapshot bears the number of the event it was taken at.
            None => events[0].event_no,
        };
        assert_eq!(numbers(&events), (begins..=last).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn who_does_not_read_is_told_where_to_go_on_and_keeps_nobody_waiting() {
    const STALL: Duration = Duration::from_millis(300);
    let stage = Stage::new(|watch| {
        watch.buffer = 4;
        watch.stall = STALL;
    })
    .await;
    let mut running = stage.running().await;
    let mut stalled = stage.watch(running.job, Some(0)).await.unwrap();
    let first = stalled.next().await.unwrap().unwrap().event.unwrap();
    let reading = stage.watch(running.job, Some(0)).await.unwrap();
    let reading = stage.shutdown.spawn(read_all(reading));
    // The job goes on until the one that is not read must have been given up.
    let (begin, mut steps) = (std::time::Instant::now(), 0);
    while steps < 100 || begin.elapsed() < 3 * STALL {
        stage.progress(&mut running).await;
        steps += 1;
    }
    stage.fail(&mut running).await;
    let (all, end) = reading.await.unwrap();
    assert!(end.is_none() && all.len() > 100, "{end:?}");
    let (queued, end) = read_all(stalled).await;
    let mut seen = vec![first];
    seen.extend(queued);
    let status = end.unwrap();
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(
        (status.code(), info.reason.as_str()),
        (Code::Unavailable, "SLOW_WATCHER")
    );
    // The queue is kept for as long again, and gone by then.
    assert!(details.retry_info().is_some() && seen.len() <= 5);
    let after = info.metadata["after_event_no"].parse().unwrap();
    assert_eq!(seen.last().unwrap().event_no, after);
    let (rest, end) = read_all(stage.watch(running.job, Some(after)).await.unwrap()).await;
    assert!(end.is_none(), "{end:?}");
    seen.extend(rest);
    assert_eq!(seen, all);
}

#[tokio::test]
async fn who_is_cut_off_behind_a_full_queue_reads_the_queue_and_then_why() {
    let stage = Stage::new(|watch| watch.buffer = 2).await;
    let mut running = stage.running().await;
    for _ in 0..5 {
        stage.progress(&mut running).await;
    }
    let unread = stage.watch(running.job, Some(0)).await.unwrap();
    stage.closing.cancel();
    let (events, end) = read_all(unread).await;
    let status = end.unwrap();
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, "SHUTTING_DOWN");
    assert_eq!(
        info.metadata["after_event_no"],
        events.last().map_or(0, |last| last.event_no).to_string()
    );
}

#[tokio::test]
async fn a_stream_lasts_no_longer_than_its_lifetime_or_its_clients_deadline() {
    let stage = Stage::new(|watch| watch.lifetime = Duration::from_millis(300)).await;
    let running = stage.running().await;
    let newest = stage.newest(running.job).await;
    let lasting = stage.watch(running.job, Some(newest)).await.unwrap();
    let deadline = Deadline(Instant::now() + Duration::from_millis(100));
    let mut request = stage::request(running.job, Some(newest));
    request.extensions_mut().insert(deadline);
    let short = stage.watches.open(request).await.unwrap();
    for (stream, code, reason) in [
        (short, Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
        (lasting, Code::Unavailable, "STREAM_LIFETIME"),
    ] {
        let (_, end) = read_all(stream).await;
        let status = end.unwrap();
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!((status.code(), info.reason.as_str()), (code, reason));
        assert_eq!(info.metadata["after_event_no"], newest.to_string());
        assert!(details.retry_info().is_some());
    }
}

#[tokio::test]
async fn streams_that_were_opened_together_do_not_end_together() {
    let stage = Stage::new(|watch| watch.lifetime = Duration::from_secs(1000)).await;
    let now = Instant::now();
    let lifetimes: Vec<_> = (0..100)
        .map(|_| stage.watches.until(None).time.duration_since(now).as_secs())
        .collect();
    assert!(lifetimes.iter().all(|seconds| (900..=1101).contains(seconds)));
    assert!(lifetimes.iter().max().unwrap() - lifetimes.iter().min().unwrap() > 50);
}

#[tokio::test]
async fn a_job_that_is_deleted_meanwhile_ends_its_streams() {
    let stage = Stage::new(|_| {}).await;
    let running = stage.running().await;
    let stream = stage.watch(running.job, None).await.unwrap();
    stage.readers_are(1).await;
    stage.delete(running.job).await;
    let (events, end) = tokio::time::timeout(SOON, read_all(stream)).await.unwrap();
    assert!(matches!(events[0].payload, Some(Payload::Snapshot(_))));
    let status = end.unwrap();
    assert_eq!(status.code(), Code::NotFound);
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "JOB_NOT_FOUND");
    stage.readers_are(0).await;
    assert_eq!(
        stage.watch(running.job, None).await.err().unwrap().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_missing_event_ends_the_stream_before_the_gap() {
    let stage = Stage::new(|_| {}).await;
    let mut running = stage.running().await;
    for _ in 0..3 {
        stage.progress(&mut running).await;
    }
    stage.sql("DELETE FROM job_events WHERE event_no = 3").await;
    let (events, end) = read_all(stage.watch(running.job, Some(0)).await.unwrap()).await;
    assert_eq!(numbers(&events), [1, 2]);
    assert_eq!(end.unwrap().code(), Code::OutOfRange);
    let refused = stage.watch(running.job, Some(2)).await.err().unwrap();
    assert_eq!(refused.code(), Code::OutOfRange);
}
