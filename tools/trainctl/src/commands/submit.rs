//! `submit`: makes jobs of a file, and follows them when asked.

use anyhow::Result;
use messages::v1::{SubmitTrainingJobRequest, SubmitTrainingJobResponse, TrainingJob};
use serde_json::{Value, json};

use super::watch::{self, Watched};
use crate::{
    cli::Submit,
    client::{Client, call},
    exit::Exit,
    output::{Output, note},
    show::{self, words},
    submission::{self, Described},
};

/// Submits a file.
pub(super) async fn submit(server: &str, options: &Submit, output: &mut Output) -> Result<Exit> {
    let Described { request, warnings } = submission::request(options)?;
    for warning in &warnings {
        note(&format!("warning: {warning}"));
    }
    let client = Client::connect_patiently(server).await?;
    let response: SubmitTrainingJobResponse = call("submit", || {
        let (mut jobs, request) = (client.jobs(), request.clone());
        async move { jobs.submit_training_job(request).await }
    })
    .await?;
    for warning in &response.warnings {
        note(&format!("warning: {warning}"));
    }
    if request.validate_only {
        validated(&request, &response, output)?;
        return Ok(Exit::Success);
    }
    if !response.created {
        note(&format!(
            "request {} was seen before; these are its jobs",
            request.request_id
        ));
    }
    if !options.watch {
        submitted(&request, &response, output)?;
        return Ok(Exit::Success);
    }
    for job in &response.jobs {
        note(&format!("{}: job {}", words::model(job), job.job_id));
    }
    let watched = watch::for_people(&client, &response.jobs).await?;
    if output.json {
        let jobs = match &watched {
            Watched::Ended(jobs) => jobs,
            Watched::Detached => &response.jobs,
        };
        output.json(&answer(&request, &response, jobs))?;
    } else if let Watched::Ended(jobs) = &watched {
        output.line(&format!("\n{}", show::metrics::outcome(jobs)))?;
    }
    Ok(watched.exit())
}

fn validated(
    request: &SubmitTrainingJobRequest,
    response: &SubmitTrainingJobResponse,
    output: &mut Output,
) -> Result<()> {
    if output.json {
        return output.json(&answer(request, response, &[]));
    }
    note("valid; nothing was submitted");
    let plan = response.plan.clone().unwrap_or_default();
    output.line(&show::catalog::plan(&plan))
}

fn submitted(
    request: &SubmitTrainingJobRequest,
    response: &SubmitTrainingJobResponse,
    output: &mut Output,
) -> Result<()> {
    if output.json {
        return output.json(&answer(request, response, &response.jobs));
    }
    output.line(&show::job::list(&response.jobs))?;
    let next = if request.run_training == Some(false) {
        "start"
    } else {
        "watch"
    };
    for job in &response.jobs {
        note(&format!("next: trainctl {next} {}", job.job_id));
    }
    Ok(())
}

/// The one object that `--json` prints, with the jobs as they are known by now.
fn answer(
    request: &SubmitTrainingJobRequest,
    response: &SubmitTrainingJobResponse,
    jobs: &[TrainingJob],
) -> Value {
    json!({
        "jobs": show::json::list(jobs, show::json::job),
        "created": response.created,
        "request_id": request.request_id,
        "plan": response.plan.as_ref().map(show::json::plan),
        "warnings": response.warnings,
    })
}

#[cfg(test)]
mod tests {
    use messages::v1::JobState;

    use super::*;

    #[test]
    fn the_answer_in_json_lists_jobs_and_warnings() {
        let request = SubmitTrainingJobRequest {
            request_id: "r".into(),
            ..Default::default()
        };
        let response = SubmitTrainingJobResponse {
            created: true,
            warnings: vec!["in-sample".into()],
            ..Default::default()
        };
        let job = TrainingJob {
            job_id: "j".into(),
            model_type: "ridge_regression".into(),
            state: JobState::Succeeded.into(),
            ..Default::default()
        };
        let answer = answer(&request, &response, &[job]);
        assert_eq!(answer["jobs"][0]["job_id"], "j");
        assert_eq!(answer["jobs"][0]["state"], "SUCCEEDED");
        assert_eq!(answer["warnings"], json!(["in-sample"]));
        assert_eq!(
            (&answer["created"], &answer["request_id"]),
            (&json!(true), &json!("r"))
        );
    }
}
