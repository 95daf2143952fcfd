//! The calls that are measured.

use anyhow::{Context as _, Result};
use messages::v1;

use crate::Client;

/// A call of the job-service that reads.
#[derive(Debug, Clone)]
pub(super) enum Call {
    /// A page of jobs.
    Jobs(v1::ListTrainingJobsRequest),
    /// A page of a job's history.
    Events(v1::ListJobEventsRequest),
    /// A job in full.
    Job(v1::GetTrainingJobRequest),
}

impl Call {
    /// Makes it, and returns how many rows came.
    pub(super) async fn make(&self, client: &Client) -> Result<usize> {
        let mut jobs = client.jobs.clone();
        Ok(match self.clone() {
            Call::Jobs(request) => jobs.list_training_jobs(request).await?.into_inner().jobs.len(),
            Call::Events(request) => jobs.list_job_events(request).await?.into_inner().events.len(),
            Call::Job(request) => {
                usize::from(jobs.get_training_job(request).await?.into_inner().job.is_some())
            }
        })
    }

    /// The table that it is about.
    pub(super) fn table(&self) -> &'static str {
        match self {
            Call::Jobs(_) | Call::Job(_) => "training_jobs",
            Call::Events(_) => "job_events",
        }
    }
}

/// A list of jobs.
#[derive(Debug)]
pub(super) struct List {
    pub(super) name: &'static str,
    pub(super) request: v1::ListTrainingJobsRequest,
}

/// Every list, without page.
pub(super) fn lists() -> Vec<List> {
    let by = |name, filter| List {
        name,
        request: v1::ListTrainingJobsRequest {
            filter: Some(filter),
            ..Default::default()
        },
    };
    let in_states = |states: &[v1::JobState]| v1::JobFilter {
        states: states.iter().map(|state| (*state).into()).collect(),
        ..Default::default()
    };
    let labelled = |name: &str, value: &str| v1::JobFilter {
        labels: [(name.to_owned(), value.to_owned())].into(),
        ..Default::default()
    };
    let of_pipeline = v1::JobFilter {
        pipeline_id: "pipeline-3".into(),
        ..Default::default()
    };
    let failed_of_pipeline = v1::JobFilter {
        states: in_states(&[v1::JobState::Failed]).states,
        ..of_pipeline.clone()
    };
    let active = [
        v1::JobState::Created,
        v1::JobState::Queued,
        v1::JobState::Running,
        v1::JobState::Cancelling,
    ];
    vec![
        by("all", v1::JobFilter::default()),
        by("of one state", in_states(&[v1::JobState::Failed])),
        by(
            "of two states",
            in_states(&[v1::JobState::Failed, v1::JobState::Cancelled]),
        ),
        by("active", in_states(&active)),
        by("of a pipeline", of_pipeline),
        by("failed of a pipeline", failed_of_pipeline),
        by("with a common label", labelled("team", "t3")),
        by("with a rare label", labelled("run", "r42")),
        List {
            name: "by version",
            request: v1::ListTrainingJobsRequest {
                order_by: v1::JobOrder::Version.into(),
                ..Default::default()
            },
        },
        List {
            name: "with total",
            request: v1::ListTrainingJobsRequest {
                with_total: true,
                ..Default::default()
            },
        },
    ]
}

/// A page of a list.
#[derive(Debug)]
pub(super) struct PageOf {
    /// From 1.
    pub(super) number: usize,
    pub(super) call: Call,
}

/// The first page and the hundredth, or the last full one if there are fewer. On the way no job comes twice.
pub(super) async fn pages(client: &Client, list: &List, size: usize) -> Result<Vec<PageOf>> {
    let mut request = v1::ListTrainingJobsRequest {
        page_size: i32::try_from(size)?,
        ..list.request.clone()
    };
    let mut full = request.clone();
    let mut seen = std::collections::HashSet::new();
    let mut number = 1;
    for page in 1..=100 {
        let answer = client
            .jobs
            .clone()
            .list_training_jobs(request.clone())
            .await?
            .into_inner();
        if answer.jobs.len() == size {
            (number, full) = (page, request.clone());
        }
        for job in answer.jobs {
            let id = job.job_id;
            anyhow::ensure!(seen.insert(id.clone()), "{}: {id} is on two pages", list.name);
        }
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    let first = PageOf {
        number: 1,
        call: Call::Jobs(v1::ListTrainingJobsRequest {
            page_token: String::new(),
            ..full.clone()
        }),
    };
    let last = (number > 1).then_some(PageOf {
        number,
        call: Call::Jobs(full),
    });
    Ok(std::iter::once(first).chain(last).collect())
}

/// Calls about one job: one that succeeded, from the middle of the list.
pub(super) async fn of_one_job(client: &Client, events: usize) -> Result<Vec<(&'static str, Call)>> {
    let request = v1::ListTrainingJobsRequest {
        page_size: 500,
        filter: Some(v1::JobFilter {
            states: vec![v1::JobState::Succeeded.into()],
            ..Default::default()
        }),
        ..Default::default()
    };
    let jobs = client
        .jobs
        .clone()
        .list_training_jobs(request)
        .await?
        .into_inner()
        .jobs;
    let job_id = jobs.into_iter().next_back().context("a job")?.job_id;
    let history = v1::ListJobEventsRequest {
        job_id: job_id.clone(),
        after_event_no: 0,
        page_size: i32::try_from(events)?,
    };
    let rest = v1::ListJobEventsRequest {
        after_event_no: i64::try_from(events / 2)?,
        ..history.clone()
    };
    let view = |view: v1::JobView| {
        Call::Job(v1::GetTrainingJobRequest {
            job_id: job_id.clone(),
            view: view.into(),
        })
    };
    Ok(vec![
        ("a history", Call::Events(history)),
        ("half a history", Call::Events(rest)),
        ("a job", view(v1::JobView::Basic)),
        ("a job in full", view(v1::JobView::Full)),
    ])
}
