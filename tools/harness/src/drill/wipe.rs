//! NATS loses everything while jobs are queued.

use std::time::{Duration, Instant};

use messages::route;
use serde_json::json;
use testkit::eventually;

use super::{Report, fits};
use crate::{
    Database, Stack,
    client::{model, submission},
    stack::SOON,
};

const TABLE: &str = "small";

/// Queues `jobs` jobs, wipes NATS's data when all are announced, and lets trainers loose: each job has to succeed in
/// its first and only attempt.
///
/// # Errors
///
/// What went wrong with which job.
pub async fn wipe(database: Database, jobs: usize) -> Report {
    let mut stack = Stack::builder(database).trainers(0).start().await;
    stack.classification(TABLE, 200, 4).await;
    let client = stack.client();
    let mut ids = Vec::new();
    while ids.len() < jobs {
        let models = vec![model("logistic_regression", &[]); (jobs - ids.len()).min(20)];
        let made = client.submit(submission(TABLE, "label", models)).await?;
        ids.extend(made.into_iter().map(|job| job.job_id));
    }
    announced(&stack, jobs as u64).await?;
    stack.nats.wipe().await;
    let start = Instant::now();
    for _ in 0..2 {
        stack.start_trainer().await;
    }
    fits::succeed_at_once(&stack, &ids, Duration::from_secs(600)).await?;
    Ok(json!({
        "drill": "wipe",
        "database": format!("{database:?}").to_lowercase(),
        "jobs": ids.len(),
        "succeeded_in_first_attempt": ids.len(),
        "seconds_from_wipe_to_last_end": start.elapsed().as_secs_f64(),
    }))
}

/// Waits until the work queue holds the announcements of so many jobs.
async fn announced(stack: &Stack, jobs: u64) -> anyhow::Result<()> {
    let options = bus::Options {
        url: stack.nats.url(),
        identity: "drill".parse()?,
        name: "drill".to_owned(),
    };
    let bus = bus::Bus::connect(&options).await?;
    bus.ready().await?;
    eventually("every announcement", SOON, || async {
        (bus.depth(route::JOBS_STREAM).await.ok()? == jobs).then_some(())
    })
    .await;
    Ok(())
}
