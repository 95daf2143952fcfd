//! The program as people and scripts meet it: exit codes, what is on which stream, and what happens when the
//! server refuses, breaks off or is not there.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

mod artifacts;
mod operating;
mod plans;
mod scripted;

use std::{
    path::PathBuf,
    process::{Output, Stdio},
};

use messages::v1::{JobEvent, JobFilter, JobOrder, JobState, ListTrainingJobsRequest};
use serde_json::Value;
use tokio::{io::AsyncReadExt, process::Command, sync::mpsc};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use scripted::{Then, back_at_once, entered, progress};

fn trainctl(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainctl"));
    command
        .args(["--server", url])
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn run(url: &str, arguments: &[&str]) -> Output {
    trainctl(url, arguments).output().await.unwrap()
}

fn example() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/examples/diabetes.yaml");
    path.display().to_string()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn run_of(state: JobState) -> Vec<JobEvent> {
    vec![
        entered(1, JobState::Queued),
        entered(2, JobState::Running),
        progress(3),
        entered(4, state),
    ]
}

#[tokio::test]
async fn a_watched_submission_outlives_refusals_and_a_stream_that_breaks() {
    let server = scripted::start(JobState::Succeeded).await;
    {
        let mut script = server.script.lock().unwrap();
        script.refusals.extend([back_at_once(), back_at_once()]);
        let events = run_of(JobState::Succeeded);
        script.streams.push_back((events[..2].to_vec(), Then::Break));
        script.streams.push_back((events[1..3].to_vec(), Then::Break));
        script.streams.push_back((events[3..].to_vec(), Then::End));
    }
    let output = run(&server.url, &["--json", "submit", &example(), "--watch"]).await;
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["jobs"][0]["state"], "SUCCEEDED");
    assert_eq!(answer["jobs"][0]["version"], 4);
    assert_eq!(answer["warnings"][0], "in-sample");
    assert_eq!(
        told.matches("099a8057 ridge_regression v4 RUNNING").count(),
        1,
        "{told}"
    );
    let script = server.script.lock().unwrap();
    assert_eq!(script.resumed_after, [Some(0), Some(2), Some(3)]);
    assert_eq!(script.request_ids.len(), 3);
    assert!(
        script
            .request_ids
            .iter()
            .all(|id| *id == answer["request_id"] && !id.is_empty())
    );
}

#[tokio::test]
async fn the_exit_code_tells_how_a_watched_job_ended() {
    let cases = [
        (JobState::Succeeded, 0),
        (JobState::Failed, 3),
        (JobState::Cancelled, 4),
    ];
    for (state, code) in cases {
        let server = scripted::start(state).await;
        server
            .script
            .lock()
            .unwrap()
            .streams
            .push_back((run_of(state), Then::End));
        let output = run(&server.url, &["watch", "j", "--history"]).await;
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(
            stdout(&output).contains("ridge_regression v4"),
            "{}",
            stdout(&output)
        );
    }
}

#[tokio::test]
async fn watching_in_json_prints_one_event_per_line_and_nothing_else() {
    let server = scripted::start(JobState::Failed).await;
    server
        .script
        .lock()
        .unwrap()
        .streams
        .push_back((run_of(JobState::Failed), Then::End));
    let output = run(&server.url, &["watch", "j", "--after", "0", "--json"]).await;
    assert_eq!(output.status.code(), Some(3));
    let numbers: Vec<i64> = stdout(&output)
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["event_no"]
                .as_i64()
                .unwrap()
        })
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!(stderr(&output), "");
}

#[tokio::test]
async fn ctrl_c_stops_watching_and_says_how_to_go_on() {
    let server = scripted::start(JobState::Running).await;
    let (sender, mut opened) = mpsc::unbounded_channel();
    {
        let mut script = server.script.lock().unwrap();
        script
            .streams
            .push_back((vec![entered(1, JobState::Running)], Then::Hang));
        script.opened = Some(sender);
    }
    let mut command = trainctl(&server.url, &["watch", "j", "--history", "--json"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    opened.recv().await.unwrap();
    // Its first line shows that it listens for the signal by now.
    child.stdout.as_mut().unwrap().read_u8().await.unwrap();
    let pid = rustix::process::Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(130));
    let told = stderr(&output);
    assert!(
        told.contains("the job goes on") && told.contains("trainctl watch 01890a5d-"),
        "{told}"
    );
}

#[tokio::test]
async fn a_reader_that_leaves_ends_the_program_without_a_word() {
    let server = scripted::start(JobState::Running).await;
    server
        .script
        .lock()
        .unwrap()
        .streams
        .push_back(((1..=500).map(progress).collect(), Then::Hang));
    let mut command = trainctl(&server.url, &["watch", "j", "--history", "--json"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(stderr(&output), "");
}

#[tokio::test]
async fn a_refused_submission_names_every_field() {
    let server = scripted::start(JobState::Queued).await;
    let mut details = ErrorDetails::new();
    details.add_bad_request_violation("models[0].model_type", "no such model");
    details.add_bad_request_violation("graph.nodes[2].config.columns", "must be a list");
    let status = Status::with_error_details(Code::InvalidArgument, "invalid", details);
    server.script.lock().unwrap().refusals.push_back(status);
    let output = run(&server.url, &["submit", &example()]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "");
    assert_eq!(
        stderr(&output),
        "error: cannot submit: 2 fields are wrong (INVALID_ARGUMENT)\n  models[0].model_type: no such model\n  \
         graph.nodes[2].config.columns: must be a list\n"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_the_way_to_name_another() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let output = run(&url, &["list"]).await;
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains(&url) && told.contains("TRAINYARD_SERVER"), "{told}");
}

#[tokio::test]
async fn a_wrong_command_line_exits_with_two() {
    assert_eq!(run("x", &["sumbit"]).await.status.code(), Some(2));
}

#[tokio::test]
async fn a_file_that_is_no_submission_never_reaches_the_server() {
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(file.path(), "graph: { nodes: [] }\nmodel: ridge_regression\n").unwrap();
    let output = run(
        "http://127.0.0.1:9",
        &["submit", &file.path().display().to_string()],
    )
    .await;
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told.contains("unknown field `model`") && told.contains("line 2"),
        "{told}"
    );
}

#[tokio::test]
async fn a_misspelt_model_or_node_is_told_with_the_nearest_one() {
    let server = scripted::start(JobState::Queued).await;
    for (command, key, told) in [
        (
            "models",
            "ridge",
            "there is no model \"ridge\"; did you mean \"ridge_regression\"? ",
        ),
        (
            "nodes",
            "drop_colums",
            "there is no node \"drop_colums\"; did you mean \"drop_columns\"? ",
        ),
        (
            "nodes",
            "zebra",
            "there is no node \"zebra\"; `trainctl nodes` lists them",
        ),
    ] {
        let output = run(&server.url, &[command, key]).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
}

#[tokio::test]
async fn the_end_of_an_id_stands_for_the_job_where_nothing_is_changed() {
    let server = scripted::start(JobState::Failed).await;
    server.script.lock().unwrap().endless = false;
    let short = &scripted::JOB[scripted::JOB.len() - 8..];
    for command in ["get", "compare"] {
        let output = run(&server.url, &[command, short]).await;
        let told = stdout(&output) + &stderr(&output);
        assert!(told.contains("FAILED"), "{told}");
    }
    for command in ["get", "watch", "compare", "events"] {
        let output = run(&server.url, &[command, "deadbeef"]).await;
        assert_eq!(output.status.code(), Some(1), "{command}");
        let told = "no job has an id that ends in deadbeef";
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
    // What changes a job wants its id.
    let lists = server.script.lock().unwrap().lists.len();
    run(&server.url, &["cancel", short]).await;
    assert_eq!(server.script.lock().unwrap().lists.len(), lists);
}

#[tokio::test]
async fn lists_and_events_take_as_many_pages_as_there_are() {
    let server = scripted::start(JobState::Queued).await;
    let arguments = [
        "--json",
        "list",
        "--limit",
        "3",
        "--order",
        "version",
        "--pipeline",
        "nightly",
        "--dataset",
        "d",
        "--state",
        "failed",
        "--model",
        "m",
        "--label",
        "k=v",
    ];
    let listed = run(&server.url, &arguments).await;
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(
        (listed["jobs"].as_array().unwrap().len(), &listed["more"]),
        (3, &Value::Bool(true))
    );
    let asked: Vec<ListTrainingJobsRequest> = std::mem::take(&mut server.script.lock().unwrap().lists);
    let pages: Vec<_> = asked
        .iter()
        .map(|request| (request.page_size, request.page_token.as_str()))
        .collect();
    assert_eq!(pages, [(3, ""), (2, "next"), (1, "next")]);
    let filter = JobFilter {
        pipeline_id: "nightly".into(),
        dataset_source_id: "d".into(),
        states: vec![JobState::Failed.into()],
        model_types: vec!["m".into()],
        labels: [("k".to_owned(), "v".to_owned())].into(),
        ..Default::default()
    };
    for request in asked {
        assert_eq!(request.order_by(), JobOrder::Version);
        assert_eq!(request.filter, Some(filter.clone()));
    }
    let events = run(&server.url, &["--json", "events", "j"]).await;
    let events: Value = serde_json::from_slice(&events.stdout).unwrap();
    let numbers: Vec<&Value> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["event_no"])
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
}
