#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

use std::{
    io::{BufRead, BufReader, Read},
    net::{TcpListener, TcpStream},
    thread,
};

use super::*;

/// Answers what S3 answers to a GET of `/bucket/key`, to as many requests as come.
fn serve(listener: TcpListener) {
    for stream in listener.incoming() {
        let mut stream: TcpStream = stream.unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap())
            .lines()
            .map_while(Result::ok);
        let request = lines.next().unwrap_or_default();
        let signed = lines.take_while(|line| !line.is_empty()).any(|line| {
            line.to_ascii_lowercase()
                .starts_with("authorization: aws4-hmac-sha256")
        });
        let (status, body) = match request.as_str() {
            _ if !signed => ("403 Forbidden", String::new()),
            "GET /bucket/tables/x.csv HTTP/1.1" => ("200 OK", "a,b\n".repeat(100_000)),
            "GET /bucket/tables/denied.csv HTTP/1.1" => ("403 Forbidden", String::new()),
            _ => ("404 Not Found", String::new()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"1\"\r\nLast-Modified: Tue, 01 Jan 2030 00:00:00 GMT\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()));
    }
}

#[test]
fn an_object_is_copied_to_a_file_and_what_is_wrong_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || serve(listener));
    let options = || {
        [
            ("AWS_ENDPOINT", endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "somebody"),
            ("AWS_SECRET_ACCESS_KEY", "very secret"),
            ("AWS_REGION", "eu-central-1"),
            ("PATH", "/bin"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
    };
    let get = |uri: &str| copy(&ObjectUri::parse(uri).unwrap(), options());
    let mut text = String::new();
    get("s3://bucket/tables/x.csv")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text.len(), 400_000);
    let error = get("s3://bucket/tables/none.csv").unwrap_err();
    assert!(matches!(error, Error::NoSuchObject { .. }), "{error:?}");
    let error = get("s3://bucket/tables/denied.csv").unwrap_err();
    assert!(matches!(error, Error::ObjectDenied { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("very secret"));
}

#[cfg(not(feature = "gcs"))]
#[test]
fn a_store_the_program_was_not_built_with_is_named() {
    let error = copy(&ObjectUri::parse("gs://bucket/x").unwrap(), []).unwrap_err();
    assert!(matches!(error, Error::UnsupportedScheme { .. }), "{error:?}");
}
