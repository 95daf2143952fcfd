//! Trainers as processes: their directories and their command line.

use std::process::{Command, Stdio};

use testkit::eventually;

use crate::{
    job_service::{JobService, SOON, grant},
    trainers::Place,
};

#[tokio::test(flavor = "multi_thread")]
async fn two_trainers_do_not_share_a_data_directory() {
    let place = Place::new();
    let service = JobService::start(grant("file:///none.csv", "")).await;
    let first = place.process(&service.nats.url());
    eventually("the first trainer", SOON, || {
        std::future::ready(first.log().contains("trainer starts").then_some(()))
    })
    .await;
    let mut second = place.process(&service.nats.url());
    assert!(!second.wait(SOON).await.success());
    assert!(
        second.log().contains("another trainer is using"),
        "{}",
        second.log()
    );
}

#[test]
fn a_child_without_a_supervisor_ends_at_once() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
    let status = command
        .arg(trainer::CHILD_COMMAND)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(!status.success());
}
