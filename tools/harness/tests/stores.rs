//! Tables and models in an object store, with the real processes and a real S3 server.

use std::{path::Path, process::Command};

use harness::{
    Database, Stack,
    client::{check_history, model, submission},
    processes::child_of,
    stack::{Builder, SOON},
    table::write_classification,
};
use messages::v1;
use testkit::{Keys, Proxy, S3Server, binaries, eventually, processes};

const MODELS: &str = "s3://trainyard/ours/models";
const TABLES: &str = "s3://trainyard/ours/tables";
const TABLE: &str = "ours/tables/big.csv";
const MARKER: &str = "ours/models/.trainyard-root";
/// As it is shipped, and as it is told of in docs/ARTIFACTS.md.
const POLICY: &str = include_str!("../../../deploy/s3-policy.json");
/// Into the middle of what the model of [`forest`] takes.
const HALF_WAY: usize = 8 << 20;

/// A server with a table of which a model becomes large enough to go in parts.
async fn server() -> S3Server {
    let server = S3Server::start().await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    write_classification(file.path(), 20_000, 20, 7);
    server
        .put(TABLE, &std::fs::read(file.path()).expect("a table"))
        .await;
    server
}

fn forest() -> v1::SubmitTrainingJobRequest {
    let trees = model("extra_trees_classifier", &[("n_estimators", 100.0)]);
    submission("big", "label", vec![trees])
}

/// A stack with tables and models in the bucket. The job-service reaches the server itself, trainers at an address that
/// may be a proxy's.
fn builder(server: &S3Server, trainers: &str, keys: &Keys) -> Builder {
    let mut builder = Stack::builder(Database::Sqlite)
        .artifact_root(MODELS)
        .data_root(TABLES)
        .trainer_env("TRAINYARD_STORE_PATIENCE", "1s")
        .service_env("TRAINYARD_RETENTION__LEFTOVERS", "4s")
        .service_env("TRAINYARD_RETENTION__INTERVAL", "300ms");
    for (name, value) in S3Server::variables(&server.address(), keys) {
        builder = builder.service_env(&name, &value);
    }
    for (name, value) in S3Server::variables(trainers, keys) {
        builder = builder.trainer_env(&name, &value);
    }
    builder
}

async fn submitted(stack: &Stack, request: v1::SubmitTrainingJobRequest) -> String {
    stack.register_uri("big", &format!("{TABLES}/big.csv")).await;
    let jobs = stack.client().submit(request).await.expect("a job");
    jobs[0].job_id.clone()
}

async fn succeeded(stack: &Stack, job_id: &str, attempt: i32) -> v1::TrainingJob {
    let job = stack.client().finished(job_id, 3 * SOON).await;
    assert_eq!(job.state(), v1::JobState::Succeeded, "{:?}", job.failure);
    assert_eq!(job.attempt, attempt, "{:?}", job.attempts);
    check_history(&stack.client().events(job_id).await.expect("events")).expect("a sound history");
    job
}

/// The keys of what a job's model consists of.
fn keys_of(job: &v1::TrainingJob) -> Vec<String> {
    let artifact = job.artifact.as_ref().expect("an artifact");
    let folder = artifact.uri.strip_prefix("s3://trainyard/").expect("an object");
    let files = artifact.files.iter();
    files.map(|file| format!("{folder}/{}", file.name)).collect()
}

/// All that there may be when nothing is left behind.
fn whole(jobs: &[&v1::TrainingJob]) -> Vec<String> {
    let mut keys = vec![MARKER.to_owned(), TABLE.to_owned()];
    keys.extend(jobs.iter().flat_map(|job| keys_of(job)));
    keys.sort();
    keys
}

/// Runs trainctl and returns its standard output.
fn trainctl(stack: &Stack, variables: &[(String, String)], arguments: &[&str]) -> String {
    let output = Command::new(binaries::path("trainctl"))
        .args(["--json", "--server", &stack.url()])
        .args(arguments)
        .envs(variables.iter().cloned())
        .output()
        .expect("trainctl starts");
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_from_table_to_model_and_the_model_to_whoever_asks() {
    let server = server().await;
    let keys = Keys::any();
    let stack = builder(&server, &server.address(), &keys).start().await;
    let job_id = submitted(&stack, forest()).await;
    let job = succeeded(&stack, &job_id, 1).await;
    let artifact = job.artifact.as_ref().expect("an artifact");
    assert!(
        artifact.uri.starts_with(&format!("{MODELS}/models/")),
        "{}",
        artifact.uri
    );
    assert!(
        artifact.files.iter().any(|file| file.bytes > 8 << 20),
        "{:?}",
        artifact.files
    );

    // Through the server, without a right to the store; and from the store itself, without the server.
    let here = tempfile::tempdir().expect("a directory");
    let copy = here.path().join("model").display().to_string();
    trainctl(&stack, &[], &["artifact", "get", &job_id, "--output", &copy]);
    trainctl(&stack, &[], &["artifact", "verify", &copy]);
    let variables = S3Server::variables(&server.address(), &keys);
    trainctl(&stack, &variables, &["artifact", "verify", &artifact.uri]);
    let table = here.path().join("big.csv");
    write_classification(&table, 20_000, 20, 7);
    let (uri, table) = (artifact.uri.as_str(), table.display().to_string());
    let predict = ["predict", "--rows", "test", "--artifact", uri, "--input", &table];
    let shown = trainctl(&stack, &variables, &predict);
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["equal"], true, "{shown}");

    assert_eq!(server.keys().await, whole(&[&job]));
    trainctl(&stack, &[], &["delete", "--artifacts", &job_id]);
    assert_eq!(server.keys().await, whole(&[]));
    assert!(server.uploads().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_fails_half_way_is_cleared_away_at_once_and_the_job_tried_again() {
    let server = server().await;
    let proxy = Proxy::start(&server.address()).await;
    let stack = builder(&server, &proxy.address().to_string(), &Keys::any())
        .start()
        .await;
    proxy.cut_after(HALF_WAY);
    let job_id = submitted(&stack, forest()).await;
    proxy.has_failed().await;
    let left = (server.keys().await, server.uploads().await);
    assert!(!left.1.is_empty(), "something is left for now: {left:?}");
    // The store is back when the attempt has been given up.
    let trainer = stack.trainers[0].pid();
    eventually("the end of the attempt", SOON, || {
        std::future::ready(processes::children(trainer).is_empty().then_some(()))
    })
    .await;
    proxy.pass();
    eventually("nothing is left", SOON, || async {
        (server.uploads().await.is_empty() && server.keys().await == whole(&[])).then_some(())
    })
    .await;
    let job = succeeded(&stack, &job_id, 2).await;
    let events = stack.client().events(&job_id).await.expect("events");
    let failure = events.iter().find_map(|event| match &event.payload {
        Some(v1::job_event::Payload::State(change)) => change.failure.as_ref(),
        _ => None,
    });
    let failure = failure.expect("a failure");
    assert_eq!(failure.kind(), v1::FailureKind::StorageUnavailable, "{failure:?}");
    assert!(failure.message.contains(MODELS), "{failure:?}");
    assert_eq!(server.keys().await, whole(&[&job]));
    assert!(server.uploads().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_trainer_that_died_in_an_upload_has_left_is_swept() {
    let server = server().await;
    let proxy = Proxy::start(&server.address()).await;
    let mut stack = builder(&server, &proxy.address().to_string(), &Keys::any())
        .start()
        .await;
    proxy.black_hole_after(HALF_WAY);
    let job_id = submitted(&stack, forest()).await;
    proxy.has_failed().await;
    let child = child_of(stack.trainers[0].pid(), SOON).await;
    stack.trainers[0].kill();
    eventually("the end of the child", SOON, || {
        std::future::ready((!processes::lives(child)).then_some(()))
    })
    .await;
    proxy.pass();
    assert!(!server.uploads().await.is_empty(), "nobody has cleared it away");
    stack.trainers[0].start();
    let job = succeeded(&stack, &job_id, 2).await;
    eventually("a clean bucket", SOON, || async {
        (server.uploads().await.is_empty() && server.keys().await == whole(&[&job])).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trainer_with_wrong_keys_takes_no_job_and_says_why() {
    let server = server().await;
    let keys = server.demand_keys(POLICY).await;
    let mut wrong = builder(&server, &server.address(), &keys);
    wrong = wrong.trainer_env("AWS_SECRET_ACCESS_KEY", "wrong");
    let stack = wrong.start().await;
    let job_id = submitted(&stack, forest()).await;
    eventually("a reason in the log", SOON, || {
        let told = stack.trainers[0].log().contains("SignatureDoesNotMatch");
        std::future::ready(told.then_some(()))
    })
    .await;
    let job = stack.client().get(&job_id).await.expect("a job");
    assert_eq!((job.state(), job.attempt), (v1::JobState::Queued, 1));
}

/// What a job-service writes that cannot start.
fn refused(dir: &Path, root: &str, variables: &[(String, String)]) -> String {
    let output = Command::new(binaries::path("job-service"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(dir)
        .args(["--artifact-root", root])
        .envs(variables.iter().cloned())
        .output()
        .expect("job-service starts");
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_service_without_its_bucket_does_not_start_and_says_why() {
    let server = S3Server::start().await;
    let dir = tempfile::tempdir().expect("a directory");
    let variables = S3Server::variables(&server.address(), &Keys::any());
    let told = refused(dir.path(), "s3://nowhere/models", &variables);
    assert!(told.contains("the bucket of s3://nowhere/models"), "{told}");
    let told = refused(dir.path(), "ftp://host/models", &variables);
    assert!(told.contains("unsupported URI scheme"), "{told}");
}
