//! A service in this process, its client, and the requests that most tests begin with.

mod trainer;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use api::v1::{dataset_service_client::DatasetServiceClient, job_service_client::JobServiceClient};
use job_service::config::{Config, Flags};
use messages::v1;
use prost_types::{Struct, Value, value::Kind};
use service_kit::Shutdown;
use tempfile::TempDir;
use testkit::eventually;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{Status, transport::Channel};

pub(crate) use trainer::Trainer;

/// How long anything may take before a test gives up on it.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A running service with its directories, which are gone with it.
pub(crate) struct Service {
    pub(crate) jobs: JobServiceClient<Channel>,
    pub(crate) datasets: DatasetServiceClient<Channel>,
    pub(crate) channel: Channel,
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: Shutdown,
    pub(crate) config: Config,
    running: JoinHandle<Result<(), job_service::Error>>,
    dir: TempDir,
}

impl Service {
    /// Starts a service on a new database, with the data source `table` registered.
    pub(crate) async fn start(nats: &str) -> Self {
        Self::start_with(nats, |_| {}).await
    }

    /// As `start`, with its configuration changed.
    pub(crate) async fn start_with(nats: &str, change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(nats, &dir);
        change(&mut config);
        let mut service = Self::launch(config, dir).await;
        service.register("table").await;
        service
    }

    /// Ends it and starts it again on the same directories.
    pub(crate) async fn restart(self) -> Self {
        self.shutdown.trigger();
        self.running.await.unwrap().unwrap();
        Self::launch(self.config, self.dir).await
    }

    /// Starts another one on the same database and artifact root, with its configuration changed.
    pub(crate) async fn replica(&self, change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = self.config.clone();
        config.storage.data_dir = dir.path().join("service");
        change(&mut config);
        Self::launch(config, dir).await
    }

    async fn launch(config: Config, dir: TempDir) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new(Duration::from_secs(10));
        // The test is the parent of the service: it waits for it itself.
        #[expect(
            clippy::disallowed_methods,
            reason = "a shutdown does not wait for what it ends"
        )]
        let running = tokio::spawn(job_service::serve(config.clone(), listener, shutdown.clone()));
        let channel = connect(address).await;
        Self {
            jobs: JobServiceClient::new(channel.clone()),
            datasets: DatasetServiceClient::new(channel.clone()),
            channel,
            address,
            shutdown,
            config,
            running,
            dir,
        }
    }

    /// Another connection to it.
    pub(crate) async fn connect(&self) -> Channel {
        connect(self.address).await
    }

    /// Waits until it has ended, and tells how.
    pub(crate) async fn ended(self) -> Result<(), job_service::Error> {
        tokio::time::timeout(SOON, self.running).await.unwrap().unwrap()
    }

    pub(crate) fn data_root(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Registers a data source.
    pub(crate) async fn register(&mut self, id: &str) -> v1::DatasetSource {
        let source = v1::DatasetSource {
            dataset_source_id: id.to_owned(),
            uri: format!("file://{}/{id}.csv", self.data_root().display()),
            ..Default::default()
        };
        let request = v1::CreateDatasetSourceRequest {
            dataset_source: Some(source),
        };
        let made = self.datasets.create_dataset_source(request).await.unwrap();
        made.into_inner().dataset_source.unwrap()
    }

    /// Submits one ridge regression.
    pub(crate) async fn submit_one(&mut self) -> v1::TrainingJob {
        self.submit(submission()).await.unwrap().jobs.remove(0)
    }

    pub(crate) async fn submit(
        &mut self,
        request: v1::SubmitTrainingJobRequest,
    ) -> Result<v1::SubmitTrainingJobResponse, Status> {
        Ok(self.jobs.submit_training_job(request).await?.into_inner())
    }

    pub(crate) async fn get(&mut self, job_id: &str) -> v1::TrainingJob {
        let request = v1::GetTrainingJobRequest {
            job_id: job_id.to_owned(),
            view: v1::JobView::Full.into(),
        };
        self.jobs
            .get_training_job(request)
            .await
            .unwrap()
            .into_inner()
            .job
            .unwrap()
    }

    pub(crate) async fn cancel(&mut self, job_id: &str) -> v1::TrainingJob {
        let request = v1::CancelTrainingJobRequest {
            job_id: job_id.to_owned(),
            reason: "enough".to_owned(),
        };
        self.jobs
            .cancel_training_job(request)
            .await
            .unwrap()
            .into_inner()
            .job
            .unwrap()
    }

    /// Every event of a job.
    pub(crate) async fn history(&mut self, job_id: &str) -> Vec<v1::JobEvent> {
        let request = v1::ListJobEventsRequest {
            job_id: job_id.to_owned(),
            ..Default::default()
        };
        self.jobs
            .list_job_events(request)
            .await
            .unwrap()
            .into_inner()
            .events
    }

    /// Waits until a job is in a state.
    pub(crate) async fn reaches(&mut self, job_id: &str, state: v1::JobState) -> v1::TrainingJob {
        let what = format!("job {job_id} in state {}", state.as_str_name());
        let jobs = self.jobs.clone();
        eventually(&what, SOON, || {
            let (mut jobs, job_id) = (jobs.clone(), job_id.to_owned());
            async move {
                let request = v1::GetTrainingJobRequest {
                    job_id,
                    view: v1::JobView::Full.into(),
                };
                let job = jobs.get_training_job(request).await.ok()?.into_inner().job?;
                (job.state() == state).then_some(job)
            }
        })
        .await
    }

    /// Opens the stream of a job.
    pub(crate) async fn watch(
        &mut self,
        job_id: &str,
        after_event_no: Option<i64>,
    ) -> tonic::Streaming<v1::WatchJobResponse> {
        let request = v1::WatchJobRequest {
            job_id: job_id.to_owned(),
            after_event_no,
            min_progress_interval: None,
        };
        self.jobs.watch_job(request).await.unwrap().into_inner()
    }
}

async fn connect(address: SocketAddr) -> Channel {
    eventually("a connection to the service", SOON, || async {
        Channel::from_shared(format!("http://{address}"))
            .unwrap()
            .connect()
            .await
            .ok()
    })
    .await
}

/// The defaults with directories of a test's own and its timings.
fn config(nats: &str, dir: &TempDir) -> Config {
    let flags = Flags {
        nats: Some(nats.to_owned()),
        data_dir: Some(dir.path().join("service")),
        artifact_root: Some(dir.path().join("artifacts")),
        data_roots: vec![dir.path().join("data").display().to_string()],
        ..Flags::default()
    };
    let mut config = Config::load(&flags).unwrap();
    config.lease.ttl = Duration::from_secs(2);
    config.lease.beat_interval = Duration::from_millis(400);
    config.background.sweep_interval = Duration::from_millis(200);
    config.background.recheck_after = Duration::from_millis(200);
    config.nats.topology_interval = Duration::from_millis(300);
    config
}

/// Reads a stream to its end.
pub(crate) async fn read_all(
    mut stream: tonic::Streaming<v1::WatchJobResponse>,
) -> (Vec<v1::JobEvent>, Result<(), Status>) {
    let mut events = Vec::new();
    loop {
        let next = tokio::time::timeout(SOON, stream.message())
            .await
            .expect("the stream goes on or ends");
        match next {
            Ok(Some(response)) => events.push(response.event.unwrap()),
            Ok(None) => return (events, Ok(())),
            Err(status) => return (events, Err(status)),
        }
    }
}

/// A graph that reads `table`, splits it and trains.
pub(crate) fn graph() -> v1::Graph {
    let node = |id: &str, kind: &str, config: Vec<(&str, Kind)>| v1::Node {
        id: id.into(),
        r#type: kind.into(),
        config: Some(object(config)),
    };
    let edge = |source: &str, target: &str| v1::Edge {
        source: source.into(),
        target: target.into(),
        ..Default::default()
    };
    v1::Graph {
        nodes: vec![
            node(
                "data",
                "dataset",
                vec![("dataset_source_id", Kind::StringValue("table".into()))],
            ),
            node(
                "split",
                "train_test_split",
                vec![("test_size", Kind::NumberValue(0.25))],
            ),
            node(
                "train",
                "train_model",
                vec![
                    ("target_column", Kind::StringValue("y".into())),
                    ("problem_type", Kind::StringValue("regression".into())),
                ],
            ),
        ],
        edges: vec![edge("data", "split"), edge("split", "train")],
    }
}

/// A submission of one ridge regression, retried without much waiting.
pub(crate) fn submission() -> v1::SubmitTrainingJobRequest {
    let backoff = prost_types::Duration {
        seconds: 0,
        nanos: 20_000_000,
    };
    v1::SubmitTrainingJobRequest {
        dataset_source_id: "table".into(),
        pipeline_id: "pipe".into(),
        node_id: "train".into(),
        graph: Some(graph()),
        models: vec![model("ridge_regression", vec![])],
        policy: Some(v1::JobPolicy {
            retry: Some(v1::RetryPolicy {
                max_attempts: 2,
                initial_backoff: Some(backoff),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(crate) fn model(model_type: &str, hyperparameters: Vec<(&str, Kind)>) -> v1::ModelChoice {
    v1::ModelChoice {
        model_type: model_type.into(),
        hyperparameters: Some(object(hyperparameters)),
    }
}

pub(crate) fn object(fields: Vec<(&str, Kind)>) -> Struct {
    let field = |(name, kind): (&str, Kind)| (name.to_owned(), Value { kind: Some(kind) });
    Struct {
        fields: fields.into_iter().map(field).collect(),
    }
}
