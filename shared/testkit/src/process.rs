//! A process that a test started: watched, logged, killed in every way, and gone with the test.

use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, getrlimit, kill_process, prlimit, waitid,
};

use crate::eventually;
use crate::watchdog::Watchdog;

/// How much of the log a panic shows.
const LOG_TAIL_BYTES: usize = 16 * 1024;

/// A running process whose output goes to a file, and which is killed when this is dropped or the test process dies.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    stop_signal: Signal,
    _watchdog: Watchdog,
}

impl Process {
    /// Starts `command` in a process group of its own. What it writes is appended to `<dir>/<name>.log`, and shown when
    /// the test panics.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    pub fn start(name: &str, command: Command, dir: &Path) -> Self {
        Self::start_with(name, command, dir, Signal::KILL, None)
    }

    /// As `start`, but ended by `stop_signal`; and `owned` is removed should the test process die before it can do so.
    pub(crate) fn start_with(
        name: &str,
        mut command: Command,
        dir: &Path,
        stop_signal: Signal,
        owned: Option<&Path>,
    ) -> Self {
        let log = dir.join(format!("{name}.log"));
        let child = command
            .stdin(Stdio::null())
            .stdout(append(&log))
            .stderr(append(&log))
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {command:?}: {error}"));
        let watchdog = Watchdog::new(child.id(), stop_signal, owned);
        Self {
            name: name.to_owned(),
            child,
            log,
            stop_signal,
            _watchdog: watchdog,
        }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has written so far, and whatever processes of the same name and directory wrote before it.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills it with SIGKILL and waits until it is gone. Nothing happens if it has ended already.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }

    /// Ends it by the signal that it is ended by when this is dropped, and waits until it is gone.
    pub(crate) fn end(&mut self) {
        self.signal(self.stop_signal);
        let _ = self.child.wait();
    }

    /// Asks it to end with SIGTERM.
    pub fn terminate(&mut self) {
        self.signal(Signal::TERM);
    }

    /// Stops it with SIGSTOP: it still holds its connections, and does nothing. All its threads stand still on return.
    pub fn stop(&mut self) {
        self.signal(Signal::STOP);
        if let Some(pid) = self.raw_pid() {
            // The signal is delivered some time after `kill` has returned; its end is left for `wait` to see.
            let _ = waitid(
                WaitId::Pid(pid),
                WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            );
        }
    }

    /// Lets it go on after `stop`.
    pub fn cont(&mut self) {
        self.signal(Signal::CONT);
    }

    /// Lets no file that it writes grow beyond so many bytes; without a number, as large as it likes.
    ///
    /// # Panics
    ///
    /// When it has ended.
    pub fn limit_files(&mut self, bytes: Option<u64>) {
        assert!(self.is_running(), "{} has ended", self.name);
        let limit = Rlimit {
            current: bytes,
            maximum: getrlimit(Resource::Fsize).maximum,
        };
        prlimit(self.raw_pid(), Resource::Fsize, limit).expect("a process of our own");
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    ///
    /// When it still runs after `timeout`.
    pub async fn wait(&mut self, timeout: Duration) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        let child = &mut self.child;
        eventually(&what, timeout, || {
            std::future::ready(child.try_wait().ok().flatten())
        })
        .await
    }

    fn signal(&mut self, signal: Signal) {
        // An ended process was reaped by `is_running`, and its id may be another's by now.
        if self.is_running()
            && let Some(pid) = self.raw_pid()
        {
            let _ = kill_process(pid, signal);
        }
    }

    fn raw_pid(&self) -> Option<Pid> {
        i32::try_from(self.pid()).ok().and_then(Pid::from_raw)
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let start = log.len().saturating_sub(LOG_TAIL_BYTES);
        log[log.ceil_char_boundary(start)..].to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::CONT);
        self.signal(self.stop_signal);
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the end of what {} wrote ---\n{}", self.name, self.log_tail());
        }
    }
}

fn append(path: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
