//! A client of the job-service, with the few calls that tests make again and again.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, bail};
use api::v1::{dataset_service_client::DatasetServiceClient, job_service_client::JobServiceClient};
use messages::{convert, v1};
use testkit::eventually;
use tonic::transport::{Channel, Endpoint};

/// Both services over one connection, which is made again whenever the server returns.
#[derive(Debug, Clone)]
pub struct Client {
    /// Jobs.
    pub jobs: JobServiceClient<Channel>,
    /// Tables.
    pub datasets: DatasetServiceClient<Channel>,
}

impl Client {
    /// A client of the service at `url`; it connects when it is first used.
    ///
    /// # Errors
    ///
    /// When `url` is none.
    pub fn new(url: &str) -> Result<Self> {
        let channel = Endpoint::from_shared(url.to_owned())?
            .connect_timeout(Duration::from_secs(2))
            .connect_lazy();
        Ok(Self {
            jobs: JobServiceClient::new(channel.clone()),
            datasets: DatasetServiceClient::new(channel),
        })
    }

    /// Submits and returns the jobs.
    ///
    /// # Errors
    ///
    /// What the server answers.
    pub async fn submit(&self, request: v1::SubmitTrainingJobRequest) -> Result<Vec<v1::TrainingJob>> {
        Ok(self
            .jobs
            .clone()
            .submit_training_job(request)
            .await?
            .into_inner()
            .jobs)
    }

    /// The job, in full.
    ///
    /// # Errors
    ///
    /// What the server answers.
    pub async fn get(&self, job_id: &str) -> Result<v1::TrainingJob> {
        let request = v1::GetTrainingJobRequest {
            job_id: job_id.to_owned(),
            view: v1::JobView::Full.into(),
        };
        self.jobs
            .clone()
            .get_training_job(request)
            .await?
            .into_inner()
            .job
            .context("a job")
    }

    /// The job's whole history so far.
    ///
    /// # Errors
    ///
    /// What the server answers.
    pub async fn events(&self, job_id: &str) -> Result<Vec<v1::JobEvent>> {
        let mut events = Vec::new();
        loop {
            let after_event_no = events.last().map_or(0, |event: &v1::JobEvent| event.event_no);
            let request = v1::ListJobEventsRequest {
                job_id: job_id.to_owned(),
                after_event_no,
                page_size: 1000,
            };
            let page = self.jobs.clone().list_job_events(request).await?.into_inner();
            let last = page.next_after_event_no == 0;
            events.extend(page.events);
            if last {
                return Ok(events);
            }
        }
    }

    /// Waits until the job is in a terminal state, whatever happens to the service meanwhile.
    ///
    /// # Panics
    ///
    /// When it is not after `timeout`.
    pub async fn finished(&self, job_id: &str, timeout: Duration) -> v1::TrainingJob {
        eventually("the job's end", timeout, || async {
            let job = self.get(job_id).await.ok()?;
            convert::state_from_pb(job.state())
                .is_some_and(|state| state.is_terminal())
                .then_some(job)
        })
        .await
    }

    /// Waits until the job fits its model and has done at least one unit of it.
    ///
    /// # Panics
    ///
    /// When it does not after `timeout`, or when it ended meanwhile.
    pub async fn fitting(&self, job_id: &str, timeout: Duration) -> v1::TrainingJob {
        self.done_of_fit(1, job_id, timeout).await
    }

    /// Waits until the job fits its model, which may be one that tells nothing before it is done.
    ///
    /// # Panics
    ///
    /// When it does not after `timeout`, or when it ended meanwhile.
    pub async fn begun_to_fit(&self, job_id: &str, timeout: Duration) -> v1::TrainingJob {
        self.done_of_fit(0, job_id, timeout).await
    }

    async fn done_of_fit(&self, units: i64, job_id: &str, timeout: Duration) -> v1::TrainingJob {
        eventually("a job in the middle of its fit", timeout, || async {
            let job = self.get(job_id).await.ok()?;
            let ended = convert::state_from_pb(job.state()).is_some_and(|state| state.is_terminal());
            assert!(!ended, "the job ended before it could be disturbed: {job:?}");
            let done = job.progress.as_ref().map_or(0, |progress| progress.completed);
            (job.phase() == v1::JobPhase::Fitting && done >= units).then_some(job)
        })
        .await
    }
}

/// Whether the events are numbered 1, 2, 3 … and exactly the last one enters a terminal state.
///
/// # Errors
///
/// Tells what is wrong.
pub fn check_history(events: &[v1::JobEvent]) -> Result<()> {
    for (i, event) in events.iter().enumerate() {
        if event.event_no != i as i64 + 1 {
            bail!("event {} stands at place {}", event.event_no, i + 1);
        }
    }
    let terminal: Vec<i64> = events
        .iter()
        .filter(|event| is_terminal(event))
        .map(|event| event.event_no)
        .collect();
    let last = events.last().map(|event| event.event_no);
    if terminal.len() != 1 || terminal.first().copied() != last {
        bail!("terminal events {terminal:?} of {last:?}");
    }
    Ok(())
}

fn is_terminal(event: &v1::JobEvent) -> bool {
    match &event.payload {
        Some(v1::job_event::Payload::State(change)) => {
            convert::state_from_pb(change.to()).is_some_and(|state| state.is_terminal())
        }
        Some(_) | None => false,
    }
}

/// A submission of `models` on the table `dataset` that splits, scales and trains on the column `target`.
#[must_use]
pub fn submission(dataset: &str, target: &str, models: Vec<v1::ModelChoice>) -> v1::SubmitTrainingJobRequest {
    let nodes = vec![
        node("data", "dataset", &[("dataset_source_id", dataset.into())]),
        node("split", "train_test_split", &[("test_size", 0.25.into())]),
        node("scale", "scale_numeric_features", &[]),
        node("train", "train_model", &[("target_column", target.into())]),
    ];
    let edges =
        [("data", "split"), ("split", "scale"), ("scale", "train")].map(|(source, target)| v1::Edge {
            source: source.into(),
            target: target.into(),
            ..Default::default()
        });
    v1::SubmitTrainingJobRequest {
        dataset_source_id: dataset.into(),
        pipeline_id: "test".into(),
        node_id: "train".into(),
        graph: Some(v1::Graph {
            nodes,
            edges: edges.to_vec(),
        }),
        models,
        ..Default::default()
    }
}

fn node(id: &str, kind: &str, config: &[(&str, domain::value::Value)]) -> v1::Node {
    let config: BTreeMap<_, _> = config
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    v1::Node {
        id: id.into(),
        r#type: kind.into(),
        config: Some(convert::object_to_pb(&config)),
    }
}

/// A model with hyperparameters.
#[must_use]
pub fn model(model_type: &str, hyperparameters: &[(&str, f64)]) -> v1::ModelChoice {
    let given = hyperparameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).into()))
        .collect();
    v1::ModelChoice {
        model_type: model_type.into(),
        hyperparameters: Some(convert::object_to_pb(&given)),
    }
}
