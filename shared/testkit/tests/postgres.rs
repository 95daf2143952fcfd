//! Every test gets an empty database, all of them on one server.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use testkit::Postgres;

const SOON: Duration = Duration::from_secs(30);

/// Runs one statement through psql and returns what it printed.
fn query(url: &str, sql: &str) -> Result<String, String> {
    let output = Command::new("psql")
        .args(["-X", "-A", "-t", "-c", sql, url])
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

#[tokio::test]
async fn databases_are_fresh_and_apart() {
    let server = Postgres::shared().await;
    let (one, two) = (server.database(), server.database());
    assert_ne!(one, two);
    query(&one, "create table t (x int); insert into t values (1)").unwrap();
    assert_eq!(query(&one, "select x from t").unwrap(), "1");
    assert!(
        query(&two, "select x from t")
            .unwrap_err()
            .contains("does not exist")
    );
}

#[tokio::test]
async fn tests_of_a_process_share_one_server() {
    let (one, two) = tokio::join!(Postgres::shared(), Postgres::shared());
    assert!(std::ptr::eq(one, two));
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let server = Postgres::start().await;
    let url = server.database();
    assert_eq!(query(&url, "select 1").unwrap(), "1");
    drop(server);
    assert!(query(&url, "select 1").is_err());
}

#[tokio::test]
async fn a_killed_server_comes_back_on_the_same_port_with_what_was_committed() {
    let mut server = Postgres::start().await;
    let url = server.database();
    query(&url, "create table t (x int); insert into t values (1)").unwrap();
    server.kill();
    assert!(query(&url, "select x from t").is_err());
    server.restart().await;
    assert_eq!(query(&url, "select x from t").unwrap(), "1");
}

#[tokio::test]
async fn a_stopped_server_keeps_open_connections_waiting_as_well() {
    let mut server = Postgres::start().await;
    let url = server.database();
    let mut open = Command::new("psql")
        .args(["-X", "-A", "-t", &url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut ask, answers) = (open.stdin.take().unwrap(), open.stdout.take().unwrap());
    let (tell, answered) = mpsc::channel();
    let reader = thread::spawn(move || {
        for line in BufReader::new(answers).lines() {
            let _ = tell.send(line.unwrap());
        }
    });
    let mut answer = |wait| {
        writeln!(ask, "select 1;").unwrap();
        answered.recv_timeout(wait).ok()
    };
    assert_eq!(answer(SOON).as_deref(), Some("1"));
    server.stop();
    assert_eq!(answer(Duration::from_millis(200)), None);
    server.cont();
    assert_eq!(answer(SOON).as_deref(), Some("1"));
    drop(ask);
    open.wait().unwrap();
    reader.join().unwrap();
}
