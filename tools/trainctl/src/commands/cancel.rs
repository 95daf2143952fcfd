//! `cancel`: the jobs named, or all that match.

use anyhow::Result;
use messages::v1::{
    BatchCancelTrainingJobsRequest, CancelOutcome, CancelResult, JobFilter, JobState, JobView,
};
use serde_json::{Value, json};

use crate::{
    cli::Cancel,
    client::{Client, call},
    exit::Exit,
    follow,
    output::{Output, note},
    show::{self, words},
};

/// Cancels jobs and says what became of each. It is an error that a job which was named does not exist.
pub(super) async fn cancel(client: &Client, options: Cancel, output: &mut Output) -> Result<Exit> {
    let request = BatchCancelTrainingJobsRequest {
        filter: options.jobs.is_empty().then(|| JobFilter::from(options.filter)),
        job_ids: options.jobs,
        reason: options.reason,
    };
    let mut outcomes = Vec::new();
    loop {
        let response = call("cancel jobs", || {
            let (mut jobs, request) = (client.jobs(), request.clone());
            async move { jobs.batch_cancel_training_jobs(request).await }
        })
        .await?;
        outcomes.extend(response.outcomes);
        if !response.more {
            break;
        }
    }
    if options.wait {
        wait(client, &mut outcomes).await?;
    }
    if output.json {
        output.json(&json!({ "jobs": show::json::list(&outcomes, outcome) }))?;
    } else {
        for outcome in &outcomes {
            output.line(&format!("{} {}", outcome.job_id, sentence(outcome)))?;
        }
        if outcomes.is_empty() {
            note("no job matches that has not ended");
        }
    }
    let unknown = outcomes
        .iter()
        .any(|outcome| outcome.result() == CancelResult::NotFound);
    Ok(if unknown { Exit::Error } else { Exit::Success })
}

/// Follows the jobs that are being stopped to their end.
async fn wait(client: &Client, outcomes: &mut [CancelOutcome]) -> Result<()> {
    let mut jobs = Vec::new();
    for outcome in outcomes.iter() {
        if outcome.result() != CancelResult::NotFound && !follow::is_terminal(outcome.state()) {
            jobs.push(follow::job(client, &outcome.job_id, JobView::Basic).await?);
        }
    }
    let mut display = show::progress::for_people(&jobs);
    for job in follow::follow(client, &jobs, None, display.as_mut()).await? {
        let known = outcomes.iter_mut().filter(|outcome| outcome.job_id == job.job_id);
        known.for_each(|outcome| outcome.state = job.state);
    }
    Ok(())
}

fn sentence(outcome: &CancelOutcome) -> String {
    let state = words::state(outcome.state());
    match (outcome.result(), outcome.state()) {
        (CancelResult::NotFound, _) => "does not exist".to_owned(),
        (CancelResult::Unchanged, JobState::Cancelling) => format!("{state}, as it was told before"),
        (CancelResult::Unchanged, _) => format!("{state}, as it was: it had ended before"),
        (CancelResult::Cancelled | CancelResult::Unspecified, _) => state.to_owned(),
    }
}

fn outcome(outcome: &CancelOutcome) -> Value {
    let result = match outcome.result() {
        CancelResult::Cancelled => "CANCELLED",
        CancelResult::Unchanged => "UNCHANGED",
        CancelResult::NotFound => "NOT_FOUND",
        CancelResult::Unspecified => "UNSPECIFIED",
    };
    json!({
        "job_id": outcome.job_id,
        "result": result,
        "state": words::state(outcome.state()),
    })
}
