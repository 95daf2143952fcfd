//! Long fits that something happens to in the middle.

use std::time::Duration;

use anyhow::{Result, ensure};
use domain::value::Value;
use messages::{convert, v1};

use crate::{
    Stack,
    client::{check_history, model, submission},
    stack::SOON,
};

/// The table that long fits are made on.
pub(super) const TABLE: &str = "long";
/// One on which even a logistic regression takes its time.
const WIDE: &str = "wide";

/// How long a cancelled fit may go on before it is made to stop.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// Makes and registers the table of long fits.
pub(super) async fn prepare(stack: &Stack) {
    stack.classification(TABLE, 20_000, 20).await;
}

/// Makes and registers the table of deaf fits.
pub(super) async fn prepare_wide(stack: &Stack) {
    stack.classification(WIDE, 60_000, 60).await;
}

/// A forest that takes about a second of one core for a hundred and fifty `trees`.
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
    let ids = submit(stack, count, &long(trees)).await?;
    for id in &ids {
        stack.client().fitting(id, SOON).await;
    }
    Ok(ids)
}

async fn submit(stack: &Stack, count: usize, request: &v1::SubmitTrainingJobRequest) -> Result<Vec<String>> {
    let client = stack.client();
    let mut ids = Vec::new();
    for _ in 0..count {
        let jobs = client.submit(request.clone()).await?;
        ids.extend(jobs.into_iter().map(|job| job.job_id));
    }
    Ok(ids)
}

/// A logistic regression by an engine that cannot be told anything before it is done.
fn deaf() -> v1::SubmitTrainingJobRequest {
    let given = [
        ("engine", Value::from("linfa")),
        ("tol", 1e-9.into()),
        ("max_iter", 100_000.0.into()),
        ("c", 1e6.into()),
    ];
    let given = given.map(|(name, value)| (name.to_owned(), value)).into();
    let choice = v1::ModelChoice {
        model_type: "logistic_regression".into(),
        hyperparameters: Some(convert::object_to_pb(&given)),
    };
    v1::SubmitTrainingJobRequest {
        policy: Some(v1::JobPolicy {
            cancel_grace: Some(convert::duration_to_pb(GRACE)),
            ..Default::default()
        }),
        ..submission(WIDE, "label", vec![choice])
    }
}

/// Submits `count` fits that cannot be told anything, and waits until all of them have begun.
pub(super) async fn begin_deaf(stack: &Stack, count: usize) -> Result<Vec<String>> {
    let ids = submit(stack, count, &deaf()).await?;
    for id in &ids {
        stack.client().begun_to_fit(id, SOON).await;
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
