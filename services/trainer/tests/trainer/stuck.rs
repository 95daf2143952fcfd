//! Children that hang: one that says nothing, and one that lives and does nothing.

use messages::bus::v1::{TerminalReport, terminal_report::Outcome};
use rustix::process::{Pid, Signal, WaitOptions, waitpid};

use crate::{
    attempts::{SOME_SHA256, failure},
    job_service::{JobService, grant},
    trainers::{Place, is_alive, kill, only_child},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_child_gets_no_beats_and_counts_as_stuck() {
    let place = Place::new();
    let service = JobService::start(grant(&place.endless_table(), SOME_SHA256)).await;
    let trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    service
        .eventually("a beat", |state| state.beats.first().cloned())
        .await;
    kill(child, Signal::STOP);
    let report = service.report(job).await;
    assert_eq!(failure(&report), ("STUCK", "NO_SIGN_OF_LIFE".into()));
    assert!(!is_alive(child));
}

/// Stops the main thread of a process and no other: it can neither compute nor tell, and the rest lives on.
#[expect(
    unsafe_code,
    reason = "no other way stops one thread of several, and no safe crate at hand has it"
)]
fn hold_main_thread(pid: i32) {
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: neither request reads or writes memory of this process; both take null for address and data.
    let held = unsafe {
        libc::ptrace(libc::PTRACE_SEIZE, pid, none, none) == 0
            && libc::ptrace(libc::PTRACE_INTERRUPT, pid, none, none) == 0
    };
    assert!(held, "{}", std::io::Error::last_os_error());
    // The end of a traced process is told to the tracer first, and only then to its parent.
    std::thread::spawn(move || {
        while let Ok(Some((_, status))) = waitpid(Pid::from_raw(pid), WaitOptions::empty()) {
            if status.exited() || status.signaled() {
                break;
            }
        }
    });
}

fn message(report: &TerminalReport) -> &str {
    match &report.outcome {
        Some(Outcome::Failure(failure)) => &failure.message,
        other => panic!("no failure: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_lives_and_does_nothing_is_stuck_and_one_that_computes_is_not() {
    let mut place = Place::new();
    place.options.insert("--stuck-after", "2s".into());
    let service = JobService::start(grant(&place.endless_table(), SOME_SHA256)).await;
    let trainer = place.process(&service.nats.url());
    let job = service.announce().await;
    let child = only_child(&trainer).await;
    // Ten a second, so twice as long as it may be idle; it makes no progress all the while, but uses CPU time.
    service
        .eventually("many beats", |state| (state.beats.len() > 40).then_some(()))
        .await;
    assert!(is_alive(child) && service.state().reports() == 0);
    hold_main_thread(child);
    let report = service.report(job).await;
    assert_eq!(failure(&report), ("STUCK", "NO_PROGRESS".into()));
    assert!(message(&report).contains("loading_data"), "{report:?}");
    assert!(!is_alive(child));
}
