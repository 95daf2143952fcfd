//! The trainer's command line.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};
use service_kit::{Shutdown, init_logging};

/// Trains the jobs of Trainyard.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Takes jobs from NATS and trains them until told to end.
    Run(Box<trainer::Config>),
    /// Runs one attempt, told by a supervisor on standard input.
    #[command(name = trainer::CHILD_COMMAND, hide = true)]
    Attempt {
        /// Which attempt of which job, as a list of processes shows it. The supervisor tells everything else.
        shown: Vec<String>,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Attempt { shown: _ } => Ok(trainer::child::run()?),
        Command::Run(config) => run(*config),
    }
}

fn run(config: trainer::Config) -> anyhow::Result<ExitCode> {
    config.check()?;
    init_logging(config.log_format, &config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no runtime")?;
    runtime.block_on(async {
        let shutdown = Shutdown::new(trainer::END_GRACE);
        shutdown.listen_for_signals_patiently()?;
        let left = trainer::run(config, PathBuf::from("/proc/self/exe"), shutdown).await?;
        if left == trainer::Left::default() {
            tracing::info!("trainer ends: all it had begun is finished");
        } else {
            let trainer::Left { released, kept, lost } = left;
            tracing::warn!(
                released,
                kept,
                lost,
                "trainer ends: not all it had begun is finished"
            );
        }
        Ok(ExitCode::SUCCESS)
    })
}
