//! How long a cancelled fit goes on.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use messages::v1;
use serde_json::json;
use testkit::eventually;

use super::{Report, fits, quantiles};
use crate::{
    Database, Stack,
    processes::{child_of, lives},
    stack::SOON,
};

/// Cancels `runs` running fits, `at_once` at a time, and measures the time from the call to the end of the process.
///
/// # Errors
///
/// When a job does not end cancelled, or when the 99th percentile is above one second.
pub async fn cancel(database: Database, runs: usize, at_once: usize) -> Report {
    let stack = Stack::builder(database)
        .trainers(at_once)
        .slots(1, 1)
        .start()
        .await;
    fits::prepare(&stack).await;
    let (mut deaths, mut ends) = (Vec::new(), Vec::new());
    while deaths.len() < runs {
        let count = at_once.min(runs - deaths.len());
        let ids = fits::begin(&stack, count, 3000).await?;
        for id in &ids {
            let (death, end) = cancelled(&stack, id).await?;
            deaths.push(death);
            ends.push(end);
        }
    }
    let (median, p99) = quantiles(deaths);
    let (_, end_p99) = quantiles(ends);
    ensure!(
        p99 <= Duration::from_secs(1),
        "99 of 100 cancelled processes were gone only after {p99:?}"
    );
    Ok(json!({
        "drill": "cancel",
        "runs": runs,
        "at_once": at_once,
        "process_gone_median_ms": median.as_secs_f64() * 1e3,
        "process_gone_p99_ms": p99.as_secs_f64() * 1e3,
        "job_cancelled_p99_ms": end_p99.as_secs_f64() * 1e3,
    }))
}

/// Cancels a job; the times until its process was gone and until it was CANCELLED.
async fn cancelled(stack: &Stack, id: &str) -> Result<(Duration, Duration)> {
    let client = stack.client();
    let job = client.get(id).await?;
    let holder = job.attempts.last().context("a claimed attempt")?.trainer.clone();
    let trainer = stack
        .trainers
        .iter()
        .find(|trainer| trainer.id().as_deref() == Some(holder.as_str()))
        .context("the trainer that holds the job")?;
    let child = child_of(trainer.pid(), SOON).await;
    let start = Instant::now();
    let request = v1::CancelTrainingJobRequest {
        job_id: id.to_owned(),
        reason: "a drill".to_owned(),
    };
    client.jobs.clone().cancel_training_job(request).await?;
    eventually("the end of a cancelled process", SOON, || {
        std::future::ready((!lives(child)).then_some(()))
    })
    .await;
    let gone = start.elapsed();
    let job = client.finished(id, SOON).await;
    ensure!(
        job.state() == v1::JobState::Cancelled,
        "job {id} ended {:?}",
        job.state()
    );
    Ok((gone, start.elapsed()))
}
