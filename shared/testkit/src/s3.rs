//! An S3 server of a test's own: moto's, which keeps everything in memory and is gone with it. What it holds is asked
//! for over plain HTTP, past whatever the test is about.

use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{Process, eventually, free_port, tool};

/// How long a server may take until it answers.
const READY: Duration = Duration::from_secs(60);
/// Who asks; no more is looked at until [`S3Server::demand_keys`].
const ANYBODY: &str = "AWS4-HMAC-SHA256 Credential=anybody/20300101/us-east-1/";

/// An S3 server on a port of its own, with one bucket.
#[derive(Debug)]
pub struct S3Server {
    // Dropped before the directory that it writes to.
    _process: Process,
    port: u16,
    _dir: TempDir,
}

/// A pair of keys that requests are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The one that is told.
    pub id: String,
    /// The one that is not.
    pub secret: String,
}

impl Keys {
    /// Keys that a server takes which demands none in particular.
    #[must_use]
    pub fn any() -> Self {
        Self {
            id: "anybody".into(),
            secret: "anything".into(),
        }
    }
}

impl S3Server {
    /// The bucket that is there from the beginning.
    pub const BUCKET: &str = "trainyard";

    /// Starts a server and waits until it has its bucket.
    ///
    /// # Panics
    ///
    /// When there is no `moto_server`, or when it does not come up.
    pub async fn start() -> Self {
        let program = tool::moto_server();
        let dir = tempfile::Builder::new()
            .prefix("s3-")
            .tempdir()
            .expect("a temporary directory");
        for _ in 0..3 {
            let port = free_port();
            let mut command = Command::new(&program);
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            let mut process = Process::start("s3", command, dir.path());
            let came_up = eventually("an answer of moto_server", READY, || {
                let running = process.is_running();
                async move {
                    if !running {
                        return Some(false);
                    }
                    let made = exchange(port, "PUT", &format!("/{}", Self::BUCKET), "s3", b"").await;
                    made.is_some_and(|(status, _)| status == 200).then_some(true)
                }
            });
            // Another process may have taken the port in between; then the server ends, and the next port is tried.
            if came_up.await && process.is_running() {
                return Self {
                    _process: process,
                    port,
                    _dir: dir,
                };
            }
        }
        let log = std::fs::read_to_string(dir.path().join("s3.log")).unwrap_or_default();
        panic!("moto_server ended three times while starting:\n{log}");
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The environment variables by which a client reaches it at `address`, its own or that of a proxy.
    #[must_use]
    pub fn variables(address: &str, keys: &Keys) -> Vec<(String, String)> {
        [
            ("AWS_ENDPOINT", format!("http://{address}")),
            ("AWS_ALLOW_HTTP", "true".into()),
            ("AWS_ACCESS_KEY_ID", keys.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", keys.secret.clone()),
            ("AWS_REGION", "us-east-1".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Stores an object, its key written as in a URL.
    pub async fn put(&self, key: &str, content: &[u8]) {
        self.ask("PUT", &format!("/{}/{key}", Self::BUCKET), "s3", content)
            .await;
    }

    /// The content of an object.
    pub async fn get(&self, key: &str) -> Vec<u8> {
        self.ask("GET", &format!("/{}/{key}", Self::BUCKET), "s3", b"")
            .await
    }

    /// The keys of all objects.
    pub async fn keys(&self) -> Vec<String> {
        let list = self
            .ask("GET", &format!("/{}?list-type=2", Self::BUCKET), "s3", b"")
            .await;
        all_between(&list, "<Key>", "</Key>")
    }

    /// The keys of all uploads that were begun and not ended.
    pub async fn uploads(&self) -> Vec<String> {
        let list = self
            .ask("GET", &format!("/{}?uploads", Self::BUCKET), "s3", b"")
            .await;
        all_between(&list, "<Key>", "</Key>")
    }

    /// Begins an upload that nobody will end.
    pub async fn begin_upload(&self, key: &str) {
        self.ask("POST", &format!("/{}/{key}?uploads", Self::BUCKET), "s3", b"")
            .await;
    }

    /// From now on does only what is asked with the keys returned, and of that only what a policy allows, written as
    /// IAM takes it. [`S3Server::demand_nothing`] must come before anything else is asked here.
    pub async fn demand_keys(&self, policy: &str) -> Keys {
        let action = |rest: &str| format!("Version=2010-05-08&UserName=trainyard&Action={rest}").into_bytes();
        self.ask("POST", "/", "iam", &action("CreateUser")).await;
        let policy = action(&format!(
            "PutUserPolicy&PolicyName=trainyard&PolicyDocument={}",
            escaped(policy)
        ));
        self.ask("POST", "/", "iam", &policy).await;
        let made = self.ask("POST", "/", "iam", &action("CreateAccessKey")).await;
        let one = |open: &str, close: &str| all_between(&made, open, close).remove(0);
        self.ask("POST", "/moto-api/reset-auth", "s3", b"0").await;
        Keys {
            id: one("<AccessKeyId>", "</AccessKeyId>"),
            secret: one("<SecretAccessKey>", "</SecretAccessKey>"),
        }
    }

    /// Does again whatever anybody asks.
    pub async fn demand_nothing(&self) {
        self.ask("POST", "/moto-api/reset-auth", "s3", b"inf").await;
    }

    async fn ask(&self, method: &str, target: &str, service: &str, content: &[u8]) -> Vec<u8> {
        let answer = exchange(self.port, method, target, service, content).await;
        let (status, body) = answer.unwrap_or_else(|| panic!("no answer to {method} {target}"));
        assert!(
            status < 300,
            "{method} {target}: {status} {}",
            String::from_utf8_lossy(&body)
        );
        body
    }
}

/// Sends a request and returns the status and the body of the answer; none where there is no answer.
async fn exchange(
    port: u16,
    method: &str,
    target: &str,
    service: &str,
    content: &[u8],
) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let kind = match service {
        "iam" => "application/x-www-form-urlencoded",
        _ => "application/octet-stream",
    };
    let head = format!(
        "{method} {target} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {ANYBODY}{service}/aws4_request\r\n\
         Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        content.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(content).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_off(end + 4)))
}

/// What stands between two marks, each time.
fn all_between(text: &[u8], open: &str, close: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    text.split(open)
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(close)?.0.to_owned()))
        .collect()
}

/// As a form holds it.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
