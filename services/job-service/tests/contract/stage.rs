//! What a test plays on: a database, the use cases over it, and the trainer's lines.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domain::{
    catalog::{
        Catalog, Learns, ModelSpec, NodeRole, NodeSpec, ParamKind, ParamSpec, ProblemType, integer, target,
        text,
    },
    graph::{Edge, Graph, ModelChoice, Node},
    id::{JobId, LeaseId, Token},
    job::{
        Policy, State,
        machine::{BeatAnswer, Fence},
    },
    value::{Object, Value},
};
use job_service::app::{
    App, Beat, ClaimOutcome, ClaimRequest, Hint, JobRow, Quota, Recorded, Retention, Settings, Store,
    SubmitRequest, Tenant,
};
use messages::{
    bus::v1::{
        Stopped, Success, TerminalReport, TrainerEvent, terminal_report::Outcome, trainer_event::Body,
    },
    v1,
};
use sea_orm::ConnectionTrait;
use storage::{ArtifactPath, ArtifactPlace, Roots};
use tempfile::TempDir;
use tokio::sync::mpsc;
use uuid::Uuid;

pub(crate) struct Stage {
    pub(crate) app: Arc<App>,
    pub(crate) hints: mpsc::Receiver<Hint>,
    pub(crate) tenant: Tenant,
    pub(crate) dir: TempDir,
    url: String,
}

impl Stage {
    pub(crate) async fn sqlite_in_memory() -> Self {
        Self::on(|_| "sqlite::memory:".to_owned()).await
    }

    pub(crate) async fn sqlite_in_a_file() -> Self {
        Self::on(|dir| format!("sqlite://{}", dir.join("jobs.db").display())).await
    }

    pub(crate) async fn postgres() -> Self {
        let url = testkit::Postgres::shared().await.database();
        Self::on(|_| url).await
    }

    async fn on(url: impl FnOnce(&Path) -> String) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = url(dir.path());
        let store = Store::open(&url).await.unwrap();
        let (app, hints) = app(store, settings(dir.path()));
        let stage = Self {
            app: Arc::new(app),
            hints,
            tenant: Tenant::default(),
            dir,
            url,
        };
        let source = stage.source("churn", "churn.csv");
        stage.app.create_dataset(&stage.tenant, source).await.unwrap();
        stage
    }

    /// The same database with another lease TTL, as another replica would see it.
    pub(crate) async fn replica(&self, lease_ttl: Duration) -> App {
        self.replica_with(|settings| settings.lease_ttl = lease_ttl).await
    }

    /// The same database under other settings.
    pub(crate) async fn replica_with(&self, change: impl FnOnce(&mut Settings)) -> App {
        let store = if self.url.contains(":memory:") {
            self.app.store.clone()
        } else {
            Store::open(&self.url).await.unwrap()
        };
        let mut settings = settings(self.dir.path());
        change(&mut settings);
        app(store, settings).0
    }

    /// Runs a statement behind the use cases' back; not on a database in memory, which is theirs alone.
    pub(crate) async fn sql(&self, statement: &str) {
        let connection = sea_orm::Database::connect(&self.url).await.unwrap();
        connection.execute_unprepared(statement).await.unwrap();
        connection.close().await.unwrap();
    }

    pub(crate) fn source(&self, id: &str, file: &str) -> v1::DatasetSource {
        v1::DatasetSource {
            dataset_source_id: id.into(),
            uri: format!("file://{}/data/{file}", self.dir.path().display()),
            ..Default::default()
        }
    }

    pub(crate) async fn submit(&self, models: &[&str]) -> Vec<JobRow> {
        self.app.submit(request(models)).await.unwrap().jobs
    }

    pub(crate) async fn job(&self, id: JobId) -> JobRow {
        self.app.get(&self.tenant, id).await.unwrap()
    }

    /// Claims the job's current attempt under a new lease and returns its fence.
    pub(crate) async fn claim(&self, id: JobId) -> Fence {
        let fence = fence(self.job(id).await.job.attempt);
        match self.app.claim(&self.claim_of(id, fence)).await.unwrap() {
            ClaimOutcome::Granted(_) => fence,
            ClaimOutcome::Denied(reason) => panic!("denied: {reason}"),
        }
    }

    /// What a trainer that beats is told.
    pub(crate) async fn beat(&self, trainer: Token, job: JobId, fence: Fence) -> BeatAnswer {
        let beat = Beat { trainer, job, fence };
        let mut answers = self.app.beats(&[beat]).await;
        answers.pop().unwrap().unwrap()
    }

    pub(crate) fn claim_of(&self, job: JobId, fence: Fence) -> ClaimRequest {
        ClaimRequest {
            trainer: trainer(),
            job,
            attempt: fence.attempt,
            lease: fence.lease,
            artifact_root_id: self.app.settings.artifact_root.id().to_string(),
        }
    }

    pub(crate) async fn tell(&self, job: JobId, fence: Fence, seq: i64, body: Body) -> Recorded {
        let event = event(job, fence, seq, body);
        self.app.record(&trainer(), event).await.unwrap()
    }

    /// Where the files of an attempt lie.
    pub(crate) async fn directory(&self, id: JobId, fence: Fence) -> PathBuf {
        let row = self.job(id).await;
        let (job, lease) = (id.to_string(), fence.lease.to_string());
        let path = ArtifactPath::new(&row.pipeline_id, &job, row.version, fence.attempt, &lease);
        let uri = self.app.settings.artifact_root.uri(&path.unwrap());
        uri.as_path().unwrap().to_path_buf()
    }

    /// Submits a job and lets its first attempt succeed.
    pub(crate) async fn succeeded(&self) -> (JobId, Fence) {
        let id = self.submit(&["tree"]).await[0].id;
        let mine = self.claim(id).await;
        let body = self.finished(id, mine).await;
        self.tell(id, mine, 1, body).await;
        assert_eq!(self.job(id).await.job.state, State::Succeeded);
        (id, mine)
    }

    /// Writes the artifact of an attempt and returns the report of it.
    pub(crate) async fn finished(&self, id: JobId, fence: Fence) -> Body {
        let dir = self.directory(id, fence).await;
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("pipeline.tyd"), b"a model").unwrap();
        let file = v1::ArtifactFile {
            name: "pipeline.tyd".into(),
            bytes: 7,
            sha256: storage::sha256_hex(b"a model"),
        };
        let manifest = format!(
            r#"{{"files":[{{"name":"pipeline.tyd","bytes":7,"sha256":"{}"}}]}}"#,
            file.sha256
        );
        std::fs::write(dir.join("manifest.json"), &manifest).unwrap();
        let artifact = v1::Artifact {
            uri: format!("file://{}", dir.display()),
            sha256: storage::sha256_hex(manifest.as_bytes()),
            bytes: 7,
            files: vec![file],
        };
        let values = BTreeMap::from([("accuracy".to_owned(), 0.1 + 0.2)]);
        success(Success {
            metrics: BTreeMap::from([("test".to_owned(), v1::SplitMetrics { values })]),
            artifact: Some(artifact),
        })
    }

    /// The numbers of the job's events, and the states they tell of.
    pub(crate) async fn history(&self, id: JobId) -> (Vec<i64>, Vec<v1::JobState>) {
        let history = self.app.events(&self.tenant, id, 0, 10_000).await.unwrap();
        let states = history.events.iter().filter_map(|event| match &event.payload {
            v1::job_event::Payload::State(change) => Some(change.to()),
            _ => None,
        });
        let numbers = history.events.iter().map(|event| event.event_no);
        (numbers.collect(), states.collect())
    }
}

fn app(store: Store, settings: Settings) -> (App, mpsc::Receiver<Hint>) {
    let (hints, receiver) = mpsc::channel(10_000);
    let app = App {
        store,
        catalog: catalog(),
        settings,
        quota: Quota::default(),
        hints,
    };
    (app, receiver)
}

fn settings(dir: &Path) -> Settings {
    let mut policy = Policy::default();
    // Less than any clock here can tell, so that a retry is due at once.
    policy.retry.initial_backoff = Duration::from_nanos(1);
    policy.retry.max_backoff = Duration::from_nanos(1);
    Settings {
        lease_ttl: Duration::from_secs(600),
        beat_interval: Duration::from_secs(5),
        recheck_after: Duration::ZERO,
        policy,
        resource_classes: ["cpu".parse().unwrap()].into(),
        data_roots: Roots::new([dir.join("data")]).unwrap(),
        artifact_root: ArtifactPlace::new(&dir.join("artifacts"))
            .unwrap()
            .create_or_read_marker()
            .unwrap(),
        retention: Retention {
            jobs: None,
            artifacts: false,
            events: None,
            leftovers: Duration::from_secs(1200),
            requests: Duration::from_secs(86_400),
        },
        queued_jobs: 10_000,
    }
}

fn catalog() -> Catalog {
    let model = |key: &str| ModelSpec {
        key: key.into(),
        title: key.into(),
        problem_type: ProblemType::Classification,
        summary: key.into(),
        parameters: vec![
            integer("depth", 1, 1, 9, "Depth."),
            ParamSpec::new("notes", ParamKind::Any, Value::Null, "Anything."),
        ],
        handles_missing: false,
    };
    let node = |key: &str, role, learns, parameters| NodeSpec {
        key: key.into(),
        aliases: Vec::new(),
        title: key.into(),
        category: "test".into(),
        summary: key.into(),
        parameters,
        role,
        learns,
        ..NodeSpec::default()
    };
    let train = vec![
        target("target_column", "Target."),
        text("model_type", Value::Null, "Model."),
    ];
    let source = vec![text("dataset_source_id", "", "Id.")];
    Catalog {
        models: vec![model("forest"), model("line"), model("tree")],
        nodes: vec![
            node("dataset", NodeRole::Source, Learns::No, source),
            node("train", NodeRole::Training, Learns::Always, train),
        ],
    }
}

pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Object {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

pub(crate) fn choice(model: &str, hyperparameters: Object) -> ModelChoice {
    ModelChoice {
        model_type: model.to_owned(),
        hyperparameters,
    }
}

pub(crate) fn request(models: &[&str]) -> SubmitRequest {
    let node = |id: &str, kind: &str, config| Node {
        id: id.into(),
        kind: kind.into(),
        config,
    };
    let graph = Graph {
        nodes: vec![
            node("data", "dataset", Object::new()),
            node("train", "train", object([("target_column", "left".into())])),
        ],
        edges: vec![Edge {
            source: "data".into(),
            target: "train".into(),
            source_handle: String::new(),
            target_handle: String::new(),
        }],
    };
    SubmitRequest {
        tenant: Tenant::default(),
        request_id: String::new(),
        payload_sha256: vec![1; 32],
        dataset_source_id: "churn".into(),
        pipeline_id: "pipeline-1".into(),
        node_id: "train".into(),
        target_node_id: String::new(),
        graph,
        models: models.iter().map(|model| choice(model, Object::new())).collect(),
        labels: BTreeMap::new(),
        metadata: Object::new(),
        policy: None,
        run_training: true,
        validate_only: false,
        created_by: "tests".into(),
    }
}

pub(crate) fn trainer() -> Token {
    "trainer-1".parse().unwrap()
}

pub(crate) fn fence(attempt: i32) -> Fence {
    Fence {
        attempt,
        lease: LeaseId(Uuid::new_v4()),
    }
}

pub(crate) fn event(job: JobId, fence: Fence, seq: i64, body: Body) -> TrainerEvent {
    TrainerEvent {
        job_id: job.to_string(),
        attempt: fence.attempt,
        lease_id: fence.lease.to_string(),
        seq,
        body: Some(body),
    }
}

pub(crate) fn progress(fraction: f64) -> Body {
    Body::Progress(v1::ProgressUpdate {
        phase: v1::JobPhase::Fitting.into(),
        progress: Some(v1::Progress {
            fraction,
            ..Default::default()
        }),
    })
}

pub(crate) fn log(message: &str) -> Body {
    Body::Log(v1::LogLine {
        level: v1::LogLevel::Info.into(),
        message: message.into(),
        node_id: String::new(),
    })
}

pub(crate) fn success(success: Success) -> Body {
    terminal(Outcome::Success(success))
}

pub(crate) fn stopped() -> Body {
    terminal(Outcome::Stopped(Stopped {}))
}

pub(crate) fn failed(kind: v1::FailureKind) -> Body {
    terminal(Outcome::Failure(v1::Failure {
        kind: kind.into(),
        code: "CODE".into(),
        message: "it \0 broke".into(),
        node_id: "train".into(),
        retryable: false,
    }))
}

fn terminal(outcome: Outcome) -> Body {
    Body::Terminal(TerminalReport {
        outcome: Some(outcome),
        exit_code: Some(3),
        signal: None,
        peak_rss_bytes: 4096,
        log_tail: "last \0 words".into(),
    })
}
