//! A database full of finished jobs: three are trained, failed and cancelled by the real services, and multiplied by
//! SQL, so that every row and every payload is one that the job-service reads every day.

use anyhow::{Context as _, Result, ensure};
use messages::v1;

use super::{ACTIVE, Plan};
use crate::{
    Client, Stack,
    client::{model, submission},
    stack::SOON,
};

const TABLE: &str = "small";

/// Fills the stack's database.
pub(super) async fn fill(stack: &Stack, plan: &Plan) -> Result<()> {
    stack.classification(TABLE, 200, 4).await;
    let client = stack.client();
    let succeeded = ended(
        &client,
        submit(&client, "label", true).await?,
        v1::JobState::Succeeded,
    )
    .await?;
    let failed = ended(
        &client,
        submit(&client, "no_such_column", true).await?,
        v1::JobState::Failed,
    )
    .await?;
    let waiting = submit(&client, "label", false).await?;
    let request = v1::CancelTrainingJobRequest {
        job_id: waiting.clone(),
        reason: "superseded".into(),
    };
    client.jobs.clone().cancel_training_job(request).await?;
    let cancelled = ended(&client, waiting, v1::JobState::Cancelled).await?;
    let server = stack.postgres.as_ref().context("PostgreSQL")?;
    let (jobs, per_job) = (plan.jobs.to_string(), plan.events_per_job.to_string());
    let values = [
        ("jobs", jobs.as_str()),
        ("per_job", &per_job),
        ("succeeded", &succeeded),
        ("failed", &failed),
        ("cancelled", &cancelled),
    ];
    server.sql(&stack.database_url, include_str!("fill.sql"), &values);
    for _ in 0..ACTIVE {
        submit(&client, "label", false).await?;
    }
    Ok(())
}

async fn submit(client: &Client, target: &str, run: bool) -> Result<String> {
    let request = v1::SubmitTrainingJobRequest {
        run_training: Some(run),
        labels: [("team".into(), "t0".into())].into(),
        ..submission(TABLE, target, vec![model("logistic_regression", &[])])
    };
    let mut jobs = client.submit(request).await?;
    Ok(jobs.pop().context("a job")?.job_id)
}

async fn ended(client: &Client, job_id: String, state: v1::JobState) -> Result<String> {
    let job = client.finished(&job_id, SOON).await;
    ensure!(
        job.state() == state,
        "job {job_id} ended {:?}: {:?}",
        job.state(),
        job.failure
    );
    Ok(job_id)
}
