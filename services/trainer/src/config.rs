//! What an operator tells a trainer. Flags with environment variables beside them are enough: there is nothing
//! here that would need a file.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use anyhow::ensure;
use bytesize::ByteSize;
use clap::Args;
use domain::id::Token;
use service_kit::LogFormat;

use crate::supervisor;

/// The options of `trainer run`.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// NATS servers, separated by commas.
    #[arg(
        long,
        env = "TRAINYARD_NATS",
        default_value = "nats://127.0.0.1:4222",
        hide_env_values = true
    )]
    pub nats: String,
    /// The directory that is this trainer's own; it keeps its id there.
    #[arg(long, env = "TRAINYARD_DATA_DIR", value_name = "DIR")]
    pub data_dir: PathBuf,
    /// The directory models are written under, or a prefix such as `s3://bucket/models`; shared with job-service.
    #[arg(long, env = "TRAINYARD_ARTIFACT_ROOT", value_name = "DIR")]
    pub artifact_root: PathBuf,
    /// A directory, or a prefix such as `s3://bucket/tables`, data may be read from; may be given several times (in the environment: separated by `:`).
    #[arg(
        long = "data-root",
        env = "TRAINYARD_DATA_ROOTS",
        value_name = "DIR",
        value_delimiter = ':',
        required = true
    )]
    pub data_roots: Vec<PathBuf>,
    /// How many attempts run at once.
    #[arg(long, env = "TRAINYARD_SLOTS", default_value = "1")]
    pub slots: NonZeroUsize,
    /// Threads of one attempt; the machine's cores divided by the slots when left out.
    #[arg(long, env = "TRAINYARD_THREADS")]
    pub threads: Option<NonZeroUsize>,
    /// Memory of all attempts together, for example `16GiB`, shared out equally among the slots; the container's or
    /// the machine's when left out.
    #[arg(long, env = "TRAINYARD_MEMORY", value_name = "SIZE")]
    pub memory: Option<ByteSize>,
    /// The resource class whose jobs are taken.
    #[arg(long, env = "TRAINYARD_CLASS", default_value = "cpu")]
    pub class: Token,
    /// How long running attempts may go on after SIGTERM, for example `30s` or `10m`.
    #[arg(long, env = "TRAINYARD_DRAIN_GRACE", default_value = "30s", value_parser = humantime::parse_duration)]
    pub drain_grace: Duration,
    /// How long an attempt may make no progress and use no CPU time before it counts as stuck.
    #[arg(long, env = "TRAINYARD_STUCK_AFTER", default_value = "5m", value_parser = humantime::parse_duration)]
    pub stuck_after: Duration,
    /// How log lines look: text or json.
    #[arg(long, env = "TRAINYARD_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Which log lines are written, for example `info` or `info,trainer=debug`.
    #[arg(long, env = "TRAINYARD_LOG", default_value = "info")]
    pub log: String,
}

/// Without as much an attempt could not even start.
const LEAST_MEMORY: ByteSize = ByteSize::mib(64);
/// More would be a slip of the finger.
const MOST_SLOTS: usize = 1024;

impl Config {
    /// Checks what no single option can tell.
    ///
    /// # Errors
    /// More slots than anybody means, or too little memory for each.
    pub fn check(&self) -> anyhow::Result<()> {
        let slots = self.slots;
        ensure!(
            slots.get() <= MOST_SLOTS,
            "--slots {slots} is more than {MOST_SLOTS}"
        );
        if let Some(memory) = self.attempt_memory().map(ByteSize::b) {
            ensure!(
                memory >= LEAST_MEMORY,
                "{} {memory} to each of {slots} slots; an attempt needs at least {LEAST_MEMORY}",
                match self.memory {
                    Some(_) => "--memory leaves",
                    None => "the memory that may be used leaves",
                }
            );
        }
        Ok(())
    }

    /// Threads of one attempt.
    #[must_use]
    pub fn attempt_threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads
            .map_or((cores / self.slots).max(1), NonZeroUsize::get)
    }

    /// Bytes of memory of one attempt; none where they are not given and cannot be found out.
    #[must_use]
    pub fn attempt_memory(&self) -> Option<u64> {
        let total = self.memory.map(|memory| memory.as_u64());
        let slots = u64::try_from(self.slots.get()).unwrap_or(u64::MAX);
        total
            .or_else(supervisor::available_memory)
            .map(|total| total / slots)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        config: Config,
    }

    #[test]
    fn slots_and_memory_that_cannot_be_meant_are_refused() {
        let config = |more: &str| {
            let line = format!("trainer --data-dir /d --artifact-root /a --data-root /x {more}");
            Line::try_parse_from(line.split(' ')).unwrap().config
        };
        assert!(config("--slots 4 --memory 256MiB").check().is_ok());
        let told = |more| config(more).check().unwrap_err().to_string();
        assert!(told("--slots 8 --memory 256MiB").contains("32.0 MiB to each of 8 slots"));
        // Where there is so much that every slot has enough, nothing is told.
        if let Err(error) = config("--slots 1024").check() {
            assert!(
                error
                    .to_string()
                    .starts_with("the memory that may be used leaves")
            );
        }
        assert!(told("--slots 5000 --memory 9TiB").contains("--slots 5000"));
    }

    #[test]
    fn a_command_line_is_read() {
        let line = "trainer --data-dir /d --artifact-root /a --data-root /x --data-root /y:/z --slots 2 --threads 3 --memory 3GiB";
        let config = Line::try_parse_from(line.split(' ')).unwrap().config;
        assert_eq!(config.data_roots, ["/x", "/y", "/z"].map(PathBuf::from));
        assert_eq!((config.slots.get(), config.attempt_threads()), (2, 3));
        assert_eq!(config.attempt_memory(), Some(3 << 29));
        assert_eq!(config.class.as_str(), "cpu");
        let wrong = "trainer --data-dir /d --artifact-root /a --data-root /x --class a.b";
        assert!(Line::try_parse_from(wrong.split(' ')).is_err());
        assert!(Line::try_parse_from(["trainer"]).is_err());
        let plain = "trainer --data-dir /d --artifact-root /a --data-root /x";
        let config = Line::try_parse_from(plain.split(' ')).unwrap().config;
        assert!(config.attempt_memory().is_some_and(|memory| memory > 64 << 20));
    }
}
