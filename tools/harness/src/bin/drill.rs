//! Runs one drill at a chosen size and prints what it found out as JSON: `drill outage nats --seconds 60`.

use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use harness::{
    Database,
    drill::{self, Away, Engine, Outage, Rolling},
};

#[derive(Parser)]
#[command(about = "One mishap at a time, on real processes")]
struct Line {
    #[command(subcommand)]
    drill: Drill,
}

#[derive(Subcommand)]
enum Drill {
    /// NATS loses its data while jobs are queued.
    Wipe {
        #[arg(long, value_enum, default_value_t = Under::Sqlite)]
        database: Under,
        #[arg(long, default_value_t = 200)]
        jobs: usize,
    },
    /// NATS or the database is away in the middle of running fits.
    Outage {
        #[arg(value_enum)]
        away: What,
        /// For how long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// How long leases last without a beat, in seconds.
        #[arg(long, default_value_t = 30)]
        lease_ttl: u64,
        #[arg(long, default_value_t = 8)]
        fits: usize,
        /// Trees of each fit: about a second of one core for a hundred and fifty. Each has to outlast the outage.
        #[arg(long, default_value_t = 5000)]
        trees: u32,
    },
    /// Running fits are cancelled.
    Cancel {
        #[arg(long, value_enum, default_value_t = Under::Sqlite)]
        database: Under,
        /// What computes the fits.
        #[arg(long, value_enum, default_value_t = By::Native)]
        engine: By,
        #[arg(long, default_value_t = 100)]
        runs: usize,
        /// How many run at once.
        #[arg(long, default_value_t = 4)]
        at_once: usize,
    },
    /// Two replicas are restarted in turn while clients submit and watch.
    Rolling {
        #[arg(long, default_value_t = 50)]
        per_second: u32,
        #[arg(long, default_value_t = 100)]
        watchers: usize,
        /// How often each replica is restarted.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Under {
    Sqlite,
    Postgres,
}

#[derive(Clone, Copy, ValueEnum)]
enum By {
    Native,
    Linfa,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Nats,
    Database,
}

impl From<Under> for Database {
    fn from(under: Under) -> Self {
        match under {
            Under::Sqlite => Self::Sqlite,
            Under::Postgres => Self::Postgres,
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let report = match Line::parse().drill {
        Drill::Wipe { database, jobs } => drill::wipe(database.into(), jobs).await?,
        Drill::Outage {
            away,
            seconds,
            lease_ttl,
            fits,
            trees,
        } => {
            let away = match away {
                What::Nats => Away::Nats,
                What::Database => Away::Database,
            };
            let plan = Outage {
                away,
                length: Duration::from_secs(seconds),
                lease_ttl: Duration::from_secs(lease_ttl),
                fits,
                trees,
            };
            drill::outage(plan).await?
        }
        Drill::Cancel {
            database,
            engine,
            runs,
            at_once,
        } => {
            let engine = match engine {
                By::Native => Engine::Native,
                By::Linfa => Engine::Linfa,
            };
            drill::cancel(database.into(), engine, runs, at_once).await?
        }
        Drill::Rolling {
            per_second,
            watchers,
            rounds,
        } => {
            let plan = Rolling {
                per_second,
                watchers,
                rounds,
            };
            drill::rolling(plan).await?
        }
    };
    println!("{report:#}");
    Ok(())
}
