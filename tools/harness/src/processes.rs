//! What runs below a process, as `/proc` tells it: the children a trainer started.

use std::{fs, time::Duration};

use testkit::eventually;

/// The process ids of the living children of `parent`.
#[must_use]
pub fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// Whether a process with this id lives; a zombie does not.
#[must_use]
pub fn lives(pid: u32) -> bool {
    parent_of(pid).is_some()
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

/// The parent of a process that lives.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name may hold spaces; the fields after its closing parenthesis do not.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(parent)
}
