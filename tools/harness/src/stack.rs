//! A whole Trainyard of a test's own: nats-server, database, job-service and trainers on free ports, with data
//! and artifacts in a temporary directory.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use messages::v1;
use tempfile::TempDir;
use testkit::{NatsServer, Postgres, Process, binaries, eventually, free_port};

use crate::Client;

/// How long anything may take that should happen soon.
pub const SOON: Duration = Duration::from_secs(60);

/// The database under the job-service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file in the job-service's data directory.
    Sqlite,
    /// A fresh database of a PostgreSQL server of the test's own.
    Postgres,
}

/// A whole Trainyard with leases of two seconds, so that deaths are noticed soon.
#[derive(Debug)]
pub struct Stack {
    /// The job-service; none while it is dead.
    pub service: Option<Process>,
    /// The trainers.
    pub trainers: Vec<Process>,
    /// The nats-server.
    pub nats: NatsServer,
    address: String,
    database_url: Option<String>,
    dir: TempDir,
}

impl Stack {
    /// Starts everything with one trainer and waits until the service answers.
    ///
    /// # Panics
    ///
    /// When something does not come up.
    pub async fn start(database: Database) -> Self {
        let nats = NatsServer::start().await;
        let database_url = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(Postgres::shared().await.database()),
        };
        let dir = tempfile::Builder::new()
            .prefix("trainyard-")
            .tempdir()
            .expect("a temporary directory");
        for name in ["data", "artifacts", "service"] {
            std::fs::create_dir(dir.path().join(name)).expect("a directory");
        }
        let address = format!("127.0.0.1:{}", free_port());
        let mut stack = Self {
            service: None,
            trainers: Vec::new(),
            nats,
            address,
            database_url,
            dir,
        };
        stack.start_service().await;
        stack.start_trainer();
        stack
    }

    /// Starts the job-service, at the same address each time, and waits until it answers.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub async fn start_service(&mut self) {
        let mut command = Command::new(binaries::path("job-service"));
        command.args(["serve", "--listen", &self.address, "--nats", &self.nats.url()]);
        command.arg("--data-dir").arg(self.dir.path().join("service"));
        self.roots(&mut command);
        if let Some(url) = &self.database_url {
            command.args(["--database", url]);
        }
        fast(&mut command);
        let mut service = Process::start("job-service", command, self.dir.path());
        let client = self.client();
        eventually("an answer of the job-service", SOON, || {
            assert!(service.is_running(), "the job-service ended");
            let mut jobs = client.jobs.clone();
            async move { jobs.list_model_types(v1::ListModelTypesRequest {}).await.ok() }
        })
        .await;
        self.service = Some(service);
    }

    /// Starts one more trainer.
    pub fn start_trainer(&mut self) {
        let name = format!("trainer-{}", self.trainers.len());
        let mut command = Command::new(binaries::path("trainer"));
        command.args([
            "run",
            "--nats",
            &self.nats.url(),
            "--slots",
            "1",
            "--threads",
            "2",
        ]);
        command.arg("--data-dir").arg(self.dir.path().join(&name));
        self.roots(&mut command);
        self.trainers
            .push(Process::start(&name, command, self.dir.path()));
    }

    fn roots(&self, command: &mut Command) {
        command
            .arg("--artifact-root")
            .arg(self.dir.path().join("artifacts"));
        command.arg("--data-root").arg(self.data_dir());
    }

    /// The directory that data may be read from.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A client of the service.
    ///
    /// # Panics
    ///
    /// Never: the address is one.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url()).expect("an address")
    }

    /// The service's URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Registers the file `name` of the data directory under the id `id`.
    ///
    /// # Panics
    ///
    /// When the service refuses it.
    pub async fn register(&self, id: &str, name: &str) {
        let source = v1::DatasetSource {
            dataset_source_id: id.into(),
            uri: format!("file://{}", self.data_dir().join(name).display()),
            ..Default::default()
        };
        let request = v1::CreateDatasetSourceRequest {
            dataset_source: Some(source),
        };
        self.client()
            .datasets
            .create_dataset_source(request)
            .await
            .expect("the registration");
    }

    /// Makes a classification table in the data directory and registers it.
    pub async fn classification(&self, id: &str, rows: usize, features: usize) {
        let name = format!("{id}.csv");
        crate::table::write_classification(&self.data_dir().join(&name), rows, features, 7);
        self.register(id, &name).await;
    }

    /// Copies a file into the data directory and registers it.
    ///
    /// # Panics
    ///
    /// When it cannot be copied.
    pub async fn add_file(&self, id: &str, path: &Path) {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        std::fs::copy(path, self.data_dir().join(&name)).expect("the file can be copied");
        self.register(id, &name).await;
    }
}

/// Timings scaled down: a lease of two seconds instead of thirty.
fn fast(command: &mut Command) {
    command.env("TRAINYARD_LEASE__TTL", "2s");
    command.env("TRAINYARD_LEASE__BEAT_INTERVAL", "400ms");
    command.env("TRAINYARD_BACKGROUND__SWEEP_INTERVAL", "300ms");
    command.env("TRAINYARD_BACKGROUND__RECHECK_AFTER", "2s");
}

/// The directory of an artifact.
///
/// # Panics
///
/// When the job has none.
#[must_use]
pub fn artifact_dir(job: &v1::TrainingJob) -> PathBuf {
    let uri = &job.artifact.as_ref().expect("an artifact").uri;
    PathBuf::from(uri.strip_prefix("file://").expect("a local artifact"))
}
