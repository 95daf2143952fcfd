//! The stack itself: its parts come back where they were, and each link can fail by itself.

use std::time::Duration;

use harness::{
    Client, Database, Stack,
    client::{check_history, model, submission},
    stack::SOON,
};
use messages::v1;
use testkit::eventually;
use tonic::Code;

fn quick(dataset: &str) -> v1::SubmitTrainingJobRequest {
    submission(dataset, "label", vec![model("logistic_regression", &[])])
}

async fn succeeds(client: &Client, job_id: &str) {
    let job = client.finished(job_id, SOON).await;
    assert_eq!(job.state(), v1::JobState::Succeeded, "{:?}", job.failure);
    check_history(&client.events(job_id).await.expect("events")).expect("a sound history");
}

#[tokio::test]
async fn two_replicas_see_the_same_jobs_and_each_comes_back_at_its_address() {
    let mut stack = Stack::builder(Database::Postgres)
        .replicas(2)
        .trainers(2)
        .slots(2, 1)
        .json_logs()
        .start()
        .await;
    stack.classification("table", 200, 4).await;
    let clients: Vec<Client> = stack.replicas.iter().map(|replica| replica.client()).collect();
    stack.replicas[0].kill();
    let jobs = clients[1].submit(quick("table")).await.expect("a job");
    stack.restart_replica(0).await;
    stack.replicas[1].kill();
    succeeds(&clients[0], &jobs[0].job_id).await;
    stack.restart_replica(1).await;
    let said = stack.replicas[1].log();
    let last = said.lines().last().expect("a line");
    serde_json::from_str::<serde_json::Value>(last).expect("JSON");
}

#[tokio::test]
async fn a_replica_whose_way_to_the_database_is_cut_says_so_while_the_other_serves() {
    let stack = Stack::builder(Database::Postgres)
        .replicas(2)
        .proxied()
        .start()
        .await;
    stack.classification("table", 200, 4).await;
    let (cut, whole) = (stack.replicas[0].client(), stack.replicas[1].client());
    let way = stack.replicas[0].database.as_ref().expect("a proxy");
    way.cut();
    let list = || async {
        let mut jobs = cut.jobs.clone();
        let answer = jobs.list_training_jobs(v1::ListTrainingJobsRequest::default());
        answer.await.map_err(|status| status.code())
    };
    eventually("a refusal", SOON, || async {
        (list().await.err()? == Code::Unavailable).then_some(())
    })
    .await;
    let jobs = whole.submit(quick("table")).await.expect("a job");
    succeeds(&whole, &jobs[0].job_id).await;
    way.pass();
    eventually("an answer", SOON, || async { list().await.ok() }).await;
}

#[tokio::test]
async fn a_job_announced_into_a_black_hole_goes_to_another_trainer() {
    let mut stack = Stack::builder(Database::Sqlite).proxied().start().await;
    stack.classification("table", 200, 4).await;
    let way = stack.trainers[0].nats.as_ref().expect("a proxy");
    way.black_hole();
    let jobs = stack.client().submit(quick("table")).await.expect("a job");
    let job_id = &jobs[0].job_id;
    stack.start_trainer().await;
    succeeds(&stack.client(), job_id).await;
    stack.trainers[1].kill();
    stack.trainers[0].nats.as_ref().expect("a proxy").pass();
    let jobs = stack.client().submit(quick("table")).await.expect("a job");
    succeeds(&stack.client(), &jobs[0].job_id).await;
}

#[tokio::test]
async fn every_process_of_a_stack_is_found_and_gone_with_it() {
    let stack = Stack::start(Database::Sqlite).await;
    let found = stack.processes();
    for pid in [stack.replicas[0].pid(), stack.trainers[0].pid()] {
        assert!(found.contains(&pid), "{pid} in {found:?}");
    }
    drop(stack);
    eventually("the end of all", Duration::from_secs(10), || {
        std::future::ready(
            found
                .iter()
                .all(|pid| !harness::processes::lives(*pid))
                .then_some(()),
        )
    })
    .await;
}
