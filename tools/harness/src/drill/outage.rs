//! NATS or the database is away while fits run.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::json;

use super::{Report, fits};
use crate::{Database, Stack};

/// What is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// The nats-server.
    Nats,
    /// The PostgreSQL server.
    Database,
}

/// The size of an outage.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    /// What is away.
    pub away: Away,
    /// For how long.
    pub length: Duration,
    /// How long leases last without a beat.
    pub lease_ttl: Duration,
    /// How many fits run meanwhile.
    pub fits: usize,
    /// Trees of each.
    pub trees: u32,
}

/// Takes something away in the middle of running fits and brings it back: all of them have to outlast it, and to succeed
/// in their first attempt.
///
/// # Errors
///
/// What went wrong with which job.
pub async fn outage(plan: Outage) -> Report {
    let database = match plan.away {
        Away::Nats => Database::Sqlite,
        Away::Database => Database::Postgres,
    };
    let slots = plan.fits.div_ceil(2);
    let mut stack = Stack::builder(database)
        .service_env(
            "TRAINYARD_LEASE__TTL",
            &format!("{}ms", plan.lease_ttl.as_millis()),
        )
        .service_env(
            "TRAINYARD_LEASE__BEAT_INTERVAL",
            &format!("{}ms", plan.lease_ttl.as_millis() / 6),
        )
        .trainers(2)
        .slots(slots, 1)
        .start()
        .await;
    fits::prepare(&stack).await;
    let ids = fits::begin(&stack, plan.fits, plan.trees).await?;
    let start = Instant::now();
    match (plan.away, &mut stack.postgres) {
        (Away::Database, Some(server)) => server.kill(),
        (Away::Nats, _) | (Away::Database, None) => stack.nats.kill(),
    }
    // The length of the outage is what is drilled; nothing is waited for.
    tokio::time::sleep(plan.length).await;
    let fitting: usize = stack
        .trainers
        .iter()
        .map(|trainer| trainer.children().len())
        .sum();
    ensure!(
        fitting == plan.fits,
        "{fitting} of {} fits ran when it came back",
        plan.fits
    );
    match (plan.away, &mut stack.postgres) {
        (Away::Database, Some(server)) => server.restart().await,
        (Away::Nats, _) | (Away::Database, None) => stack.nats.restart().await,
    }
    let back = start.elapsed();
    fits::succeed_at_once(&stack, &ids, Duration::from_secs(900)).await?;
    Ok(json!({
        "drill": "outage",
        "away": format!("{:?}", plan.away).to_lowercase(),
        "seconds_away": back.as_secs_f64(),
        "lease_ttl_s": plan.lease_ttl.as_secs_f64(),
        "fits": ids.len(),
        "fitting_when_it_was_back": fitting,
        "succeeded_in_first_attempt": ids.len(),
        "seconds_in_all": start.elapsed().as_secs_f64(),
    }))
}
