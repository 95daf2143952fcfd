//! A trainer under test, with directories of its own: as a real process, or within the test with another program
//! for its children.

use std::{
    fs::File,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use clap::Parser;
use messages::bus::v1::ClaimRequest;
use service_kit::Shutdown;
use storage::{ArtifactPath, ArtifactRoot};
use tempfile::TempDir;
use testkit::Process;
use tokio::task::JoinSet;

/// The directories of a trainer.
pub(crate) struct Place {
    dir: TempDir,
    pub(crate) root: ArtifactRoot,
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    config: trainer::Config,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = ArtifactRoot::create_or_read_marker(&dir.path().join("artifacts")).unwrap();
        std::fs::create_dir(dir.path().join("data")).unwrap();
        Self { dir, root }
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
        self.root.directory(&path)
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

    fn arguments(&self, nats: &str) -> Vec<String> {
        let dir = |name: &str| self.dir.path().join(name).display().to_string();
        let pairs = [
            ("--nats", nats.to_owned()),
            ("--data-dir", dir("trainer")),
            ("--artifact-root", dir("artifacts")),
            ("--data-root", dir("data")),
            ("--drain-grace", "100ms".to_owned()),
            ("--log", "info,trainer=debug".to_owned()),
        ];
        pairs
            .into_iter()
            .flat_map(|(flag, value)| [flag.to_owned(), value])
            .collect()
    }

    /// A real trainer.
    pub(crate) fn process(&self, nats: &str) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
        command.arg("run").args(self.arguments(nats));
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
    task: JoinSet<trainer::Result<()>>,
}

impl Scripted {
    /// Ends it as SIGTERM would.
    pub(crate) async fn end(mut self) -> trainer::Result<()> {
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
