//! Kills the processes of attempts. Each names its job on its command line, for people and for this.

use std::time::Duration;

use testkit::processes;
use tokio::time::{Instant, sleep};

use crate::chaos::{clients::Clients, random::Random};

/// The time between two looks for the processes of victims.
const LOOK: Duration = Duration::from_millis(50);
/// What the report calls a killed process.
pub(crate) const CHILD_KILLED: &str = "child_killed";

/// Kills the processes of victims, each some time after its first sight, for as long as it is polled.
pub(crate) async fn kill_children(clients: &Clients, seed: u64) {
    let mut random = Random::new(seed, "children");
    let mut seen: Option<(u32, String, Instant)> = None;
    loop {
        sleep(LOOK).await;
        if let Some((pid, job_id, when)) = &seen {
            if Instant::now() < *when {
                continue;
            }
            // It may have ended, and its id be another's.
            if is_of(*pid, job_id) && processes::kill(*pid) {
                struck(clients, job_id);
            }
            seen = None;
            continue;
        }
        let victims: Vec<String> = clients.victims().keys().cloned().collect();
        if victims.is_empty() {
            continue;
        }
        seen = processes::all().find_map(|pid| {
            let victim = victims.iter().find(|job_id| is_of(pid, job_id))?;
            Some((pid, victim.clone(), Instant::now() + random.seconds(0.0..0.4)))
        });
    }
}

fn struck(clients: &Clients, job_id: &str) {
    super::happened(&clients.history, CHILD_KILLED, job_id, std::time::Instant::now());
    let mut victims = clients.victims();
    match victims.get_mut(job_id) {
        Some(left) if *left > 1 => *left -= 1,
        Some(_) | None => _ = victims.remove(job_id),
    }
}

/// Whether a process runs an attempt of the job.
fn is_of(pid: u32, job_id: &str) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0)
        .any(|argument| argument == job_id.as_bytes())
}
