//! The main job from submission to model, on both databases, as clients and people see it.

use std::{collections::BTreeSet, fs, path::Path, process::Command, time::Duration};

use harness::{
    Client, Database, Stack,
    client::{check_history, model, submission},
    processes::{child_of, lives},
    stack::{SOON, artifact_dir},
};
use messages::v1;
use testkit::{binaries, eventually};

fn examples() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/examples/data")
}

async fn with_breast_cancer(database: Database) -> Stack {
    let stack = Stack::start(database).await;
    stack
        .add_file("breast-cancer", &examples().join("breast_cancer.csv"))
        .await;
    stack
}

fn both_models() -> v1::SubmitTrainingJobRequest {
    let models = vec![
        model("logistic_regression", &[]),
        model("random_forest_classifier", &[]),
    ];
    submission("breast-cancer", "diagnosis", models)
}

async fn succeeded(client: &Client, jobs: &[v1::TrainingJob]) -> Vec<v1::TrainingJob> {
    let mut finished = Vec::new();
    for job in jobs {
        let job = client.finished(&job.job_id, SOON).await;
        assert_eq!(job.state(), v1::JobState::Succeeded, "{:?}", job.failure);
        finished.push(job);
    }
    finished
}

#[tokio::test]
async fn a_submission_on_sqlite_ends_in_models_that_predict() {
    ends_in_models_that_predict(Database::Sqlite).await;
}

#[tokio::test]
async fn a_submission_on_postgres_ends_in_models_that_predict() {
    ends_in_models_that_predict(Database::Postgres).await;
}

/// Twice the same submission: byte-identical models, good metrics, and `trainctl predict` finds them again exactly.
async fn ends_in_models_that_predict(database: Database) {
    let stack = with_breast_cancer(database).await;
    let client = stack.client();
    let first = succeeded(&client, &client.submit(both_models()).await.expect("jobs")).await;
    let second = succeeded(&client, &client.submit(both_models()).await.expect("jobs")).await;
    for (one, two) in first.iter().zip(&second) {
        assert_eq!((one.version, two.version), (1, 2));
        assert!(
            one.metrics["test"].values["accuracy"] >= 0.93,
            "{} {:?}",
            one.model_type,
            one.metrics["test"]
        );
        assert_eq!(one.metrics, two.metrics);
        let pipeline =
            |job: &v1::TrainingJob| fs::read(artifact_dir(job).join("pipeline.tyd")).expect("a pipeline");
        assert!(
            pipeline(one) == pipeline(two),
            "{} differs between two runs",
            one.model_type
        );
        check_history(&client.events(&one.job_id).await.expect("events")).expect("a sound history");
        predicts_its_test_metrics(one);
    }
}

fn predicts_its_test_metrics(job: &v1::TrainingJob) {
    let output = Command::new(binaries::path("trainctl"))
        .args(["--json", "predict", "--rows", "test", "--artifact"])
        .arg(artifact_dir(job))
        .arg("--input")
        .arg(examples().join("breast_cancer.csv"))
        .output()
        .expect("trainctl starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for (name, recorded) in &job.metrics["test"].values {
        assert_eq!(
            shown["metrics"][name].as_f64().map(f64::to_bits),
            Some(recorded.to_bits()),
            "{name} in {shown}"
        );
    }
}

#[tokio::test]
async fn a_watch_resumed_after_a_dropped_connection_gives_the_identical_rest() {
    let stack = with_breast_cancer(Database::Sqlite).await;
    let client = stack.client();
    let job_id = client.submit(both_models()).await.expect("jobs")[1]
        .job_id
        .clone();
    let mut seen = Vec::new();
    // Each connection is dropped after three events, and the next one resumes.
    loop {
        let after_event_no = Some(seen.last().map_or(0, |event: &v1::JobEvent| event.event_no));
        let request = v1::WatchJobRequest {
            job_id: job_id.clone(),
            after_event_no,
            min_progress_interval: None,
        };
        let mut connection = Client::new(&stack.url()).expect("a client").jobs;
        let mut stream = connection
            .watch_job(request)
            .await
            .expect("a stream")
            .into_inner();
        let mut ended = false;
        for _ in 0..3 {
            match stream.message().await.expect("the stream goes on") {
                Some(message) => seen.extend(message.event.filter(|event| !is_bookmark(event))),
                None => ended = true,
            }
        }
        if ended {
            break;
        }
    }
    check_history(&seen).expect("a sound history");
    assert_eq!(seen, client.events(&job_id).await.expect("events"));
}

fn is_bookmark(event: &v1::JobEvent) -> bool {
    matches!(event.payload, Some(v1::job_event::Payload::Bookmark(_)))
}

#[tokio::test]
async fn a_big_forest_is_cancelled_and_its_process_gone_within_two_seconds() {
    let stack = Stack::start(Database::Sqlite).await;
    stack.classification("big", 100_000, 20).await;
    let client = stack.client();
    let forest = model(
        "random_forest_classifier",
        &[("n_estimators", 500.0), ("max_depth", 60.0)],
    );
    let jobs = client
        .submit(submission("big", "label", vec![forest]))
        .await
        .expect("a job");
    let job_id = jobs[0].job_id.clone();
    client.fitting(&job_id, 2 * SOON).await;
    let child = child_of(stack.trainers[0].pid(), SOON).await;
    let request = v1::CancelTrainingJobRequest {
        job_id: job_id.clone(),
        reason: "changed my mind".into(),
    };
    client
        .jobs
        .clone()
        .cancel_training_job(request)
        .await
        .expect("the cancellation");
    eventually(
        "the job cancelled and its process gone",
        Duration::from_secs(2),
        || async {
            let cancelled = client.get(&job_id).await.ok()?.state() == v1::JobState::Cancelled;
            (cancelled && !lives(child)).then_some(())
        },
    )
    .await;
    let job = client.get(&job_id).await.expect("the job");
    assert_eq!(job.cancel_reason, "changed my mind");
    check_history(&client.events(&job_id).await.expect("events")).expect("a sound history");
}

#[tokio::test]
async fn clients_that_submit_at_once_get_every_version_once_on_sqlite() {
    get_every_version_once(Database::Sqlite).await;
}

#[tokio::test]
async fn clients_that_submit_at_once_get_every_version_once_on_postgres() {
    get_every_version_once(Database::Postgres).await;
}

async fn get_every_version_once(database: Database) {
    const CLIENTS: usize = 32;
    let stack = with_breast_cancer(database).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let client = Client::new(&stack.url()).expect("a client");
        let request = v1::SubmitTrainingJobRequest {
            run_training: Some(false),
            ..both_models()
        };
        calls.spawn(async move { client.submit(request).await });
    }
    let jobs: Vec<_> = calls
        .join_all()
        .await
        .into_iter()
        .flat_map(|jobs| jobs.expect("jobs"))
        .collect();
    for key in ["logistic_regression", "random_forest_classifier"] {
        let versions: BTreeSet<i64> = jobs
            .iter()
            .filter(|job| job.model_type == key)
            .map(|job| job.version)
            .collect();
        assert_eq!(versions, (1..=CLIENTS as i64).collect());
    }
    assert_eq!(jobs.len(), 2 * CLIENTS);
}
