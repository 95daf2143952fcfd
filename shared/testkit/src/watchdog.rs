//! A shell that outlives the test process and cleans up after it.
//!
//! Destructors do not run when a test is aborted or killed, nor for statics. The kernel closes a dead process's
//! pipes in every case, so the shell waits for the end of one.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;

/// Waits for a line, which means that all is well, or for the end, which means that the test process is gone.
const SCRIPT: &str = r#"
if read -r line; then exit 0; fi
kill -CONT "$1"; kill -"$2" "$1"
tries=0
while kill -0 "$1" && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
if [ -n "$3" ]; then rm -rf -- "$3"; fi
"#;

/// Ends a process, and removes its directory, when the test process dies without having done so.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Watches over `pid`, to be ended by `signal`, and over `owned`, a directory to be removed afterwards.
    pub(crate) fn new(pid: u32, signal: Signal, owned: Option<&Path>) -> Self {
        let child = Command::new("sh")
            .args([
                "-c",
                SCRIPT,
                "watchdog",
                &pid.to_string(),
                &signal.as_raw().to_string(),
            ])
            .arg(owned.unwrap_or(Path::new("")))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of reach of a Ctrl-C or a test runner's kill that is meant for the test.
            .process_group(0)
            .spawn()
            .expect("sh starts");
        Self(child)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.0.wait();
    }
}
