//! The executable: its line "serving", its end, and what becomes of it while the database is away.

use std::{path::Path, process::Command, time::Duration};

use api::v1::job_service_client::JobServiceClient;
use messages::v1;
use testkit::{NatsServer, Postgres, Process, eventually};
use tonic::{Code, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_types::StatusExt;

use crate::support::SOON;

pub(crate) fn command(verb: &str, dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_job-service"));
    command
        .arg(verb)
        .arg("--data-dir")
        .arg(dir.join("service"))
        .arg("--artifact-root")
        .arg(dir.join("artifacts"))
        .args(["--log-format", "json", "--listen", "127.0.0.1:0"]);
    command
}

/// The address in the line "serving".
pub(crate) async fn address(process: &Process) -> String {
    eventually("the line \"serving\"", SOON, || async {
        let log = process.log();
        let line = log
            .lines()
            .find(|line| line.contains("\"message\":\"serving\""))?;
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(line["listen.address"].as_str()?.to_owned())
    })
    .await
}

async fn connect(process: &Process) -> Channel {
    let address = address(process).await;
    Channel::from_shared(format!("http://{address}"))
        .unwrap()
        .connect()
        .await
        .unwrap()
}

/// Waits until the health is `wanted`.
async fn answers(channel: &Channel, wanted: ServingStatus) {
    eventually("the health", 2 * SOON, || async {
        let mut health = HealthClient::new(channel.clone());
        let answer = health.check(HealthCheckRequest::default()).await.ok()?;
        (answer.into_inner().status() == wanted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_process_names_its_port_and_ends_on_sigterm() {
    let nats = NatsServer::start().await;
    let dir = tempfile::tempdir().unwrap();
    let mut serve = command("serve", dir.path());
    serve.args(["--nats", &nats.url()]);
    let mut process = Process::start("job-service", serve, dir.path());
    let mut jobs = JobServiceClient::new(connect(&process).await);
    let listed = jobs
        .list_training_jobs(v1::ListTrainingJobsRequest::default())
        .await
        .unwrap();
    assert!(listed.into_inner().jobs.is_empty());
    assert!(dir.path().join("artifacts").join(storage::MARKER).is_file());
    process.terminate();
    assert!(
        process.wait(Duration::from_secs(10)).await.success(),
        "{}",
        process.log()
    );
}

#[tokio::test]
async fn a_database_can_be_prepared_and_a_configuration_shown() {
    let dir = tempfile::tempdir().unwrap();
    let output = command("migrate", dir.path()).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(dir.path().join("service/jobs.db").is_file());
    let output = command("dump-config", dir.path()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("listen = \"127.0.0.1:0\"") && text.contains("ttl = \"30s\""),
        "{text}"
    );
    let mut broken = command("serve", dir.path());
    broken.env("TRAINYARD_LEASE__TTL", "soon");
    let output = broken.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("TTL"), "{text}");
}

#[tokio::test]
async fn while_the_database_is_away_calls_are_unavailable_and_health_says_so() {
    let nats = NatsServer::start().await;
    let mut postgres = Postgres::start().await;
    let dir = tempfile::tempdir().unwrap();
    let mut serve = command("serve", dir.path());
    serve
        .args(["--nats", &nats.url(), "--database", &postgres.database()])
        .env("TRAINYARD_DATABASE__PROBE_INTERVAL", "100ms");
    let mut process = Process::start("job-service", serve, dir.path());
    let channel = connect(&process).await;
    answers(&channel, ServingStatus::Serving).await;
    postgres.kill();
    answers(&channel, ServingStatus::NotServing).await;
    let mut jobs = JobServiceClient::new(channel.clone());
    let refused = jobs
        .list_training_jobs(v1::ListTrainingJobsRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let details = refused.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "DATABASE_UNAVAILABLE");
    assert!(details.retry_info().is_some());
    assert!(process.is_running(), "it waits for the database to come back");
}

#[tokio::test]
async fn a_service_whose_disk_is_full_does_not_serve_until_there_is_room() {
    let nats = NatsServer::start().await;
    let dir = tempfile::tempdir().unwrap();
    let serve = command("serve", dir.path());
    // A file that may not grow is to be an error, as on a full disk, and not a signal.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(serve.get_program())
        .args(serve.get_args())
        .args(["--nats", &nats.url()])
        .env("TRAINYARD_DATABASE__PROBE_INTERVAL", "100ms");
    let mut process = Process::start("job-service", shell, dir.path());
    let channel = connect(&process).await;
    answers(&channel, ServingStatus::Serving).await;
    // The log of writes is longer already: nothing can be added to it.
    let log = std::fs::metadata(dir.path().join("service/jobs.db-wal")).unwrap();
    let full = log.len() / 2;
    assert!(full > 0);
    process.limit_files(Some(full));
    answers(&channel, ServingStatus::NotServing).await;
    process.limit_files(None);
    answers(&channel, ServingStatus::Serving).await;
}

#[tokio::test]
async fn a_service_started_while_its_database_is_away_waits_for_it() {
    let nats = NatsServer::start().await;
    let mut postgres = Postgres::start().await;
    let dir = tempfile::tempdir().unwrap();
    let mut serve = command("serve", dir.path());
    serve.args(["--nats", &nats.url(), "--database", &postgres.database()]);
    postgres.kill();
    let mut process = Process::start("job-service", serve, dir.path());
    eventually("the word that it waits", SOON, async || {
        process.log().contains("waiting for it").then_some(())
    })
    .await;
    assert!(process.is_running(), "{}", process.log());
    postgres.restart().await;
    let mut jobs = JobServiceClient::new(connect(&process).await);
    jobs.list_training_jobs(v1::ListTrainingJobsRequest::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_database_that_is_not_there_ends_the_start_with_its_name() {
    let postgres = Postgres::start().await;
    let dir = tempfile::tempdir().unwrap();
    let mut serve = command("serve", dir.path());
    let url = format!("{}_not", postgres.database());
    serve.args(["--database", &url]);
    let output = serve.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && text.contains("does not exist"),
        "{text}"
    );
}
