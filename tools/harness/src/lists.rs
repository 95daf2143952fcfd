//! Lists at scale: how long pages of jobs and histories take when a job-service on PostgreSQL holds very many, and
//! what the database does for them.

mod calls;
mod fill;
mod plans;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::{Client, Database, Stack, drill::quantiles};
use calls::Call;
pub use plans::Executed;

/// Jobs that have not ended, among all the others.
const ACTIVE: usize = 20;
/// Calls whose plan is looked at: more than a connection needs to settle for a plan.
const LOOKS: usize = 7;

/// How long a page of jobs may take.
const LIMIT: Duration = Duration::from_millis(20);

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Finished jobs.
    pub jobs: usize,
    /// Events of each.
    pub events_per_job: usize,
    /// How often each call is made.
    pub repetitions: usize,
    /// Sizes of pages.
    pub page_sizes: Vec<usize>,
}

/// One call, made many times.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What is asked for.
    pub call: String,
    /// The page's number, from 1.
    pub page: usize,
    /// The rows that came.
    pub rows: usize,
    /// How long the client waited, each time.
    pub waits: Vec<Duration>,
    /// What the database did in one of the times.
    pub statements: Vec<Executed>,
}

/// Fills a database and makes every call.
///
/// # Errors
///
/// When a call fails, or a job is on two pages of a list.
///
/// # Panics
///
/// When something does not come up.
pub async fn measure(plan: &Plan) -> Result<Vec<Measured>> {
    let mut stack = Stack::builder(Database::Postgres)
        // As in a real installation, not as fast as for tests: little else shall be under way.
        .service_env("TRAINYARD_LEASE__TTL", "30s")
        .service_env("TRAINYARD_LEASE__BEAT_INTERVAL", "5s")
        .service_env("TRAINYARD_BACKGROUND__SWEEP_INTERVAL", "10s")
        .start()
        .await;
    let start = Instant::now();
    fill::fill(&stack, plan).await?;
    eprintln!("filled in {:.1} s", start.elapsed().as_secs_f64());
    stack.trainers.clear();
    let server = stack.postgres.as_ref().context("PostgreSQL")?;
    plans::install(server, &stack.database_url);
    // Only new sessions load the module.
    stack.restart_replica(0).await;
    let mut measured = Vec::new();
    let client = stack.client();
    for list in calls::lists() {
        for size in &plan.page_sizes {
            for page in calls::pages(&client, &list, *size).await? {
                let name = format!("{}, {size} a page", list.name);
                measured.push(one(&stack, plan, name, page.number, &page.call).await?);
            }
        }
    }
    for (name, call) in calls::of_one_job(&client, plan.events_per_job).await? {
        measured.push(one(&stack, plan, name.to_owned(), 1, &call).await?);
    }
    Ok(measured)
}

async fn one(stack: &Stack, plan: &Plan, name: String, page: usize, call: &Call) -> Result<Measured> {
    let client = stack.client();
    let mut waits = Vec::new();
    let mut rows = call.make(&client).await?;
    for _ in 0..plan.repetitions {
        let start = Instant::now();
        rows = call.make(&client).await?;
        waits.push(start.elapsed());
    }
    Ok(Measured {
        call: name,
        page,
        rows,
        waits,
        statements: looked_at(stack, &client, call).await?,
    })
}

/// What the database does for the call; of some times the last.
async fn looked_at(stack: &Stack, client: &Client, call: &Call) -> Result<Vec<Executed>> {
    let server = stack.postgres.as_ref().context("PostgreSQL")?;
    plans::listen(server, &stack.database_url, true);
    let mut last = Vec::new();
    for _ in 0..LOOKS {
        let before = server.log().len();
        call.make(client).await?;
        last = plans::executed(&server.log()[before..], call.table())?;
    }
    plans::listen(server, &stack.database_url, false);
    Ok(last)
}

/// The calls that take longer than a page of jobs may, the middle one of their times; not those that ask for the number
/// of all jobs, which counts them.
#[must_use]
pub fn too_slow(measured: &[Measured]) -> Vec<&Measured> {
    let counts = |one: &Measured| {
        one.statements
            .iter()
            .any(|statement| statement.sql.contains("COUNT("))
    };
    measured
        .iter()
        .filter(|one| !counts(one) && quantiles(one.waits.clone()).0 > LIMIT)
        .collect()
}

/// What was measured, for people and programs.
#[must_use]
pub fn report(plan: &Plan, measured: &[Measured]) -> Value {
    let calls: Vec<Value> = measured.iter().map(described).collect();
    let slowest = measured.iter().map(|one| quantiles(one.waits.clone()).0).max();
    json!({
        "processor": processor(),
        "processors": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
        "jobs": plan.jobs + 3 + ACTIVE,
        "events": plan.jobs * plan.events_per_job,
        "repetitions": plan.repetitions,
        "slowest_median_ms": slowest.map(millis),
        "calls": calls,
    })
}

fn described(one: &Measured) -> Value {
    let statements: Vec<Value> = one
        .statements
        .iter()
        .map(|statement| {
            json!({
                "ms": millis(statement.took),
                "rows_read": statement.rows_read,
                "nodes": statement.nodes,
            })
        })
        .collect();
    let (median, p99) = quantiles(one.waits.clone());
    json!({
        "call": one.call,
        "page": one.page,
        "rows": one.rows,
        "median_ms": millis(median),
        "p99_ms": millis(p99),
        "statements": statements,
    })
}

fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 100_000.0).round() / 100.0
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    model
        .unwrap_or_default()
        .trim_start_matches([' ', '\t', ':'])
        .to_owned()
}
