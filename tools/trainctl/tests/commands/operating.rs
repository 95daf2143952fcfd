//! Commands on several jobs at once: each job has a line of its own, and one that fails does not keep the others.

use messages::v1::{BatchCancelTrainingJobsResponse, CancelOutcome, CancelResult, JobFilter, JobState};
use serde_json::Value;

use super::{run, scripted, stderr, stdout};

fn outcome(job_id: &str, result: CancelResult, state: JobState) -> CancelOutcome {
    CancelOutcome {
        job_id: job_id.into(),
        result: result.into(),
        state: state.into(),
    }
}

#[tokio::test]
async fn cancelling_tells_what_became_of_each_job() {
    let server = scripted::start(JobState::Running).await;
    let answer = BatchCancelTrainingJobsResponse {
        outcomes: vec![
            outcome("a", CancelResult::Cancelled, JobState::Cancelling),
            outcome("b", CancelResult::Unchanged, JobState::Succeeded),
            outcome("c", CancelResult::NotFound, JobState::Unspecified),
        ],
        more: false,
    };
    server.script.lock().unwrap().cancelled.push_back(answer);
    let output = run(&server.url, &["cancel", "a", "b", "c", "--reason", "too dear"]).await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "a CANCELLING\nb SUCCEEDED, as it was: it had ended before\nc does not exist\n"
    );
    let script = server.script.lock().unwrap();
    let request = &script.cancellations[0];
    assert_eq!(request.job_ids, ["a", "b", "c"]);
    assert_eq!(
        (request.filter.as_ref(), request.reason.as_str()),
        (None, "too dear")
    );
}

#[tokio::test]
async fn a_filter_is_asked_again_until_no_more_jobs_match() {
    let server = scripted::start(JobState::Running).await;
    for (job, more) in [("a", true), ("b", false)] {
        let answer = BatchCancelTrainingJobsResponse {
            outcomes: vec![outcome(job, CancelResult::Cancelled, JobState::Cancelled)],
            more,
        };
        server.script.lock().unwrap().cancelled.push_back(answer);
    }
    let output = run(&server.url, &["--json", "cancel", "--pipeline", "nightly"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ids: Vec<&Value> = answer["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| &job["job_id"])
        .collect();
    assert_eq!(ids, ["a", "b"]);
    let script = server.script.lock().unwrap();
    let nightly = JobFilter {
        pipeline_id: "nightly".into(),
        ..Default::default()
    };
    let filters: Vec<_> = script
        .cancellations
        .iter()
        .map(|request| request.filter.clone())
        .collect();
    assert_eq!(filters, [Some(nightly.clone()), Some(nightly)]);
}

#[tokio::test]
async fn a_job_that_cannot_be_deleted_does_not_keep_the_others() {
    let server = scripted::start(JobState::Succeeded).await;
    let output = run(&server.url, &["delete", "a", "running", "b"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "a deleted\nb deleted\n");
    assert_eq!(
        stderr(&output),
        "error: cannot delete running: job running has not ended (FAILED_PRECONDITION)\n"
    );
}
