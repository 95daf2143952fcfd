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

/// What computes the fits that are cancelled.
#[derive(Debug, Clone, Copy)]
pub enum Engine {
    /// A forest of our own, which is asked between two steps whether to go on.
    Native,
    /// A logistic regression by linfa, which answers nothing until it is done.
    Linfa,
}

impl Engine {
    /// How long a process may outlive the cancellation of its fit.
    fn limit(self) -> Duration {
        match self {
            Self::Native => Duration::from_secs(1),
            Self::Linfa => fits::GRACE + Duration::from_secs(2),
        }
    }

    async fn prepare(self, stack: &Stack) {
        match self {
            Self::Native => fits::prepare(stack).await,
            Self::Linfa => fits::prepare_wide(stack).await,
        }
    }

    async fn begin(self, stack: &Stack, count: usize) -> Result<Vec<String>> {
        match self {
            Self::Native => fits::begin(stack, count, 3000).await,
            Self::Linfa => fits::begin_deaf(stack, count).await,
        }
    }
}

/// Cancels `runs` running fits, `at_once` at a time, and measures the time from the call to the end of the process.
///
/// # Errors
///
/// When a job does not end cancelled, or when the 99th percentile is above one second; for fits that cannot be asked
/// to stop, above their grace and two seconds.
pub async fn cancel(database: Database, engine: Engine, runs: usize, at_once: usize) -> Report {
    let stack = Stack::builder(database)
        .trainers(at_once)
        .slots(1, 1)
        .start()
        .await;
    engine.prepare(&stack).await;
    let (mut deaths, mut ends) = (Vec::new(), Vec::new());
    while deaths.len() < runs {
        let count = at_once.min(runs - deaths.len());
        let ids = engine.begin(&stack, count).await?;
        for id in &ids {
            let (death, end) = cancelled(&stack, id).await?;
            deaths.push(death);
            ends.push(end);
        }
    }
    let (median, p99) = quantiles(deaths);
    let (_, end_p99) = quantiles(ends);
    ensure!(
        p99 <= engine.limit(),
        "99 of 100 cancelled processes were gone only after {p99:?}"
    );
    Ok(json!({
        "drill": "cancel",
        "engine": format!("{engine:?}").to_lowercase(),
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
