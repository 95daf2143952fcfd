//! A nats-server with JetStream of a test's own, which can die and come back.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{Process, eventually, free_port, tool};

/// How long a server may take until it answers.
const READY: Duration = Duration::from_secs(20);

/// A nats-server with JetStream on a port of its own, its store in a temporary directory.
#[derive(Debug)]
pub struct NatsServer {
    // Dropped before the directory that it writes to.
    process: Process,
    program: PathBuf,
    port: u16,
    dir: TempDir,
}

impl NatsServer {
    /// Starts a server and waits until JetStream answers.
    ///
    /// # Panics
    ///
    /// When there is no nats-server of version 2.10.27 or later, or when it does not come up.
    pub async fn start() -> Self {
        let program = tool::nats_server();
        let dir = tempfile::Builder::new()
            .prefix("nats-")
            .tempdir()
            .expect("a temporary directory");
        for _ in 0..3 {
            let port = free_port();
            let mut process = launch(&program, port, dir.path());
            // Another process may have taken the port in between; then the server ends, and the next port is tried.
            if ready(&mut process, port).await {
                return Self {
                    process,
                    program,
                    port,
                    dir,
                };
            }
        }
        let log = std::fs::read_to_string(dir.path().join("nats-server.log")).unwrap_or_default();
        panic!("nats-server ended three times while starting:\n{log}");
    }

    /// The URL that clients connect to.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// The address in its URL, at which it stays.
    #[must_use]
    pub fn address(&self) -> String {
        address(self.port)
    }

    /// Kills it with SIGKILL. Nothing listens on its port until `restart`.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same port and store, killing it first if it runs, and waits until JetStream answers.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub async fn restart(&mut self) {
        self.process.kill();
        self.process = launch(&self.program, self.port, self.dir.path());
        assert!(
            ready(&mut self.process, self.port).await,
            "nats-server ended:\n{}",
            self.process.log()
        );
    }

    /// Kills it if it runs, removes everything it has stored, and starts it again on the same port.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub async fn wipe(&mut self) {
        self.process.kill();
        // Where it keeps streams, below the directory it was given; what it wrote to its log stays.
        match std::fs::remove_dir_all(self.dir.path().join("jetstream")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("the store stays: {error}"),
            Ok(()) | Err(_) => {}
        }
        self.restart().await;
    }

    /// Stops it with SIGSTOP: connections stay open, and nothing is answered.
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// Lets it go on after `stop`.
    pub fn cont(&mut self) {
        self.process.cont();
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }
}

fn url(port: u16) -> String {
    format!("nats://{}", address(port))
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn launch(program: &Path, port: u16, dir: &Path) -> Process {
    let mut command = Command::new(program);
    command
        .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
        .arg(dir);
    Process::start_with("nats-server", command, dir, Signal::KILL, Some(dir))
}

/// Waits until JetStream answers; false when the server ended instead.
async fn ready(process: &mut Process, port: u16) -> bool {
    let answers = || async {
        let client = async_nats::connect(url(port)).await.ok()?;
        async_nats::jetstream::new(client).query_account().await.ok()
    };
    eventually("an answer of nats-server's JetStream", READY, || {
        let running = process.is_running();
        async move {
            if !running {
                return Some(false);
            }
            // Another server on our port would answer as well, while ours is about to end: hence the second look below.
            answers().await.map(|_| true)
        }
    })
    .await
        && process.is_running()
}
