//! Long fits that something happens to in the middle.

use std::time::Duration;

use anyhow::{Result, ensure};
use messages::v1;

use crate::{
    Stack,
    client::{check_history, model, submission},
    stack::SOON,
};

/// The table that long fits are made on.
pub(super) const TABLE: &str = "long";

/// Makes and registers the table.
pub(super) async fn prepare(stack: &Stack) {
    stack.classification(TABLE, 20_000, 20).await;
}

/// A forest that takes about a second of one core for forty `trees`.
pub(super) fn long(trees: u32) -> v1::SubmitTrainingJobRequest {
    let hyperparameters = [("n_estimators", f64::from(trees)), ("max_depth", 30.0)];
    submission(
        TABLE,
        "label",
        vec![model("random_forest_classifier", &hyperparameters)],
    )
}

/// Submits `count` long fits and waits until all of them are in the middle.
pub(super) async fn begin(stack: &Stack, count: usize, trees: u32) -> Result<Vec<String>> {
    let client = stack.client();
    let mut ids = Vec::new();
    for _ in 0..count {
        let jobs = client.submit(long(trees)).await?;
        ids.extend(jobs.into_iter().map(|job| job.job_id));
    }
    for id in &ids {
        client.fitting(id, SOON).await;
    }
    Ok(ids)
}

/// Waits for the end of the jobs, and checks that each succeeded in its first attempt and has a sound history.
pub(super) async fn succeed_at_once(stack: &Stack, ids: &[String], within: Duration) -> Result<()> {
    let client = stack.client();
    for id in ids {
        let job = client.finished(id, within).await;
        ensure!(
            job.state() == v1::JobState::Succeeded,
            "job {id} ended {:?}: {:?}",
            job.state(),
            job.failure
        );
        ensure!(
            job.attempt == 1 && job.attempts.len() == 1,
            "job {id} took {} attempts",
            job.attempt
        );
        check_history(&client.events(id).await?)?;
    }
    Ok(())
}
