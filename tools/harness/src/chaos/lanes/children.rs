//! Kills the processes of attempts. Each names its job on its command line, for people and for this.

use std::time::{Duration, Instant};

use testkit::processes;
use tokio::time::sleep;

use crate::chaos::{clients::Clients, random::Random};

/// The time between two looks for the processes of victims.
const LOOK: Duration = Duration::from_millis(40);
/// How likely a look at such a process is its last.
const DEADLY: f64 = 0.4;
/// What the report calls a killed process.
pub(crate) const CHILD_KILLED: &str = "child_killed";
/// How many must be killed in 60 seconds: half of the 5 % of 200 jobs, because one may end before it is met, or begin
/// when all faults are over.
pub(crate) const LEAST_KILLED: usize = 5;

/// Kills the processes of victims, each a few looks after its first sight, for as long as it is polled.
pub(crate) async fn kill_children(clients: &Clients, seed: u64) {
    let mut random = Random::new(seed, "children");
    loop {
        sleep(LOOK).await;
        let victims: Vec<String> = clients.victims().keys().cloned().collect();
        if victims.is_empty() {
            continue;
        }
        for pid in processes::all() {
            let victim = victims.iter().find(|job_id| is_of(pid, job_id));
            if let Some(job_id) = victim
                && random.chance(DEADLY)
                && processes::kill(pid)
            {
                struck(clients, job_id);
            }
        }
    }
}

fn struck(clients: &Clients, job_id: &str) {
    super::happened(&clients.history, CHILD_KILLED, job_id, Instant::now());
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
