//! Reports outlive the process that made them.

use messages::bus::v1::{BeatStatus, terminal_report::Outcome};
use rustix::process::Signal;

use crate::{
    attempts::{SOME_SHA256, failure},
    job_service::{JobService, grant},
    trainers::{Place, kill, only_child, until},
    training::tumours,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_trainer_killed_before_it_could_tell_tells_when_it_is_back() {
    let place = Place::new();
    let mut service = JobService::start(grant(&place.endless_table(), SOME_SHA256)).await;
    let mut trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    let claim = service.claim(job).await;
    service.nats.kill();
    kill(child, Signal::ABORT);
    until("the report in the spool", || place.spooled().len() == 1).await;
    trainer.kill();
    let name = format!("{job}-1-{}.report", claim.lease_id);
    assert_eq!(place.spooled(), [name]);
    service.nats.restart().await;
    assert_eq!(service.state().reports(), 0);

    let _trainer = place.process(&service.nats.url());
    let report = service.report(job).await;
    assert_eq!(failure(&report), ("CRASHED", "CHILD_CRASHED".into()));
    assert_eq!(report.signal, Some(6));
    until("an empty spool", || place.spooled().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_came_too_late_is_removed_when_the_trainer_is_back() {
    let place = Place::new();
    let service = JobService::start(tumours(&place)).await;
    service.state().losing = true;
    let mut trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let dir = place.attempt_dir(&service.claim(job).await);
    service
        .eventually("a lost report", |state| (state.lost > 0).then_some(()))
        .await;
    trainer.kill();
    assert!(dir.join("manifest.json").exists() && place.spooled().len() == 1);
    service.state().status = BeatStatus::Fenced;
    let _trainer = place.process(&service.nats.url());
    until("the removal of the model", || !dir.exists()).await;
    until("an empty spool", || place.spooled().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_whose_report_was_lost_counts_when_the_trainer_is_back_in_time() {
    let place = Place::new();
    let service = JobService::start(tumours(&place)).await;
    service.state().losing = true;
    let mut trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let dir = place.attempt_dir(&service.claim(job).await);
    service
        .eventually("a lost report", |state| (state.lost > 0).then_some(()))
        .await;
    trainer.kill();
    // The message id is known to the stream: only without it is the report stored once more.
    service.wipe().await;
    service.state().losing = false;
    let _trainer = place.process(&service.nats.url());
    let report = service.report(job).await;
    assert!(matches!(report.outcome, Some(Outcome::Success(_))), "{report:?}");
    until("an empty spool", || place.spooled().is_empty()).await;
    assert!(dir.join("manifest.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_kept_is_told_all_the_same() {
    let place = Place::new();
    let service = JobService::start(grant(&place.endless_table(), SOME_SHA256)).await;
    let trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    service.claim(job).await;
    std::fs::remove_dir(place.spool()).unwrap();
    kill(child, Signal::ABORT);
    assert_eq!(
        failure(&service.report(job).await),
        ("CRASHED", "CHILD_CRASHED".into())
    );
    let log = trainer.log();
    assert!(
        log.contains("the report is only in memory") && log.contains("No such file"),
        "{log}"
    );
}
