//! A trainer under test, with directories of its own: as a real process, or within the test with another program
//! for its children.

use std::{
    collections::BTreeMap,
    fs::File,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use clap::Parser;
use messages::bus::v1::ClaimRequest;
use rustix::process::{Pid, Signal, kill_process};
use service_kit::Shutdown;
use storage::{ArtifactPath, ArtifactPlace, ArtifactRoot};
use tempfile::TempDir;
use testkit::{Process, eventually};
use tokio::task::JoinSet;

use crate::job_service::SOON;

/// The directories of a trainer.
pub(crate) struct Place {
    dir: TempDir,
    pub(crate) root: ArtifactRoot,
    /// What its trainers are told besides where their directories are.
    pub(crate) options: BTreeMap<&'static str, String>,
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    config: trainer::Config,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = ArtifactPlace::new(&dir.path().join("artifacts"))
            .unwrap()
            .create_or_read_marker()
            .unwrap();
        std::fs::create_dir(dir.path().join("data")).unwrap();
        let options = [("--drain-grace", "100ms"), ("--log", "info,trainer=debug")];
        let options = options.map(|(flag, value)| (flag, value.to_owned())).into();
        Self { dir, root, options }
    }

    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.dir.path().join("data").join(name)
    }

    /// The URI of a table that takes minutes to hash: real work that no thread pool is needed for.
    pub(crate) fn endless_table(&self) -> String {
        let path = self.data("endless.csv");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        format!("file://{}", path.display())
    }

    /// Where the attempt with this claim writes.
    pub(crate) fn attempt_dir(&self, claim: &ClaimRequest) -> PathBuf {
        let path = ArtifactPath::new("pipe", &claim.job_id, 1, claim.attempt, &claim.lease_id).unwrap();
        self.root.uri(&path).as_path().unwrap().to_path_buf()
    }

    /// Puts something where the attempt writes, as if its child had just done so.
    pub(crate) fn litter(&self, claim: &ClaimRequest) -> PathBuf {
        let dir = self.attempt_dir(claim);
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("rows.bin"), "half").unwrap();
        dir
    }

    pub(crate) fn trainer_id(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("trainer/trainer.id")).unwrap()
    }

    /// The names of the reports that wait for their delivery.
    pub(crate) fn spooled(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.spool()).into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter(|name| name.ends_with(".report")).collect()
    }

    /// The spool itself.
    pub(crate) fn spool(&self) -> PathBuf {
        self.dir.path().join("trainer/spool")
    }

    fn arguments(&self, nats: &str) -> Vec<String> {
        let dir = |name: &str| self.dir.path().join(name).display().to_string();
        let pairs = [
            ("--nats", nats.to_owned()),
            ("--data-dir", dir("trainer")),
            ("--artifact-root", dir("artifacts")),
            ("--data-root", dir("data")),
        ];
        let options = self.options.iter().map(|(flag, value)| (*flag, value.clone()));
        pairs
            .into_iter()
            .chain(options)
            .flat_map(|(flag, value)| [flag.to_owned(), value])
            .collect()
    }

    /// A real trainer.
    pub(crate) fn process(&self, nats: &str) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
        command.arg("run").args(self.arguments(nats));
        Process::start("trainer", command, self.dir.path())
    }

    /// A real trainer whose log nobody reads: every line it writes meets a closed pipe.
    pub(crate) fn unread(&self, nats: &str) -> Process {
        let script = r#"mkfifo "$0" && exec 3<>"$0" && exec "$@" 2>"$0" 3<&-"#;
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(self.dir.path().join("log"));
        command.arg(env!("CARGO_BIN_EXE_trainer")).arg("run");
        command.args(self.arguments(nats));
        Process::start("trainer", command, self.dir.path())
    }

    /// A trainer in this process, whose children run a shell script.
    pub(crate) fn scripted(&self, nats: &str, script: &str) -> Scripted {
        let program = self.dir.path().join("child.sh");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let arguments = std::iter::once("trainer".to_owned()).chain(self.arguments(nats));
        let config = Line::try_parse_from(arguments).unwrap().config;
        let shutdown = Shutdown::new(Duration::from_secs(10));
        let running = shutdown.clone();
        let mut task = JoinSet::new();
        task.spawn(trainer::run(config, program, running));
        Scripted { shutdown, task }
    }
}

/// A trainer in this process.
pub(crate) struct Scripted {
    shutdown: Shutdown,
    task: JoinSet<trainer::Result<trainer::Left>>,
}

impl Scripted {
    /// Ends it as SIGTERM would.
    pub(crate) async fn end(mut self) -> trainer::Result<trainer::Left> {
        self.shutdown.trigger();
        self.task.join_next().await.unwrap().unwrap()
    }
}

/// Whether there is such a process, other than as a zombie.
pub(crate) fn is_alive(pid: i32) -> bool {
    let stat =
        std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// The only child of a trainer, once it has one.
pub(crate) async fn only_child(trainer: &Process) -> i32 {
    eventually("a child", SOON, || {
        std::future::ready(children(trainer.pid()).first().copied())
    })
    .await
}

/// Waits for the end of a process.
pub(crate) async fn gone(pid: i32) {
    until("the end of the child", || !is_alive(pid)).await;
}

/// Waits for something to become true.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    eventually(what, SOON, || std::future::ready(holds().then_some(()))).await;
}

pub(crate) fn kill(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// The living children of a process.
pub(crate) fn children(pid: u32) -> Vec<i32> {
    let parent_of = |child: i32| {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<u32>().ok()
    };
    let all = std::fs::read_dir("/proc").unwrap();
    let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|child| parent_of(*child) == Some(pid) && is_alive(*child))
        .collect()
}
