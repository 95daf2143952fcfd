//! A job in the middle of its fit survives the death of whatever carries it, and ends once.

use std::time::{Duration, Instant};

use harness::{
    Database, Stack,
    client::{check_history, model, submission},
    processes::{child_of, lives},
    stack::{SOON, artifact_dir},
};
use messages::v1;
use rustix::process::{Pid, Signal, kill_process};
use testkit::eventually;

/// A forest that takes some seconds to fit.
async fn slow_job(stack: &Stack) -> String {
    stack.classification("table", 20_000, 20).await;
    let forest = model(
        "random_forest_classifier",
        &[("n_estimators", 600.0), ("max_depth", 30.0)],
    );
    let jobs = stack
        .client()
        .submit(submission("table", "label", vec![forest]))
        .await
        .expect("a job");
    let job_id = jobs[0].job_id.clone();
    stack.client().fitting(&job_id, SOON).await;
    job_id
}

/// The job ends with a model in attempt `attempt`, and its history ends once.
async fn succeeds_once(stack: &Stack, job_id: &str, attempt: i32) -> v1::TrainingJob {
    let job = stack.client().finished(job_id, 3 * SOON).await;
    assert_eq!(job.state(), v1::JobState::Succeeded, "{:?}", job.failure);
    assert_eq!(job.attempt, attempt);
    check_history(&stack.client().events(job_id).await.expect("events")).expect("a sound history");
    job
}

#[tokio::test]
async fn a_job_whose_child_process_is_killed_is_tried_again() {
    let stack = Stack::start(Database::Sqlite).await;
    let job_id = slow_job(&stack).await;
    let child = child_of(stack.trainers[0].pid(), SOON).await;
    let pid = Pid::from_raw(i32::try_from(child).expect("a process id")).expect("a process id");
    kill_process(pid, Signal::KILL).expect("the child can be killed");
    let job = succeeds_once(&stack, &job_id, 2).await;
    assert_eq!(job.attempts.len(), 2);
    assert_eq!(job.attempts[0].signal, Some(9));
}

#[tokio::test]
async fn a_job_over_its_memory_limit_fails_and_leaves_its_neighbour_alone() {
    const LIMIT: i64 = 16 << 20;
    let stack = Stack::builder(Database::Sqlite).slots(2, 1).start().await;
    let neighbour = slow_job(&stack).await;
    // By the estimate, which leaves out the program itself, it has room.
    let forest = model("random_forest_classifier", &[("n_estimators", 300.0)]);
    let mut request = submission("table", "label", vec![forest]);
    request.policy = Some(v1::JobPolicy {
        memory_limit_bytes: LIMIT,
        ..Default::default()
    });
    let jobs = stack.client().submit(request).await.expect("a job");
    let job = stack.client().finished(&jobs[0].job_id, 3 * SOON).await;
    assert_eq!(job.state(), v1::JobState::Failed);
    let failure = job.failure.as_ref().expect("a failure");
    assert_eq!(failure.kind(), v1::FailureKind::OutOfMemory, "{failure:?}");
    assert_eq!(job.attempts.len(), 2, "it is tried once more");
    assert!(job.attempts.iter().all(|attempt| attempt.peak_rss_bytes > LIMIT));
    check_history(&stack.client().events(&job.job_id).await.expect("events")).expect("a sound history");
    succeeds_once(&stack, &neighbour, 1).await;
}

#[tokio::test]
async fn a_fit_that_is_plainly_too_large_fails_for_want_of_memory_before_it_begins() {
    let stack = Stack::start(Database::Sqlite).await;
    stack.classification("table", 20_000, 20).await;
    let forest = model("random_forest_classifier", &[("n_estimators", 10_000.0)]);
    let mut request = submission("table", "label", vec![forest]);
    request.policy = Some(v1::JobPolicy {
        memory_limit_bytes: 256 << 20,
        ..Default::default()
    });
    let jobs = stack.client().submit(request).await.expect("a job");
    let job = stack.client().finished(&jobs[0].job_id, 3 * SOON).await;
    assert_eq!(job.state(), v1::JobState::Failed);
    let failure = job.failure.as_ref().expect("a failure");
    assert_eq!(
        (failure.kind(), failure.code.as_str(), failure.node_id.as_str()),
        (v1::FailureKind::OutOfMemory, "MEMORY_BUDGET", "train"),
        "{failure:?}"
    );
    assert_eq!(job.attempts.len(), 2, "it is tried once more");
    assert!(job.attempts.iter().all(|attempt| attempt.peak_rss_bytes > 0));
}

#[tokio::test]
async fn a_job_whose_trainer_is_killed_is_taken_over_and_its_child_is_gone() {
    // Longer than elsewhere here: a sweeper that is late by half of it takes none away before another has passed.
    const TTL: Duration = Duration::from_secs(6);
    const NOTICED: Duration = Duration::from_secs(2);
    let mut stack = Stack::builder(Database::Sqlite)
        .service_env("TRAINYARD_LEASE__TTL", "6s")
        .start()
        .await;
    let job_id = slow_job(&stack).await;
    let child = child_of(stack.trainers[0].pid(), SOON).await;
    stack.trainers[0].kill();
    let killed = Instant::now();
    eventually("the end of the orphan", Duration::from_secs(5), || {
        std::future::ready((!lives(child)).then_some(()))
    })
    .await;
    let client = stack.client();
    eventually("a queue with the job in it again", SOON, || async {
        let job = client.get(&job_id).await.ok()?;
        (job.state() == v1::JobState::Queued).then_some(())
    })
    .await;
    let noticed = killed.elapsed();
    assert!(noticed <= TTL + NOTICED, "after {noticed:?}");
    stack.start_trainer().await;
    let job = succeeds_once(&stack, &job_id, 2).await;
    assert_eq!(job.attempts[0].outcome, "lease_expired");
    assert_ne!(job.attempts[0].trainer, job.attempts[1].trainer);
}

#[tokio::test]
async fn a_trainer_stopped_past_its_lease_is_fenced_when_it_goes_on() {
    let mut stack = Stack::start(Database::Sqlite).await;
    let job_id = slow_job(&stack).await;
    let child = child_of(stack.trainers[0].pid(), SOON).await;
    stack.trainers[0].stop();
    stack.start_trainer().await;
    let job = succeeds_once(&stack, &job_id, 2).await;
    assert_eq!(job.attempts[0].outcome, "lease_expired");
    // Its child was not stopped: it trains a model meanwhile, which nobody may ever see.
    let accepted = artifact_dir(&job);
    let zombies = accepted.with_file_name(format!("1-{}", job.attempts[0].lease_id));
    eventually("the zombie's model", SOON, || {
        std::future::ready(zombies.join("manifest.json").exists().then_some(()))
    })
    .await;
    stack.trainers[0].cont();
    eventually("the end of the zombie's attempt", SOON, || {
        let is_told = stack.trainers[0].log().to_lowercase().contains("fenced");
        std::future::ready((is_told && !zombies.exists() && !lives(child)).then_some(()))
    })
    .await;
    assert!(accepted.join("manifest.json").exists());
    let again = succeeds_once(&stack, &job_id, 2).await;
    assert_eq!(again.event_no, job.event_no);
}

#[tokio::test]
async fn a_job_goes_on_while_the_job_service_is_dead() {
    let mut stack = Stack::start(Database::Sqlite).await;
    let job_id = slow_job(&stack).await;
    stack.replicas[0].kill();
    stack.restart_replica(0).await;
    succeeds_once(&stack, &job_id, 1).await;
}

#[tokio::test]
async fn a_job_goes_on_while_nats_is_dead() {
    let mut stack = Stack::start(Database::Sqlite).await;
    let job_id = slow_job(&stack).await;
    stack.nats.kill();
    stack.nats.restart().await;
    succeeds_once(&stack, &job_id, 1).await;
}
