//! The end of a trainer: what it finishes, what it gives back, what it keeps.

use messages::bus::v1::ReleaseRequest;
use rustix::process::Signal;
use testkit::Process;

use crate::{
    attempts::{SOME_SHA256, failure},
    job_service::{JobService, SOON, grant},
    trainers::{Place, gone, is_alive, kill, only_child, until},
};

async fn begun(place: &Place) -> JobService {
    JobService::start(grant(&place.endless_table(), SOME_SHA256)).await
}

async fn end(trainer: &mut Process) -> String {
    let status = trainer.wait(SOON).await;
    let log = trainer.log();
    assert!(status.success(), "{log}");
    log.lines().last().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_finish_in_the_grace_is_given_back_and_taken_again() {
    let place = Place::new();
    let service = begun(&place).await;
    let mut trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    let claim = service.claim(job).await;
    let dir = place.litter(&claim);
    service.state().settling = false;
    trainer.terminate();
    service
        .eventually("a release asked for again", |state| {
            (state.releases.len() > 1).then_some(())
        })
        .await;
    assert!(
        !is_alive(child) && !dir.exists(),
        "the child is gone before its lease is given back"
    );
    service.state().settling = true;
    let last = end(&mut trainer).await;
    assert!(
        last.contains("not all") && last.contains("released=1 kept=0 lost=0"),
        "{last}"
    );
    let releases = service.state().releases.clone();
    let report = releases[0].report.clone().unwrap();
    assert!(
        report.exit_code.is_some() != report.signal.is_some(),
        "{report:?}"
    );
    assert!(
        report.peak_rss_bytes > 0 && report.outcome.is_none(),
        "{report:?}"
    );
    let asked = ReleaseRequest {
        job_id: claim.job_id.clone(),
        attempt: 1,
        lease_id: claim.lease_id.clone(),
        report: Some(report),
    };
    assert!(releases.iter().all(|release| *release == asked));
    assert_eq!(service.state().reports(), 0);

    let trainer = place.process(&service.nats.url());
    service.announce_attempt(job, 2).await;
    only_child(&trainer).await;
    let second = service
        .eventually("a claim of the second attempt", |state| {
            state.claims.iter().find(|claim| claim.attempt == 2).cloned()
        })
        .await;
    assert_ne!(second.lease_id, claim.lease_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_ends_during_the_drain_is_reported_before_the_trainer_ends() {
    let mut place = Place::new();
    place.options.insert("--drain-grace", "1h".into());
    let service = begun(&place).await;
    let mut trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    service.claim(job).await;
    trainer.terminate();
    until("the drain", || trainer.log().contains("shutting down")).await;
    kill(child, Signal::ABORT);
    let last = end(&mut trainer).await;
    assert!(last.contains("all it had begun is finished"), "{last}");
    assert_eq!(
        failure(&service.report(job).await),
        ("CRASHED", "CHILD_CRASHED".into())
    );
    assert_eq!((place.spooled(), service.state().releases.len()), (vec![], 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_cuts_the_drain_short() {
    let mut place = Place::new();
    place.options.insert("--drain-grace", "1h".into());
    let service = begun(&place).await;
    let mut trainer = place.process(&service.nats.url());
    let waiting = service.announce().await;
    let child = only_child(&trainer).await;
    service.claim(waiting).await;
    trainer.terminate();
    until("the drain", || trainer.log().contains("shutting down")).await;
    assert!(is_alive(child), "it may still finish");
    trainer.terminate();
    let last = end(&mut trainer).await;
    assert!(last.contains("released=1"), "{last}");
    gone(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_job_is_taken_once_the_end_has_begun() {
    let mut place = Place::new();
    place.options.insert("--drain-grace", "1h".into());
    place.options.insert("--slots", "2".into());
    let service = begun(&place).await;
    let mut trainer = place.process(&service.nats.url());
    let first = service.announce().await;
    service.claim(first).await;
    let child = only_child(&trainer).await;
    trainer.terminate();
    until("the drain", || trainer.log().contains("shutting down")).await;
    service.announce().await;
    kill(child, Signal::ABORT);
    end(&mut trainer).await;
    assert_eq!(service.state().claims.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_nats_the_drain_keeps_the_report_for_the_next_start() {
    let place = Place::new();
    let mut service = begun(&place).await;
    let mut trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    service.claim(job).await;
    service.nats.kill();
    kill(child, Signal::ABORT);
    until("the report in the spool", || place.spooled().len() == 1).await;
    trainer.terminate();
    let last = end(&mut trainer).await;
    assert!(last.contains("released=0 kept=1 lost=0"), "{last}");
    service.nats.restart().await;
    let mut trainer = place.process(&service.nats.url());
    service.report(job).await;
    until("an empty spool", || place.spooled().is_empty()).await;
    trainer.terminate();
    assert!(end(&mut trainer).await.contains("all it had begun is finished"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trainer_whose_log_nobody_reads_ends_like_any_other() {
    let place = Place::new();
    let service = begun(&place).await;
    let mut trainer = place.unread(&service.nats.url());
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    service.claim(job).await;
    trainer.terminate();
    assert!(trainer.wait(SOON).await.success());
    gone(child).await;
}
