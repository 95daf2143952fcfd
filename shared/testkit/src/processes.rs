//! Processes that a test did not start itself, as `/proc` tells of them: the children of those it did.

use std::{fs, time::Duration};

use rustix::process::{Pid, Signal, kill_process};

use crate::eventually;

/// The process ids of the living children of `parent`.
#[must_use]
pub fn children(parent: u32) -> Vec<u32> {
    all().filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// The process ids of everything that lives.
pub fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Whether a process with this id lives; a zombie does not.
#[must_use]
pub fn lives(pid: u32) -> bool {
    parent_of(pid).is_some()
}

/// The living processes that were started with this environment variable, or by a process that was.
#[must_use]
pub fn with_variable(name: &str, value: &str) -> Vec<u32> {
    let variable = format!("{name}={value}").into_bytes();
    let has = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|one| one == variable)
    };
    all().filter(|pid| lives(*pid)).filter(has).collect()
}

/// Sends SIGKILL to a process; false when there is none.
pub fn kill(pid: u32) -> bool {
    signal(pid, Signal::KILL)
}

/// Waits until `parent` has a child, and returns its id.
///
/// # Panics
///
/// When there is none after `timeout`.
pub async fn child_of(parent: u32, timeout: Duration) -> u32 {
    eventually("a child process", timeout, || {
        std::future::ready(children(parent).first().copied())
    })
    .await
}

pub(crate) fn signal(pid: u32, signal: Signal) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| kill_process(pid, signal).is_ok())
}

/// The parent of a process that lives.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name may hold spaces; the fields after its closing parenthesis do not.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(parent)
}
