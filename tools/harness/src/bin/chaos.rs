//! Runs Trainyard under faults and prints what came of it as one JSON object. Ends with an error when a promise was
//! broken, or when too few faults happened to tell.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use harness::{
    Database,
    chaos::{self, Options},
};

/// Runs real processes under continuous work and faults, and checks that every promise was kept.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// The database.
    #[arg(long, value_enum)]
    database: On,
    /// Replicas of the job-service.
    #[arg(long, default_value_t = 1)]
    replicas: usize,
    /// Trainers, of two slots each.
    #[arg(long, default_value_t = 3)]
    trainers: usize,
    /// How long faults happen.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// What jobs and faults are drawn from; a fresh one when left out.
    #[arg(long)]
    seed: Option<u64>,
    /// How many jobs are submitted at least; 200 for every 60 seconds when left out.
    #[arg(long)]
    jobs: Option<usize>,
    /// Keeps the directory with logs and history, which is kept anyhow when a promise was broken.
    #[arg(long)]
    keep: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum On {
    Sqlite,
    Postgres,
}

impl Cli {
    fn options(&self) -> Options {
        let fresh = || u64::from(uuid::Uuid::new_v4().as_fields().0);
        let every_minute =
            usize::try_from(self.seconds.saturating_mul(200).div_ceil(60)).unwrap_or(usize::MAX);
        Options {
            database: match self.database {
                On::Sqlite => Database::Sqlite,
                On::Postgres => Database::Postgres,
            },
            replicas: self.replicas.max(1),
            trainers: self.trainers.max(1),
            seconds: self.seconds,
            seed: self.seed.unwrap_or_else(fresh),
            jobs: self.jobs.unwrap_or(every_minute),
            keep: self.keep,
        }
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let report = chaos::run(Cli::parse().options()).await?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(if report.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
