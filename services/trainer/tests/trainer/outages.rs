//! NATS, the job-service or its database away: leases stand still, and fits go on.

use rustix::process::Signal;

use crate::{
    attempts::{SOME_SHA256, failure},
    job_service::{JobService, grant},
    trainers::{Place, children, is_alive, kill, only_child},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_word_after_an_outage_is_a_beat() {
    let place = Place::new();
    let mut rarely = grant(&place.endless_table(), SOME_SHA256);
    rarely.beat_interval = Some(prost_types::Duration {
        seconds: 3600,
        nanos: 0,
    });
    let mut service = JobService::start(rarely).await;
    let trainer = place.process(&service.nats.url());
    let claim = service.claim(service.announce().await).await;
    let child = only_child(&trainer).await;
    service.nats.kill();
    service.nats.restart().await;
    let beat = service
        .eventually("a beat long before its time", |state| {
            state.beats.first().cloned()
        })
        .await;
    assert_eq!(beat.lease_id, claim.lease_id);
    assert!(is_alive(child));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fit_goes_on_for_as_long_as_its_beats_are_not_answered() {
    let place = Place::new();
    let mut short = grant(&place.endless_table(), SOME_SHA256);
    short.lease_ttl = Some(prost_types::Duration { seconds: 1, nanos: 0 });
    let service = JobService::start(short).await;
    let trainer = place.process(&service.nats.url());
    service.state().mute = true;
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    // Each waits for half a second for its answer: together for several times the lease.
    service
        .eventually("many beats in vain", |state| {
            (state.beats.len() >= 12).then_some(())
        })
        .await;
    assert_eq!(children(trainer.pid()), [child]);
    service.state().mute = false;
    kill(child, Signal::ABORT);
    assert_eq!(
        failure(&service.report(job).await),
        ("CRASHED", "CHILD_CRASHED".into())
    );
    assert_eq!(service.state().claims.len(), 1);
}
