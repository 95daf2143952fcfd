//! What operators type, against the real services.

use std::process::Command;

use harness::{
    Database, Stack,
    client::{model, submission},
    stack::{SOON, artifact_dir},
};
use messages::v1;
use testkit::binaries;

/// What trainctl prints with `--json`; its words when it fails.
fn trainctl(stack: &Stack, arguments: &[&str]) -> Result<serde_json::Value, String> {
    let output = Command::new(binaries::path("trainctl"))
        .args(["--json", "--server", &stack.url()])
        .args(arguments)
        .output()
        .expect("trainctl starts");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_retried_deleted_and_their_queue_is_shown() {
    let stack = Stack::start(Database::Sqlite).await;
    stack.classification("table", 200, 4).await;
    let request = submission("table", "label", vec![model("logistic_regression", &[])]);
    let jobs = stack.client().submit(request).await.expect("a job");
    let first = stack.client().finished(&jobs[0].job_id, SOON).await;

    let again = trainctl(&stack, &["retry", &first.job_id]).expect("a new job");
    assert_eq!(again["version"], 2, "{again}");
    let id = again["job_id"].as_str().expect("an id");
    let second = stack.client().finished(id, SOON).await;
    assert_eq!(second.state(), v1::JobState::Succeeded);

    let queues = trainctl(&stack, &["queues"]).expect("the queues");
    assert_eq!(queues["queues"][0]["resource_class"], "cpu", "{queues}");
    assert_eq!(queues["queues"][0]["queued"], 0, "{queues}");
    assert_eq!(queues["queues"][0]["slots"], 1, "{queues}");

    for which in [&[first.job_id.as_str(), id][..], &["--pipeline", "test"]] {
        let compared = trainctl(&stack, &[&["compare"], which].concat()).expect("a comparison");
        let group = &compared["groups"][0];
        assert_eq!(group["split"], "test", "{compared}");
        assert_eq!(group["jobs"].as_array().map(Vec::len), Some(2), "{compared}");
        // The same model twice.
        assert_eq!(
            group["metrics"][0]["best"].as_array().map(Vec::len),
            Some(2),
            "{compared}"
        );
    }

    let files = artifact_dir(&second);
    let deleted = trainctl(&stack, &["delete", "--artifacts", id]).expect("it is deleted");
    assert_eq!(deleted["deleted"], true);
    assert!(!files.exists() && artifact_dir(&first).exists());
    let gone = trainctl(&stack, &["get", id]).expect_err("it is gone");
    assert!(gone.contains("not found"), "{gone}");

    trainctl(&stack, &["datasets", "delete", "table"]).expect("it is forgotten");
    let unknown = trainctl(&stack, &["datasets", "delete", "table"]).expect_err("it is gone");
    assert!(unknown.contains("not found"), "{unknown}");
}
