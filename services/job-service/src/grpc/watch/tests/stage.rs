//! What the tests play on: use cases, streams, and jobs that somebody trains.

use std::time::Duration;

use domain::id::{JobId, LeaseId, Token};
use futures::StreamExt;
use messages::{
    bus::v1::{TerminalReport, TrainerEvent, terminal_report::Outcome, trainer_event::Body},
    v1,
};
use prost_types::{Struct, Value, value::Kind};
use sea_orm::ConnectionTrait;
use service_kit::Shutdown;
use tempfile::TempDir;
use testkit::eventually;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};
use uuid::Uuid;

use super::super::*;
use crate::{
    app::{ClaimOutcome, ClaimRequest, Hint, Recorded},
    config::{Config, Flags},
    start,
};

/// How long anything may take before a test gives up on it.
pub(super) const SOON: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(super) struct Stage {
    pub(super) app: Arc<App>,
    pub(super) news: News,
    pub(super) watches: Watches,
    pub(super) shutdown: Shutdown,
    pub(super) closing: CancellationToken,
    url: String,
    _dir: Arc<TempDir>,
}

/// A job that a trainer holds.
pub(super) struct Running {
    pub(super) job: JobId,
    attempt: i32,
    lease: LeaseId,
    seq: i64,
}

impl Stage {
    pub(super) async fn new(change: impl FnOnce(&mut config::Watch)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let flags = Flags {
            data_dir: Some(dir.path().join("service")),
            artifact_root: Some(dir.path().join("artifacts")),
            data_roots: vec![dir.path().display().to_string()],
            ..Flags::default()
        };
        let mut config = Config::load(&flags).unwrap();
        config.watch.poll = Duration::from_millis(50);
        change(&mut config.watch);
        let (news, shutdown) = (News::default(), Shutdown::new(SOON));
        let mut started = start::start(&config, &shutdown).await.unwrap();
        let closing = CancellationToken::new();
        let wake = news.clone();
        let ending = closing.clone();
        shutdown.spawn(async move {
            while let Some(Some(hint)) = ending.run_until_cancelled(started.hints.recv()).await {
                if let Hint::Note(job) = hint {
                    wake.wake(job);
                }
            }
        });
        let app = started.app;
        let source = v1::DatasetSource {
            dataset_source_id: "table".into(),
            uri: format!("file://{}/table.csv", dir.path().display()),
            ..Default::default()
        };
        app.create_dataset(&Tenant::default(), source).await.unwrap();
        Self {
            watches: Watches::new(
                Arc::clone(&app),
                news.clone(),
                config.watch,
                shutdown.clone(),
                closing.clone(),
            ),
            app,
            news,
            shutdown,
            closing,
            url: config.database_url(),
            _dir: Arc::new(dir),
        }
    }

    /// Submits a job and claims it.
    pub(super) async fn running(&self) -> Running {
        let request = convert::submit_request(submission(), Tenant::default());
        let job = self.app.submit(request).await.unwrap().jobs[0].id;
        let lease = LeaseId(Uuid::now_v7());
        let claim = ClaimRequest {
            trainer: trainer(),
            job,
            attempt: 1,
            lease,
            artifact_root_id: self.app.settings.artifact_root.id().to_string(),
        };
        assert!(matches!(
            self.app.claim(&claim).await.unwrap(),
            ClaimOutcome::Granted(_)
        ));
        Running {
            job,
            attempt: 1,
            lease,
            seq: 0,
        }
    }

    pub(super) async fn progress(&self, running: &mut Running) {
        let update = v1::ProgressUpdate {
            phase: v1::JobPhase::Fitting.into(),
            progress: Some(v1::Progress::default()),
        };
        self.tell(running, Body::Progress(update)).await;
    }

    /// Ends the job.
    pub(super) async fn fail(&self, running: &mut Running) {
        let failure = v1::Failure {
            kind: v1::FailureKind::InvalidData.into(),
            ..Default::default()
        };
        let report = TerminalReport {
            outcome: Some(Outcome::Failure(failure)),
            ..Default::default()
        };
        self.tell(running, Body::Terminal(report)).await;
    }

    async fn tell(&self, running: &mut Running, body: Body) {
        running.seq += 1;
        let event = TrainerEvent {
            job_id: running.job.to_string(),
            attempt: running.attempt,
            lease_id: running.lease.to_string(),
            seq: running.seq,
            body: Some(body),
        };
        let recorded = self.app.record(&trainer(), event).await.unwrap();
        assert!(matches!(recorded, Recorded::Committed(_)), "{recorded:?}");
    }

    pub(super) async fn watch(&self, job: JobId, after: Option<i64>) -> Result<Events, Status> {
        self.watches.open(request(job, after)).await
    }

    pub(super) async fn newest(&self, job: JobId) -> i64 {
        self.app.get(&Tenant::default(), job).await.unwrap().event_no
    }

    /// Waits until there are so many readers.
    pub(super) async fn readers_are(&self, count: usize) {
        eventually("the readers", SOON, || async {
            (self.watches.readers.count() == count).then_some(())
        })
        .await;
    }

    /// Deletes a job behind everybody's back.
    pub(super) async fn delete(&self, job: JobId) {
        let id = job.0.simple();
        for (table, column) in [("job_events", "job_id"), ("training_jobs", "id")] {
            self.sql(&format!("DELETE FROM {table} WHERE {column} = x'{id}'"))
                .await;
        }
    }

    pub(super) async fn sql(&self, statement: &str) {
        let connection = sea_orm::Database::connect(&self.url).await.unwrap();
        let done = connection.execute_unprepared(statement).await.unwrap();
        assert!(done.rows_affected() > 0, "{statement}");
        connection.close().await.unwrap();
    }
}

/// Reads a stream to its end, however it ends.
pub(super) async fn read_all(mut stream: Events) -> (Vec<v1::JobEvent>, Option<Status>) {
    let mut events = Vec::new();
    loop {
        let next = tokio::time::timeout(SOON, stream.next());
        match next.await.expect("the stream goes on or ends") {
            Some(Ok(response)) => events.push(response.event.unwrap()),
            Some(Err(status)) => return (events, Some(status)),
            None => return (events, None),
        }
    }
}

pub(super) fn numbers(events: &[v1::JobEvent]) -> Vec<i64> {
    events.iter().map(|event| event.event_no).collect()
}

pub(super) fn request(job: JobId, after_event_no: Option<i64>) -> Request<v1::WatchJobRequest> {
    Request::new(v1::WatchJobRequest {
        job_id: job.to_string(),
        after_event_no,
        min_progress_interval: None,
    })
}

fn trainer() -> Token {
    "trainer".parse().unwrap()
}

fn submission() -> v1::SubmitTrainingJobRequest {
    let text = |text: &str| Kind::StringValue(text.into());
    let node = |id: &str, kind: &str, config: &[(&str, Kind)]| v1::Node {
        id: id.into(),
        r#type: kind.into(),
        config: Some(Struct {
            fields: config
                .iter()
                .map(|(name, kind)| {
                    (
                        (*name).to_owned(),
                        Value {
                            kind: Some(kind.clone()),
                        },
                    )
                })
                .collect(),
        }),
    };
    let edge = |source: &str, target: &str| v1::Edge {
        source: source.into(),
        target: target.into(),
        ..Default::default()
    };
    let train = [("target_column", text("y")), ("problem_type", text("regression"))];
    v1::SubmitTrainingJobRequest {
        dataset_source_id: "table".into(),
        pipeline_id: "pipe".into(),
        node_id: "train".into(),
        graph: Some(v1::Graph {
            nodes: vec![
                node("data", "dataset", &[("dataset_source_id", text("table"))]),
                node("split", "train_test_split", &[]),
                node("train", "train_model", &train),
            ],
            edges: vec![edge("data", "split"), edge("split", "train")],
        }),
        models: vec![v1::ModelChoice {
            model_type: "ridge_regression".into(),
            hyperparameters: Some(Struct::default()),
        }],
        ..Default::default()
    }
}
