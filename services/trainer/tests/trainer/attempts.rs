//! The life of an attempt with the real child: what it reads, how it is stopped, what becomes of its files.

use std::time::{Duration, Instant};

use messages::{
    bus::v1::{
        BeatStatus, Denial, Grant, TerminalReport, Unavailable, claim_reply, terminal_report::Outcome,
    },
    convert, route,
};
use rustix::process::Signal;
use testkit::eventually;

use crate::{
    job_service::{JobService, SOON, grant},
    trainers::{Place, children, gone, is_alive, kill, only_child, until},
};

pub(crate) const SOME_SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

pub(crate) fn failure(report: &TerminalReport) -> (&'static str, String) {
    match report.outcome.clone().unwrap() {
        Outcome::Failure(failure) => {
            let failure = convert::failure_from_pb(failure);
            (failure.kind.as_str(), failure.code)
        }
        other => panic!("no failure: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_outside_the_roots_is_not_read_and_a_missing_file_is_named() {
    let place = Place::new();
    let service = JobService::start(grant("file:///etc/passwd.csv", "")).await;
    let mut trainer = place.process(&service.nats.url());
    let report = service.report(service.announce().await).await;
    assert_eq!(failure(&report), ("INVALID_SPEC", "URI_NOT_ALLOWED".into()));
    assert_eq!((report.exit_code, report.signal), (Some(0), None));
    assert!(report.peak_rss_bytes > 1 << 20, "{report:?}");

    let missing = format!("file://{}", place.data("none.csv").display());
    service.state().answers = vec![claim_reply::Outcome::Grant(grant(&missing, ""))];
    let report = service.report(service.announce().await).await;
    assert_eq!(failure(&report), ("INVALID_DATA", "FILE_NOT_FOUND".into()));
    {
        let state = service.state();
        assert!(
            state
                .claims
                .iter()
                .all(|claim| claim.artifact_root_id == place.root.id().to_string())
        );
        for claim in &state.claims {
            let seqs = state
                .events
                .iter()
                .filter(|event| event.lease_id == claim.lease_id)
                .map(|event| event.seq);
            assert!(
                seqs.clone().eq(1..=seqs.count() as i64),
                "numbered from 1, without gaps"
            );
        }
    }
    trainer.terminate();
    assert!(trainer.wait(SOON).await.success(), "{}", trainer.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_does_not_outlive_its_killed_trainer() {
    let place = Place::new();
    let service = JobService::start(grant(&place.endless_table(), SOME_SHA256)).await;
    let mut trainer = place.process(&service.nats.url());
    service.announce().await;
    let child = only_child(&trainer).await;
    service
        .eventually("a beat", |state| state.beats.first().cloned())
        .await;
    trainer.kill();
    gone(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_told_by_a_beat_or_by_a_hint_stops_the_child() {
    let place = Place::new();
    let mut slow = grant(&place.endless_table(), SOME_SHA256);
    let service = JobService::start(slow.clone()).await;
    let trainer = place.process(&service.nats.url());
    for hinted in [false, true] {
        if hinted {
            slow.beat_interval = Some(prost_types::Duration {
                seconds: 3600,
                nanos: 0,
            });
            service.state().answers = vec![claim_reply::Outcome::Grant(slow.clone())];
        }
        let job = service.announce().await;
        let child = only_child(&trainer).await;
        let claim = service.claim(job).await;
        let dir = place.litter(&claim);
        let began = Instant::now();
        if hinted {
            service.hint(&claim, &place.trainer_id()).await;
        } else {
            service.state().status = BeatStatus::CancelRequested;
        }
        let report = service.report(job).await;
        assert!(matches!(report.outcome, Some(Outcome::Stopped(_))), "{report:?}");
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        assert!(!is_alive(child) && !dir.exists());
        service.state().status = BeatStatus::Ok;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fenced_trainer_kills_its_child_and_removes_its_files_without_a_word() {
    let place = Place::new();
    let service = JobService::start(grant(&place.endless_table(), SOME_SHA256)).await;
    let trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    let dir = place.litter(&service.claim(job).await);
    service.state().status = BeatStatus::Fenced;
    gone(child).await;
    until("the removal of the files", || !dir.exists()).await;
    service.state().status = BeatStatus::Ok;
    // The slot is free: another job gets its child. Its report would have come after one of the first.
    let next = service.announce().await;
    kill(only_child(&trainer).await, Signal::KILL);
    service.report(next).await;
    let fenced = job.to_string();
    let terminal = |event: &messages::bus::v1::TrainerEvent| {
        event.job_id == fenced
            && matches!(
                event.body,
                Some(messages::bus::v1::trainer_event::Body::Terminal(_))
            )
    };
    assert!(!service.state().events.iter().any(terminal));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_is_reported_with_its_signal_even_when_nats_was_away() {
    let place = Place::new();
    let mut service = JobService::start(grant(&place.endless_table(), SOME_SHA256)).await;
    let trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    let dir = place.litter(&service.claim(job).await);
    service.nats.kill();
    kill(child, Signal::ABORT);
    until("the removal of the files", || !dir.exists()).await;
    service.nats.restart().await;
    let report = service.report(job).await;
    assert_eq!(failure(&report), ("CRASHED", "CHILD_CRASHED".into()));
    assert_eq!((report.exit_code, report.signal), (None, Some(6)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_asked_again_under_the_same_lease_and_a_denial_ends_it() {
    let place = Place::new();
    let service = JobService::start(grant("file:///none.csv", "")).await;
    let unavailable = claim_reply::Outcome::Unavailable(Unavailable {});
    let denial = claim_reply::Outcome::Denial(Denial {
        reason: "taken".into(),
    });
    service.state().answers = vec![unavailable.clone(), unavailable, denial];
    let trainer = place.process(&service.nats.url());
    let id = route::dispatch_id(service.announce().await, 1, 1);
    eventually("an empty queue", SOON, async || {
        let claimed = service.state().claims.len() == 3;
        let held = service.bus.holds(route::JOBS_STREAM, 1, &id).await.ok()?;
        (claimed && !held).then_some(())
    })
    .await;
    let state = service.state();
    assert!(
        state
            .claims
            .iter()
            .all(|claim| claim.lease_id == state.claims[0].lease_id)
    );
    assert!(state.events.is_empty() && children(trainer.pid()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_cannot_be_used_is_reported_as_a_failure() {
    let place = Place::new();
    let whole = grant("file:///none.csv", "");
    let service = JobService::start(whole.clone()).await;
    let _trainer = place.process(&service.nats.url());
    for spoilt in [
        Grant {
            spec: None,
            ..whole.clone()
        },
        Grant {
            pipeline_id: "../up".into(),
            ..whole
        },
    ] {
        service.state().answers = vec![claim_reply::Outcome::Grant(spoilt)];
        let report = service.report(service.announce().await).await;
        assert_eq!(failure(&report), ("UNSUPPORTED", "GRANT_UNUSABLE".into()));
    }
}
