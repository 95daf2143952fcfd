//! Commands on several jobs at once: each job has a line of its own, and one that fails does not keep the others.

use messages::v1::{
    BatchCancelTrainingJobsRequest, BatchCancelTrainingJobsResponse, CancelOutcome, CancelResult, JobFilter,
    JobState,
};
use serde_json::Value;

use super::{
    run, run_of,
    scripted::{self, GONE, JOB, Scripted, Then, back_at_once},
    stderr, stdout,
};

fn outcome(job_id: &str, result: CancelResult, state: JobState) -> CancelOutcome {
    CancelOutcome {
        job_id: job_id.into(),
        result: result.into(),
        state: state.into(),
        ..Default::default()
    }
}

fn id(number: usize) -> String {
    format!("01890a5d-ac96-774b-bcce-{number:012}")
}

fn answer(server: &Scripted, outcomes: Vec<CancelOutcome>, more: bool) {
    let answer = BatchCancelTrainingJobsResponse { outcomes, more };
    server.script.lock().unwrap().cancelled.push_back(answer);
}

#[tokio::test]
async fn cancelling_tells_what_became_of_each_job() {
    let server = scripted::start(JobState::Running).await;
    let unknown = CancelOutcome {
        reason: "DATABASE_BUSY".into(),
        ..outcome("d", CancelResult::Unknown, JobState::Unspecified)
    };
    let outcomes = vec![
        outcome("a", CancelResult::Cancelled, JobState::Cancelling),
        outcome("b", CancelResult::Unchanged, JobState::Succeeded),
        outcome("c", CancelResult::NotFound, JobState::Unspecified),
        unknown.clone(),
    ];
    answer(&server, outcomes, false);
    let (one, other) = (id(1), id(2));
    let output = run(
        &server.url,
        &["cancel", &one, "no id", &other, "--reason", "too dear"],
    )
    .await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "no id does not exist\na CANCELLING\nb SUCCEEDED, as it was: it had ended before\nc does not exist\n\
         d may be cancelled or not (DATABASE_BUSY): cancel it once more\n"
    );
    let asked = BatchCancelTrainingJobsRequest {
        job_ids: vec![one.clone(), other],
        reason: "too dear".into(),
        ..Default::default()
    };
    assert_eq!(server.script.lock().unwrap().cancellations, [asked]);

    answer(&server, vec![unknown], false);
    let output = run(&server.url, &["cancel", &one, "--json"]).await;
    assert_eq!(output.status.code(), Some(1), "what is not known is no success");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&told["jobs"][0]["result"], &told["jobs"][0]["reason"]),
        (&"UNKNOWN".into(), &"DATABASE_BUSY".into())
    );
}

#[tokio::test]
async fn as_many_jobs_as_are_named_are_cancelled_in_several_rounds() {
    let server = scripted::start(JobState::Running).await;
    let ids: Vec<String> = (0..501).map(id).collect();
    let arguments: Vec<&str> = ["cancel"]
        .into_iter()
        .chain(ids.iter().map(String::as_str))
        .collect();
    run(&server.url, &arguments).await;
    let rounds: Vec<String> = {
        let script = server.script.lock().unwrap();
        let lengths = script.cancellations.iter().map(|request| request.job_ids.len());
        assert_eq!(lengths.collect::<Vec<_>>(), [500, 1]);
        let rounds = script
            .cancellations
            .iter()
            .flat_map(|request| request.job_ids.clone());
        rounds.collect()
    };
    assert_eq!(rounds, ids);
}

#[tokio::test]
async fn every_job_is_cancelled_only_where_all_are_asked_for() {
    let server = scripted::start(JobState::Running).await;
    let output = run(&server.url, &["cancel", "--all"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let all = BatchCancelTrainingJobsRequest {
        all: true,
        ..Default::default()
    };
    assert_eq!(server.script.lock().unwrap().cancellations, [all]);
}

#[tokio::test]
async fn what_became_of_jobs_is_told_before_they_are_waited_for() {
    let server = scripted::start(JobState::Cancelled).await;
    let outcomes = [JOB, GONE].map(|job| outcome(job, CancelResult::Unchanged, JobState::Cancelling));
    let stopped = || (run_of(JobState::Cancelled), Then::End);
    for json in [false, true] {
        answer(&server, outcomes.to_vec(), false);
        server.script.lock().unwrap().streams.push_back(stopped());
        let mut arguments = vec!["cancel", JOB, GONE, "--wait"];
        arguments.extend(json.then_some("--json"));
        let output = run(&server.url, &arguments).await;
        assert_eq!(output.status.code(), Some(1));
        let lost = format!("error: how {GONE} ended is not known: ");
        assert!(stderr(&output).contains(&lost), "{}", stderr(&output));
        if json {
            let told: Value = serde_json::from_slice(&output.stdout).unwrap();
            let states = [0, 1].map(|i| told["jobs"][i]["state"].as_str().unwrap());
            assert_eq!(states, ["CANCELLED", "CANCELLING"]);
        } else {
            let told = [JOB, GONE].map(|job| format!("{job} CANCELLING, as it was told before\n"));
            assert_eq!(stdout(&output), format!("{}{JOB} CANCELLED\n", told.concat()));
        }
    }
}

#[tokio::test]
async fn a_filter_is_asked_again_until_no_more_jobs_match() {
    let server = scripted::start(JobState::Running).await;
    for (job, more) in [("a", true), ("b", false)] {
        let cancelled = outcome(job, CancelResult::Cancelled, JobState::Cancelled);
        answer(&server, vec![cancelled], more);
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

#[tokio::test]
async fn a_job_whose_deletion_was_answered_too_late_is_deleted() {
    let server = scripted::start(JobState::Succeeded).await;
    let output = run(&server.url, &["delete", GONE]).await;
    assert_eq!(output.status.code(), Some(1), "it was not there");
    server.script.lock().unwrap().refusals.push_back(back_at_once());
    let output = run(&server.url, &["delete", GONE]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), format!("{GONE} deleted\n"));
}

#[tokio::test]
async fn jobs_are_left_alone_once_nobody_answers() {
    let server = scripted::start(JobState::Succeeded).await;
    let tries = std::iter::repeat_with(back_at_once).take(6);
    server.script.lock().unwrap().refusals.extend(tries);
    let output = run(&server.url, &["delete", "a", "b", "c"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "");
    assert!(
        stderr(&output).ends_with("not tried: b c\n"),
        "{}",
        stderr(&output)
    );
}
