//! `get`, `list`, `start` and `events`.

use anyhow::{Result, bail};
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
    let job = named(client, &options.job, view).await?;
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

/// The most jobs among which short ids are looked for, the newest.
const MOST_SEARCHED: usize = 10_000;

/// The ids of jobs by what was given: an id, or the end of one, as tables show it.
pub(super) async fn full_ids(client: &Client, given: &[String]) -> Result<Vec<String>> {
    if !given.iter().any(|id| words::is_short_id(id)) {
        return Ok(given.to_vec());
    }
    let filter = JobFilter::default();
    let (jobs, more) = found(client, filter, JobOrder::CreateTime, MOST_SEARCHED).await?;
    let ids: Vec<&str> = jobs.iter().map(|job| job.job_id.as_str()).collect();
    given.iter().map(|id| whole(id, &ids, more)).collect()
}

/// The same for one job.
async fn full_id(client: &Client, given: &str) -> Result<String> {
    Ok(full_ids(client, &[given.to_owned()]).await?.concat())
}

/// The job that is meant by an id or the end of one, as it stands.
pub(super) async fn named(client: &Client, given: &str, view: JobView) -> Result<TrainingJob> {
    let id = full_id(client, given).await?;
    follow::job(client, &id, view).await
}

/// The one id that ends so, if it is the end of one.
fn whole(given: &str, ids: &[&str], more: bool) -> Result<String> {
    if !words::is_short_id(given) {
        return Ok(given.to_owned());
    }
    let ends = |id: &&&str| words::short_id(id).eq_ignore_ascii_case(given);
    let found: Vec<&str> = ids.iter().filter(ends).copied().collect();
    match found[..] {
        [id] => Ok(id.to_owned()),
        [] if more => bail!(
            "none of the newest {} jobs has an id that ends in {given}",
            ids.len()
        ),
        [] => bail!("no job has an id that ends in {given}"),
        _ => bail!(
            "several jobs have an id that ends in {given}: {}",
            found.join(", ")
        ),
    }
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
    let job_id = full_id(client, &options.job).await?;
    let mut found: Vec<JobEvent> = Vec::new();
    let mut after_event_no = i64::from(options.after);
    loop {
        let request = ListJobEventsRequest {
            job_id: job_id.clone(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_id_stands_for_it_unless_several_end_so() {
        let ids = [
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "01890a5d-ac96-774b-bcce-b302099a8058",
            "01890a5e-ac96-774b-bcce-b302099a8058",
        ];
        let told = |given, more| whole(given, &ids, more).map_err(|error| error.to_string());
        assert_eq!(told("099A8057", false).as_deref(), Ok(ids[0]));
        assert_eq!(told("nightly-3", false).as_deref(), Ok("nightly-3"));
        let several = format!(
            "several jobs have an id that ends in 099a8058: {}, {}",
            ids[1], ids[2]
        );
        assert_eq!(told("099a8058", false), Err(several));
        let none = "no job has an id that ends in deadbeef";
        assert_eq!(told("deadbeef", false), Err(none.to_owned()));
        let none = "none of the newest 3 jobs has an id that ends in deadbeef";
        assert_eq!(told("deadbeef", true), Err(none.to_owned()));
    }
}
