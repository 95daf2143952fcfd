//! The S3 server of a test tells what it holds.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use testkit::S3Server;

#[tokio::test]
async fn objects_and_unfinished_uploads_are_told_apart() {
    let server = S3Server::start().await;
    assert!(server.keys().await.is_empty() && server.uploads().await.is_empty());
    server.put("a/b.csv", b"x,y\n1,2\n").await;
    server.begin_upload("a/c.csv").await;
    assert_eq!(server.keys().await, ["a/b.csv"]);
    assert_eq!(server.uploads().await, ["a/c.csv"]);
    assert_eq!(server.get("a/b.csv").await, b"x,y\n1,2\n");
}
