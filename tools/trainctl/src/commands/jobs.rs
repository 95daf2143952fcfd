//! `get`, `list`, `start` and `events`.

use anyhow::Result;
use messages::v1::{
    JobEvent, JobFilter, JobOrder, JobView, ListJobEventsRequest, ListTrainingJobsRequest,
    StartTrainingJobRequest, TrainingJob,
};
use serde_json::json;

use super::watch;
use crate::{
    cli::{Events, Get, List, Start},
    client::{Client, call},
    exit::Exit,
    follow,
    output::{Output, note},
    show::{self, words},
};

/// The largest page of jobs a server hands out.
const JOBS_PER_PAGE: usize = 500;
/// The largest page of events a server hands out.
const EVENTS_PER_PAGE: i32 = 1000;

/// Shows a job.
pub(super) async fn get(client: &Client, options: &Get, output: &mut Output) -> Result<()> {
    let view = if options.full {
        JobView::Full
    } else {
        JobView::Basic
    };
    let job = follow::job(client, &options.job, view).await?;
    if output.json {
        output.json(&show::json::job(&job))
    } else {
        output.line(&show::job::detail(&job))
    }
}

/// Lists jobs, over as many pages as it takes.
pub(super) async fn list(client: &Client, options: List, output: &mut Output) -> Result<()> {
    let limit = options.limit as usize;
    let (found, more) = found(client, options.filter.into(), options.order.into(), limit).await?;
    if output.json {
        return output.json(&json!({ "jobs": show::json::list(&found, show::json::job), "more": more }));
    }
    output.line(&show::job::list(&found))?;
    if more {
        note(&format!("there are more than {limit}: --limit"));
    }
    Ok(())
}

/// At most so many jobs, and whether there are more.
pub(super) async fn found(
    client: &Client,
    filter: JobFilter,
    order: JobOrder,
    limit: usize,
) -> Result<(Vec<TrainingJob>, bool)> {
    let mut found: Vec<TrainingJob> = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListTrainingJobsRequest {
            // At most 500, so it fits.
            page_size: (limit - found.len()).min(JOBS_PER_PAGE) as i32,
            page_token,
            filter: Some(filter.clone()),
            order_by: order.into(),
            with_total: false,
        };
        let page = call("list jobs", || {
            let (mut jobs, request) = (client.jobs(), request.clone());
            async move { jobs.list_training_jobs(request).await }
        })
        .await?;
        found.extend(page.jobs);
        page_token = page.next_page_token;
        if page_token.is_empty() || found.len() >= limit {
            break;
        }
    }
    Ok((found, !page_token.is_empty()))
}

/// Starts a job.
pub(super) async fn start(client: &Client, options: &Start, output: &mut Output) -> Result<Exit> {
    let request = StartTrainingJobRequest {
        job_id: options.job.clone(),
    };
    let response = call("start the job", || {
        let (mut jobs, request) = (client.jobs(), request.clone());
        async move { jobs.start_training_job(request).await }
    });
    let job = response.await?.job.unwrap_or_default();
    if options.watch {
        return watch::show_until_end(client, job, None, output).await;
    }
    if output.json {
        output.json(&show::json::job(&job))?;
    } else {
        let before = match follow::is_terminal(job.state()) {
            true => ", as it was: it had ended before",
            false => "",
        };
        output.line(&format!("{} {}{before}", job.job_id, words::state(job.state())))?;
    }
    Ok(Exit::Success)
}

/// Lists a job's events, page by page.
pub(super) async fn events(client: &Client, options: &Events, output: &mut Output) -> Result<()> {
    let mut found: Vec<JobEvent> = Vec::new();
    let mut after_event_no = i64::from(options.after);
    loop {
        let request = ListJobEventsRequest {
            job_id: options.job.clone(),
            after_event_no,
            page_size: EVENTS_PER_PAGE,
        };
        let page = call("list the job's events", || {
            let (mut jobs, request) = (client.jobs(), request.clone());
            async move { jobs.list_job_events(request).await }
        })
        .await?;
        found.extend(page.events);
        after_event_no = page.next_after_event_no;
        if after_event_no == 0 {
            break;
        }
    }
    if output.json {
        return output.json(&json!({ "events": show::json::list(&found, show::json::event) }));
    }
    let rows = found.iter().map(|event| {
        [
            event.event_no.to_string(),
            words::time(event.time),
            event.attempt.to_string(),
            show::event::sentence(event).unwrap_or_default(),
        ]
    });
    output.line(&show::table::table(
        ["event", "time (UTC)", "attempt", "what happened"],
        rows,
    ))
}
