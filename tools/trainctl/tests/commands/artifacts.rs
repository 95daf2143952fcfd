//! Fetching a model: every byte is held against the job's record, and what did not come whole is not there.

use std::path::Path;

use messages::v1::{Artifact, ArtifactFile, JobState};
use tonic::Status;

use super::{
    run,
    scripted::{self, back_at_once},
    stderr, stdout,
};

/// "abc" and its SHA-256, the example of FIPS 180-4.
const CONTENT: &[u8] = b"abc";
const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

async fn server_with_model(name: &str) -> scripted::Scripted {
    let server = scripted::start(JobState::Succeeded).await;
    let file = ArtifactFile {
        name: name.into(),
        bytes: 3,
        sha256: SHA256.into(),
    };
    server.script.lock().unwrap().job.artifact = Some(Artifact {
        files: vec![file],
        ..Default::default()
    });
    server
}

async fn get(server: &scripted::Scripted, directory: &Path) -> std::process::Output {
    let directory = directory.display().to_string();
    run(&server.url, &["artifact", "get", "j", "--output", &directory]).await
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn a_download_that_breaks_off_begins_again_and_is_not_repeated_once_it_is_there() {
    let server = server_with_model("model.bin").await;
    server.script.lock().unwrap().downloads.extend([
        (&b"ab"[..], Some(Status::unavailable("restarting"))),
        (CONTENT, None),
    ]);
    let directory = tempfile::tempdir().unwrap();
    let output = get(&server, directory.path()).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).trim(), directory.path().display().to_string());
    assert_eq!(
        std::fs::read(directory.path().join("model.bin")).unwrap(),
        CONTENT
    );
    // No download is left: a file that is there whole is not asked for.
    let again = get(&server, directory.path()).await;
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert!(stderr(&again).contains("is there already"), "{}", stderr(&again));
    assert_eq!(names(directory.path()), ["model.bin"]);
}

#[tokio::test]
async fn a_file_that_did_not_come_as_recorded_is_not_kept() {
    for content in [&b"abd"[..], b"ab", b"abcd"] {
        let server = server_with_model("model.bin").await;
        server.script.lock().unwrap().downloads.push_back((content, None));
        let directory = tempfile::tempdir().unwrap();
        let output = get(&server, directory.path()).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("model.bin"), "{}", stderr(&output));
        assert!(names(directory.path()).is_empty());
    }
}

#[tokio::test]
async fn another_file_of_that_name_is_left_alone_and_none_put_beside_it() {
    let server = server_with_model("model.bin").await;
    {
        let mut script = server.script.lock().unwrap();
        let files = &mut script.job.artifact.as_mut().unwrap().files;
        let first = ArtifactFile {
            name: "a.bin".into(),
            ..files[0].clone()
        };
        files.insert(0, first);
        script.downloads.push_back((CONTENT, None));
    }
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("model.bin"), "mine").unwrap();
    let output = get(&server, directory.path()).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--output"), "{}", stderr(&output));
    assert_eq!(
        std::fs::read(directory.path().join("model.bin")).unwrap(),
        b"mine"
    );
    assert_eq!(names(directory.path()), ["model.bin"]);
}

#[tokio::test]
async fn a_name_that_leads_out_of_the_directory_is_refused() {
    let server = server_with_model("../model.bin").await;
    server.script.lock().unwrap().downloads.push_back((CONTENT, None));
    let outer = tempfile::tempdir().unwrap();
    let output = get(&server, &outer.path().join("inner")).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(names(outer.path()).is_empty());
}

#[tokio::test]
async fn a_job_without_a_model_says_so() {
    let server = scripted::start(JobState::Running).await;
    let output = run(&server.url, &["artifact", "get", "j"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("is RUNNING and has no model"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn a_directory_that_holds_no_model_is_not_sound() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(
        "unused",
        &["artifact", "verify", &directory.path().display().to_string()],
    )
    .await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("manifest.json"), "{}", stderr(&output));
}

#[tokio::test]
async fn a_file_that_comes_further_with_each_try_comes_at_last() {
    let server = server_with_model("model.bin").await;
    {
        let mut script = server.script.lock().unwrap();
        for content in [&CONTENT[..0], &CONTENT[..2]] {
            let broken = std::iter::repeat_with(|| (content, Some(back_at_once())));
            script.downloads.extend(broken.take(5));
        }
        script.downloads.push_back((CONTENT, None));
    }
    let directory = tempfile::tempdir().unwrap();
    let output = get(&server, directory.path()).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(names(directory.path()), ["model.bin"]);
}

#[tokio::test]
async fn a_file_of_a_name_that_is_like_an_unfinished_ones_is_left_alone() {
    let server = server_with_model("model.bin").await;
    server.script.lock().unwrap().downloads.push_back((CONTENT, None));
    let directory = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(elsewhere.path(), "mine").unwrap();
    let link = directory.path().join("model.bin.partial");
    std::os::unix::fs::symlink(elsewhere.path(), &link).unwrap();
    let output = get(&server, directory.path()).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(std::fs::read(&link).unwrap(), b"mine");
    let mut found = names(directory.path());
    found.sort();
    assert_eq!(found, ["model.bin", "model.bin.partial"]);
}

#[tokio::test]
async fn nothing_is_left_of_a_file_for_which_there_is_no_room() {
    let server = server_with_model("model.bin").await;
    server.script.lock().unwrap().downloads.push_back((CONTENT, None));
    let directory = tempfile::tempdir().unwrap();
    // No file may have a byte.
    let output = tokio::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_trainctl"))
        .args(["--server", &server.url, "artifact", "get", "j", "--output"])
        .arg(directory.path())
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("cannot write") && stderr(&output).contains("model.bin"),
        "{}",
        stderr(&output)
    );
    assert!(names(directory.path()).is_empty());
}

#[tokio::test]
async fn the_report_of_a_job_is_fetched_once() {
    let server = server_with_model("report.html").await;
    server.script.lock().unwrap().downloads.push_back((CONTENT, None));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("page.html").display().to_string();
    for told in ["", "is there already"] {
        let output = run(&server.url, &["report", "j", "--output", &path]).await;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(stdout(&output).trim(), path);
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
        assert_eq!(std::fs::read(&path).unwrap(), CONTENT);
    }
    std::fs::write(&path, "mine").unwrap();
    let output = run(&server.url, &["report", "j", "--output", &path]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--output"), "{}", stderr(&output));
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
}

#[tokio::test]
async fn a_model_without_a_report_says_so() {
    let server = server_with_model("model.bin").await;
    let output = run(&server.url, &["report", "j"]).await;
    assert_eq!(output.status.code(), Some(1));
    let told = "the model has no file \"report.html\"";
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
}
