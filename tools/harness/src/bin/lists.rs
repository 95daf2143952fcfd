//! Measures lists of many jobs on PostgreSQL and prints what it found as one JSON object:
//! `lists --jobs 100000 --events 5000000`. Ends with an error when a page of jobs takes longer than it may.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use harness::lists::{self, Plan};

#[derive(Parser)]
#[command(about = "How long lists take when there is much to list")]
struct Line {
    /// Finished jobs.
    #[arg(long, default_value_t = 100_000)]
    jobs: usize,
    /// Events of all jobs together.
    #[arg(long, default_value_t = 5_000_000)]
    events: usize,
    /// How often each call is made.
    #[arg(long, default_value_t = 50)]
    repetitions: usize,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let line = Line::parse();
    let plan = Plan {
        jobs: line.jobs,
        events_per_job: line.events / line.jobs.max(1),
        repetitions: line.repetitions,
        page_sizes: vec![50, 500],
    };
    let measured = lists::measure(&plan).await?;
    println!("{:#}", lists::report(&plan, &measured));
    let slow = lists::too_slow(&measured);
    for one in &slow {
        eprintln!("too slow: {}, page {}", one.call, one.page);
    }
    Ok(match slow.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
