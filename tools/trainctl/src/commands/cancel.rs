//! `cancel`: the jobs named, or all that match.

use anyhow::Result;
use domain::id::JobId;
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

/// The most jobs that a server takes at a time.
const JOBS_PER_CALL: usize = 500;

/// Cancels jobs and says what became of each, as far as it came also where something goes wrong later. It is an error
/// that a job which was named does not exist, and that it is not known what became of one.
pub(super) async fn cancel(client: &Client, options: Cancel, output: &mut Output) -> Result<Exit> {
    let wait = options.wait;
    let (requests, mut outcomes) = requests(options);
    tell(&outcomes, output)?;
    let asked = ask(client, requests, &mut outcomes, output).await;
    let doubtful =
        |outcome: &CancelOutcome| matches!(outcome.result(), CancelResult::NotFound | CancelResult::Unknown);
    let mut well = !outcomes.iter().any(doubtful);
    if asked.is_ok() && wait {
        well &= wait_for(client, &mut outcomes, output).await?;
    }
    if output.json && (asked.is_ok() || !outcomes.is_empty()) {
        output.json(&json!({ "jobs": show::json::list(&outcomes, outcome) }))?;
    }
    asked?;
    if outcomes.is_empty() && !output.json {
        note("no job matches that has not ended");
    }
    Ok(if well { Exit::Success } else { Exit::Error })
}

/// What to ask for, and what is known without asking: what is no job's id names no job.
fn requests(options: Cancel) -> (Vec<BatchCancelTrainingJobsRequest>, Vec<CancelOutcome>) {
    let request = BatchCancelTrainingJobsRequest {
        reason: options.reason,
        ..Default::default()
    };
    if options.jobs.is_empty() {
        let request = BatchCancelTrainingJobsRequest {
            filter: (!options.all).then(|| JobFilter::from(options.filter)),
            all: options.all,
            ..request
        };
        return (vec![request], Vec::new());
    }
    let (ids, others): (Vec<String>, Vec<String>) = options
        .jobs
        .into_iter()
        .partition(|job| job.parse::<JobId>().is_ok());
    let requests = ids
        .chunks(JOBS_PER_CALL)
        .map(|ids| BatchCancelTrainingJobsRequest {
            job_ids: ids.to_vec(),
            ..request.clone()
        });
    let nobody = |job_id| CancelOutcome {
        job_id,
        result: CancelResult::NotFound.into(),
        ..Default::default()
    };
    (requests.collect(), others.into_iter().map(nobody).collect())
}

/// Asks until no more jobs match, and tells what came of each request as it comes.
async fn ask(
    client: &Client,
    requests: Vec<BatchCancelTrainingJobsRequest>,
    outcomes: &mut Vec<CancelOutcome>,
    output: &mut Output,
) -> Result<()> {
    for request in requests {
        loop {
            let response = call("cancel jobs", || {
                let (mut jobs, request) = (client.jobs(), request.clone());
                async move { jobs.batch_cancel_training_jobs(request).await }
            })
            .await?;
            tell(&response.outcomes, output)?;
            outcomes.extend(response.outcomes);
            if !response.more {
                break;
            }
        }
    }
    Ok(())
}

fn tell(outcomes: &[CancelOutcome], output: &mut Output) -> Result<()> {
    if output.json {
        return Ok(());
    }
    for outcome in outcomes {
        output.line(&format!("{} {}", outcome.job_id, sentence(outcome)))?;
    }
    output.flush()
}

/// Follows the jobs that are being stopped to their end, and tells how each ended; whether all could be followed.
async fn wait_for(client: &Client, outcomes: &mut [CancelOutcome], output: &mut Output) -> Result<bool> {
    let mut well = true;
    let mut lost = |job_id: &str, error: &anyhow::Error| {
        note(&format!("error: how {job_id} ended is not known: {error:#}"));
        well = false;
    };
    let mut jobs = Vec::new();
    let stopping = |outcome: &&CancelOutcome| {
        let told = matches!(
            outcome.result(),
            CancelResult::Cancelled | CancelResult::Unchanged
        );
        told && !follow::is_terminal(outcome.state())
    };
    for CancelOutcome { job_id, .. } in outcomes.iter().filter(stopping) {
        match follow::job(client, job_id, JobView::Basic).await {
            Ok(job) => jobs.push(job),
            Err(error) => lost(job_id, &error),
        }
    }
    let mut display = show::progress::for_people(&jobs);
    let ended = follow::follow_each(client, &jobs, display.as_mut()).await;
    for (job, ended) in jobs.iter().zip(ended) {
        match ended {
            Ok(ended) => {
                if !output.json {
                    output.line(&format!("{} {}", ended.job_id, words::state(ended.state())))?;
                }
                let known = outcomes.iter_mut().filter(|outcome| outcome.job_id == job.job_id);
                known.for_each(|outcome| outcome.state = ended.state);
            }
            Err(error) => lost(&job.job_id, &error),
        }
    }
    Ok(well)
}

fn sentence(outcome: &CancelOutcome) -> String {
    let state = words::state(outcome.state());
    match (outcome.result(), outcome.state()) {
        (CancelResult::NotFound, _) => "does not exist".to_owned(),
        (CancelResult::Unknown, _) => {
            format!(
                "may be cancelled or not ({}): cancel it once more",
                outcome.reason
            )
        }
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
        CancelResult::Unknown => "UNKNOWN",
        CancelResult::Unspecified => "UNSPECIFIED",
    };
    let mut value = json!({
        "job_id": outcome.job_id,
        "result": result,
        "state": words::state(outcome.state()),
    });
    if !outcome.reason.is_empty() {
        value["reason"] = json!(outcome.reason);
    }
    value
}
