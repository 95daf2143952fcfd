//! Processes are started, logged, signalled and never left behind.

use std::os::unix::process::ExitStatusExt as _;

use super::*;

const SOON: Duration = Duration::from_secs(10);

fn shell(script: &str, dir: &Path) -> Process {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Process::start("shell", command, dir)
}

/// The one-letter state of a process; none when it is gone.
fn state_of(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

async fn written(process: &Process, text: &str) {
    eventually(text, SOON, || {
        std::future::ready(process.log().contains(text).then_some(()))
    })
    .await;
}

#[tokio::test]
async fn output_of_both_kinds_is_in_the_log_and_the_exit_status_is_returned() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = shell("echo out; echo err >&2; exit 7", dir.path());
    assert_eq!(process.wait(SOON).await.code(), Some(7));
    assert_eq!(process.log(), "out\nerr\n");
    assert!(!process.is_running());
}

#[tokio::test]
async fn sigterm_can_be_handled_and_sigkill_cannot() {
    let dir = tempfile::tempdir().unwrap();
    let script = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    let mut polite = shell(script, dir.path());
    written(&polite, "ready").await;
    polite.terminate();
    assert!(polite.wait(SOON).await.success());
    assert!(polite.log().ends_with("bye\n"));

    let mut killed = shell("trap '' TERM; exec sleep 1000", dir.path());
    killed.kill();
    assert_eq!(killed.wait(SOON).await.signal(), Some(9));
}

#[tokio::test]
async fn a_stopped_process_does_nothing_until_it_is_continued() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = shell("exec sleep 1000", dir.path());
    let pid = process.pid();
    process.stop();
    assert_eq!(state_of(pid), Some('T'));
    process.cont();
    eventually("the end of the stop", SOON, || {
        std::future::ready((state_of(pid) == Some('S')).then_some(()))
    })
    .await;
    process.stop();
    drop(process);
    assert_eq!(state_of(pid), None);
}

#[tokio::test]
async fn stopping_a_process_that_has_ended_does_not_take_its_exit_status() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = shell("exit 3", dir.path());
    eventually("the end", SOON, || {
        std::future::ready((state_of(process.pid()) == Some('Z')).then_some(()))
    })
    .await;
    process.stop();
    assert_eq!(process.wait(SOON).await.code(), Some(3));
}

#[tokio::test]
#[should_panic(expected = "the end of shell: not within 20ms")]
async fn waiting_too_long_for_the_end_is_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    shell("exec sleep 1000", dir.path())
        .wait(Duration::from_millis(20))
        .await;
}

/// The body of the process that the next test kills: starts one that sleeps, and sleeps itself.
#[tokio::test]
async fn victim() {
    let Some(dir) = std::env::var_os("TESTKIT_VICTIM_DIR").map(PathBuf::from) else {
        return;
    };
    let owned = dir.join("owned");
    std::fs::create_dir(&owned).unwrap();
    let mut command = Command::new("sleep");
    command.arg("1000");
    let process = Process::start_with("sleep", command, &dir, Signal::KILL, Some(&owned));
    std::fs::write(dir.join("pid.new"), process.pid().to_string()).unwrap();
    std::fs::rename(dir.join("pid.new"), dir.join("pid")).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn nothing_is_left_behind_by_a_test_process_that_was_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["process::tests::victim", "--exact"])
        .env("TESTKIT_VICTIM_DIR", dir.path());
    let mut test = Process::start("test", command, dir.path());
    let pid: u32 = eventually("the sleeping process", SOON, || async {
        std::fs::read_to_string(dir.path().join("pid")).ok()?.parse().ok()
    })
    .await;
    assert_eq!(state_of(pid).filter(|state| *state != 'Z').map(|_| ()), Some(()));
    test.kill();
    // An orphan that nobody reaps stays a zombie: dead all the same.
    eventually("the end of the sleeping process", SOON, || async {
        state_of(pid).is_none_or(|state| state == 'Z').then_some(())
    })
    .await;
    let owned = dir.path().join("owned");
    eventually("the removal of its directory", SOON, || async {
        (!owned.exists()).then_some(())
    })
    .await;
}
