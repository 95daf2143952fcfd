//! Children that do not behave, played by shell scripts.

use std::time::{Duration, Instant};

use messages::{
    bus::v1::{
        BeatStatus, Frame, Grant, Success, TerminalReport, TrainerEvent, frame, terminal_report::Outcome,
        trainer_event::Body,
    },
    v1,
};
use prost::Message;
use testkit::eventually;

use crate::{
    job_service::{CANCEL_GRACE_MS, JobService, SOON, grant},
    trainers::{Place, is_alive},
};

fn any_grant() -> Grant {
    grant("file:///none.csv", "")
}

fn code(report: &TerminalReport) -> &str {
    match &report.outcome {
        Some(Outcome::Failure(failure)) => &failure.code,
        other => panic!("no failure: {other:?}"),
    }
}

/// A script that says some frames and then waits to be let go.
fn saying(place: &Place, frames: Vec<frame::Body>) -> String {
    let mut bytes = Vec::new();
    for body in frames {
        let frame = Frame { body: Some(body) }.encode_to_vec();
        bytes.extend_from_slice(&u32::try_from(frame.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(&frame);
    }
    let path = place.data("frames");
    std::fs::write(&path, bytes).unwrap();
    format!(
        "cat {} >&0; cat > {}",
        path.display(),
        place.data("heard").display()
    )
}

fn progress(fraction: f64) -> frame::Body {
    let progress = Some(v1::Progress {
        fraction,
        ..Default::default()
    });
    frame::Body::Progress(v1::ProgressUpdate {
        progress,
        ..Default::default()
    })
}

fn word(number: u32) -> frame::Body {
    frame::Body::Log(v1::LogLine {
        message: number.to_string(),
        ..Default::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn words_arrive_in_order_and_progress_is_thinned_to_its_latest_value() {
    let place = Place::new();
    let service = JobService::start(any_grant()).await;
    let mut frames: Vec<_> = (0..1000)
        .flat_map(|i| [word(i), progress(f64::from(i) / 1000.0)])
        .collect();
    frames.push(frame::Body::Success(Success::default()));
    let trainer = place.scripted(&service.nats.url(), &saying(&place, frames));
    let job = service.announce().await;
    let dir = place.litter(&service.claim(job).await);
    let report = service.report(job).await;
    assert!(matches!(report.outcome, Some(Outcome::Success(_))), "{report:?}");
    assert!(dir.exists(), "a success keeps its files");
    let events: Vec<TrainerEvent> = service.state().events.clone();
    assert!(events.iter().map(|event| event.seq).eq(1..=events.len() as i64));
    let words = events.iter().filter_map(|event| match &event.body {
        Some(Body::Log(line)) => line.message.parse::<u32>().ok(),
        _ => None,
    });
    assert!(words.eq(0..1000));
    let told = events
        .iter()
        .filter(|event| matches!(event.body, Some(Body::Progress(_))))
        .count();
    assert!(told < 20, "{told} of 1000 words on progress within seconds");
    trainer.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_to_tell_leaves_no_gap_in_the_numbers() {
    let place = Place::new();
    let service = JobService::start(any_grant()).await;
    let large = frame::Body::Log(v1::LogLine {
        message: "x".repeat(70_000),
        ..Default::default()
    });
    let frames = vec![word(1), large, word(2), frame::Body::Success(Success::default())];
    let trainer = place.scripted(&service.nats.url(), &saying(&place, frames));
    service.report(service.announce().await).await;
    let events = service.state().events.clone();
    assert_eq!(
        events.iter().map(|event| event.seq).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    trainer.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_that_comes_after_a_cancellation_becomes_a_stop() {
    let place = Place::new();
    let service = JobService::start(any_grant()).await;
    service.state().losing = true;
    let frames = vec![frame::Body::Success(Success::default())];
    let trainer = place.scripted(&service.nats.url(), &saying(&place, frames));
    let job = service.announce().await;
    let dir = place.litter(&service.claim(job).await);
    service
        .eventually("the lost success", |state| (state.lost > 0).then_some(()))
        .await;
    {
        let mut state = service.state();
        (state.losing, state.status) = (false, BeatStatus::CancelRequested);
    }
    let report = service.report(job).await;
    assert!(matches!(report.outcome, Some(Outcome::Stopped(_))), "{report:?}");
    assert!(!dir.exists());
    service.state().status = BeatStatus::Done;
    tokio::time::timeout(Duration::from_secs(20), trainer.end())
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_without_a_last_word_is_a_crash_with_the_end_of_the_log() {
    let place = Place::new();
    let service = JobService::start(any_grant()).await;
    let script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i + 1)); done; echo boom >&2; exit 7";
    let trainer = place.scripted(&service.nats.url(), script);
    let report = service.report(service.announce().await).await;
    assert_eq!(
        (code(&report), report.exit_code, report.signal),
        ("CHILD_CRASHED", Some(7), None)
    );
    assert!(
        report.log_tail.contains("boom\n") && report.log_tail.contains("line 19999\n"),
        "{}",
        report.log_tail
    );
    assert!(report.log_tail.len() <= 8 * 1024, "{}", report.log_tail.len());
    trainer.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_deaf_to_everything_is_killed_with_all_it_has_started() {
    let place = Place::new();
    let mut grant = any_grant();
    // More than a socket holds: the child does not even take in what it shall do.
    grant.spec.as_mut().unwrap().node_id = "n".repeat(400_000);
    let service = JobService::start(grant).await;
    let pids = place.data("pids");
    let script = format!(
        "trap '' TERM; sleep 600 & echo $$ $! > {0}.new; mv {0}.new {0}; while :; do wait; done",
        pids.display()
    );
    let trainer = place.scripted(&service.nats.url(), &script);
    let job = service.announce().await;
    let text = eventually("the script", SOON, || {
        std::future::ready(std::fs::read_to_string(&pids).ok())
    })
    .await;
    service.state().status = BeatStatus::CancelRequested;
    let cancelled = Instant::now();
    let report = service.report(job).await;
    assert!(matches!(report.outcome, Some(Outcome::Stopped(_))), "{report:?}");
    assert_eq!(report.signal, Some(9));
    let promised = Duration::from_millis(CANCEL_GRACE_MS.unsigned_abs()) + Duration::from_secs(2);
    assert!(cancelled.elapsed() <= promised, "{:?}", cancelled.elapsed());
    for pid in text.split_whitespace() {
        let pid = pid.parse().unwrap();
        eventually("the end of the group", SOON, || {
            std::future::ready((!is_alive(pid)).then_some(()))
        })
        .await;
    }
    service.state().status = BeatStatus::Done;
    trainer.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_over_its_memory_limit_is_killed_and_reported_so() {
    let place = Place::new();
    let service = JobService::start(Grant {
        memory_limit_bytes: 64 * 1024,
        ..any_grant()
    })
    .await;
    let trainer = place.scripted(&service.nats.url(), "sleep 600");
    let report = service.report(service.announce().await).await;
    assert_eq!((code(&report), report.signal), ("MEMORY_LIMIT", Some(9)));
    assert!(report.peak_rss_bytes > 64 * 1024);
    trainer.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_speaks_nonsense_is_a_crash() {
    let place = Place::new();
    let service = JobService::start(any_grant()).await;
    let trainer = place.scripted(&service.nats.url(), "echo nonsense >&0; sleep 600");
    let report = service.report(service.announce().await).await;
    assert_eq!(code(&report), "CHILD_CRASHED");
    trainer.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_lost_with_the_whole_store_is_sent_again() {
    let place = Place::new();
    let service = JobService::start(any_grant()).await;
    service.state().losing = true;
    let trainer = place.scripted(&service.nats.url(), "exit 7");
    let job = service.announce().await;
    service
        .eventually("a lost report", |state| (state.lost > 0).then_some(()))
        .await;
    service.wipe().await;
    service.state().losing = false;
    let report = service.report(job).await;
    assert_eq!((code(&report), report.exit_code), ("CHILD_CRASHED", Some(7)));
    trainer.end().await.unwrap();
}
