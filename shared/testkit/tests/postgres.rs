//! Every test gets an empty database, all of them on one server.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::process::Command;

use testkit::Postgres;

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
