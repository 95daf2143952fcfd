//! Runs Trainyard under faults, once for each seed, and prints what came of it as one JSON object. Ends with an error when
//! a promise was broken, or when too little happened to tell.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use harness::{
    Database,
    chaos::{self, Options, Summary},
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
    /// What jobs and faults are drawn from, with a run for each of several: `1,2,3`. A fresh one when left out.
    #[arg(long, visible_alias = "seed", value_delimiter = ',')]
    seeds: Vec<u64>,
    /// How many jobs are submitted at least; 200 for every 60 seconds when left out, and with fewer a run does not pass.
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
    fn seeds(&self) -> Vec<u64> {
        match self.seeds.is_empty() {
            true => vec![u64::from(uuid::Uuid::new_v4().as_fields().0)],
            false => self.seeds.clone(),
        }
    }

    fn options(&self, seed: u64) -> Options {
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
            seed,
            jobs: self.jobs.unwrap_or(every_minute),
            keep: self.keep,
        }
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let cli = Cli::parse();
    let mut runs = Vec::new();
    for seed in cli.seeds() {
        runs.push(chaos::run(cli.options(seed)).await?);
    }
    let summary = Summary::new(runs);
    println!("{}", serde_json::to_string_pretty(&summary)?);
    Ok(if summary.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
