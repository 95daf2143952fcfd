//! A store that repeats the session token in what it answers, as S3 does with one that has expired.

use std::error::Error as _;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
};

use super::*;
use crate::objects::{
    answer::explained,
    bucket::{Bucket, path, wait},
    options::Patience,
};

const TOKEN: &str = "FwoGZXIvYXdzEHUaDHVzZXI";

/// A store that answers everything with one status and one code.
async fn refusing(status: &str, code: &str) -> (JoinSet<()>, Options) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>It is no longer good.</Message>\
         <Token-0>{TOKEN}</Token-0><RequestId>1</RequestId></Error>"
    );
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let told = options(&listener.local_addr().unwrap().to_string(), &Keys::any());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n")
                && stream.read_buf(&mut asked).await.is_ok_and(|count| count > 0)
            {}
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let told = told.with(STORE_PATIENCE, "10ms").with("AWS_SESSION_TOKEN", TOKEN);
    (tasks, told)
}

/// What is told of every kind of request.
async fn told_by(status: &str, code: &str) -> Vec<Error> {
    let (_tasks, told) = refusing(status, code).await;
    blocking(move || {
        let uri = ObjectUri::parse(MODELS).unwrap();
        let prefix = Prefix::new(uri.clone(), told.clone()).unwrap();
        let attempt = attempt("a", 1);
        let bucket = Bucket::connect(&uri, &told, Patience::Short).unwrap();
        let listed = wait(async {
            let unfinished = bucket.unfinished.as_ref().unwrap();
            let aborted = unfinished.abort(&path(&uri)?).await;
            aborted.map_err(|error| explained(&uri, error))
        });
        vec![
            copy(&uri, &told).unwrap_err(),
            prefix.create_or_read_marker().unwrap_err(),
            prefix.sizes_in(&bucket, "a").unwrap_err(),
            prefix.remove("a", None).unwrap_err(),
            PrefixWriter::begin(&prefix, &attempt).unwrap_err(),
            listed.unwrap_err(),
        ]
    })
    .await
}

/// All that can be printed of an error.
fn all_of(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(" {error} {error:?} {error:#?}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn expired_credentials_are_a_refusal_and_are_not_repeated() {
    for code in ["ExpiredToken", "InvalidToken", "InvalidAccessKeyId"] {
        for error in told_by("400 Bad Request", code).await {
            assert!(matches!(error, Error::ObjectDenied { .. }), "{error:?}");
            assert!(error.to_string().ends_with(&format!(": {code}")), "{error}");
            assert!(!all_of(&error).contains(TOKEN), "{error:?}");
        }
    }
}

#[tokio::test]
async fn of_any_other_answer_code_and_message_are_told_and_nothing_else() {
    for status in [
        "400 Bad Request",
        "412 Precondition Failed",
        "501 Not Implemented",
    ] {
        for error in told_by(status, "SomethingElse").await {
            let text = all_of(&error);
            let told = format!("{status}: SomethingElse: It is no longer good.");
            assert!(
                matches!(error, Error::Store { .. }) && text.contains(&told),
                "{text}"
            );
            assert!(!text.contains(TOKEN), "{text}");
        }
    }
}
