//! `retry`, `delete` and `queues`: what operators do.

use std::time::Duration;

use anyhow::Result;
use messages::v1::{DeleteTrainingJobRequest, GetQueueStatsRequest, QueueStats, RetryTrainingJobRequest};
use serde_json::{Value, json};
use tonic::{Code, Status};
use uuid::Uuid;

use super::watch;
use crate::{
    cli::{Delete, Retry},
    client::{CallError, Client, call, may_pass},
    exit::Exit,
    output::{Output, note},
    show::{self, words},
};

/// Runs a finished job once more, as a new one.
pub(super) async fn retry(client: &Client, options: &Retry, output: &mut Output) -> Result<Exit> {
    let request = RetryTrainingJobRequest {
        job_id: options.job.clone(),
        // Sent again after a lost answer, it makes no second job.
        request_id: Uuid::new_v4().to_string(),
    };
    let response = call("retry the job", || {
        let (mut jobs, request) = (client.jobs(), request.clone());
        async move { jobs.retry_training_job(request).await }
    });
    let job = response.await?.job.unwrap_or_default();
    if options.watch {
        return watch::show_until_end(client, job, None, output).await;
    }
    if output.json {
        output.json(&show::json::job(&job))?;
    } else {
        output.line(&format!("{} {} v{}", job.job_id, job.model_type, job.version))?;
    }
    Ok(Exit::Success)
}

/// Deletes finished jobs. One that cannot be deleted does not keep the others, unless nobody answers.
pub(super) async fn delete(client: &Client, options: Delete, output: &mut Output) -> Result<Exit> {
    let mut exit = Exit::Success;
    let mut jobs = options.jobs.into_iter();
    while let Some(job_id) = jobs.next() {
        let request = DeleteTrainingJobRequest {
            job_id: job_id.clone(),
            delete_artifacts: options.artifacts,
        };
        let mut sent = 0;
        let deleted = call(&format!("delete {job_id}"), || {
            sent += 1;
            let (mut jobs, request) = (client.jobs(), request.clone());
            async move { jobs.delete_training_job(request).await }
        })
        .await;
        let deleted = match deleted {
            Ok(_) => Ok(()),
            // It was deleted, and the answer got lost.
            Err(error) if sent > 1 && ended_with(&error, |status| status.code() == Code::NotFound) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = &deleted {
            note(&format!("error: {error:#}"));
            exit = Exit::Error;
        }
        if output.json {
            output.json_line(&json!({ "job_id": job_id, "deleted": deleted.is_ok() }))?;
        } else if deleted.is_ok() {
            output.line(&format!("{job_id} deleted"))?;
        }
        if deleted.is_err_and(|error| ended_with(&error, may_pass)) {
            let left: Vec<String> = jobs.collect();
            if !left.is_empty() {
                note(&format!("not tried: {}", left.join(" ")));
            }
            break;
        }
    }
    Ok(exit)
}

fn ended_with(error: &anyhow::Error, so: impl FnOnce(&Status) -> bool) -> bool {
    error
        .downcast_ref::<CallError>()
        .is_some_and(|error| so(error.status()))
}

/// Shows how long the queues are and who works on them.
pub(super) async fn queues(client: &Client, output: &mut Output) -> Result<()> {
    let response = call("get the queues", || {
        let mut jobs = client.jobs();
        async move { jobs.get_queue_stats(GetQueueStatsRequest {}).await }
    });
    let queues = response.await?.queues;
    if output.json {
        return output.json(&json!({ "queues": show::json::list(&queues, queue) }));
    }
    let head = ["class", "queued", "running", "oldest", "trainers", "slots"];
    let rows = queues.iter().map(|queue| {
        vec![
            queue.resource_class.clone(),
            queue.queued.to_string(),
            queue.running.to_string(),
            queue
                .oldest_queued_age
                .map_or_else(|| "-".to_owned(), words::span),
            queue.trainers.to_string(),
            queue.slots.to_string(),
        ]
    });
    output.line(&show::table::numbers(&head, rows, 1))
}

fn queue(queue: &QueueStats) -> Value {
    let age = queue
        .oldest_queued_age
        .and_then(|age| Duration::try_from(age).ok());
    json!({
        "resource_class": queue.resource_class,
        "queued": queue.queued,
        "running": queue.running,
        "oldest_queued_s": age.map(|age| age.as_secs_f64()),
        "trainers": queue.trainers,
        "slots": queue.slots,
    })
}
