//! A whole Trainyard of a test's own: nats-server, database, replicas of the job-service and trainers on free ports,
//! with data and artifacts in a temporary directory. Every part can die, stand still and come back.

mod builder;
mod part;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use messages::v1;
use tempfile::TempDir;
use testkit::{NatsServer, Postgres, Proxy, eventually, processes};

pub use builder::Builder;
pub use part::{Part, Replica, Trainer};

use crate::Client;

/// How long anything may take that should happen soon.
pub const SOON: Duration = Duration::from_secs(60);

/// The environment variable that marks every process of a stack and whatever these have started.
const MARK: &str = "HARNESS_STACK";

/// The database under the job-service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file in the job-service's data directory.
    Sqlite,
    /// A fresh database of a PostgreSQL server of the stack's own.
    Postgres,
}

/// A whole Trainyard with leases of two seconds, so that deaths are noticed soon.
#[derive(Debug)]
pub struct Stack {
    /// The replicas of the job-service.
    pub replicas: Vec<Replica>,
    /// The trainers.
    pub trainers: Vec<Trainer>,
    /// The nats-server.
    pub nats: NatsServer,
    /// The PostgreSQL server, if that is the database.
    pub postgres: Option<Postgres>,
    /// The database's URL, past every proxy.
    pub database_url: String,
    builder: Builder,
    mark: String,
    dir: TempDir,
}

impl Stack {
    /// Starts one replica and one trainer and waits until the replica answers.
    ///
    /// # Panics
    ///
    /// When something does not come up.
    pub async fn start(database: Database) -> Self {
        Self::builder(database).start().await
    }

    /// Says what a stack consists of.
    pub fn builder(database: Database) -> Builder {
        Builder::new(database)
    }

    /// Starts one more trainer.
    pub async fn start_trainer(&mut self) {
        let nats = self.link_to(&self.nats.address()).await;
        let trainer =
            self.builder
                .trainer(self.trainers.len(), &self.mark, self.dir.path(), &self.nats, nats);
        self.trainers.push(trainer);
    }

    /// Starts one more replica, on PostgreSQL; [`ready`](Self::ready) waits for it.
    pub async fn start_replica(&mut self) {
        let nats = self.link_to(&self.nats.address()).await;
        let database = match &self.postgres {
            Some(server) => self.link_to(&server.address()).await,
            None => None,
        };
        let replica = self.builder.replica(
            self.replicas.len(),
            &self.mark,
            self.dir.path(),
            (&self.nats, nats),
            (self.postgres.as_ref(), &self.database_url, database),
        );
        self.replicas.push(replica);
    }

    async fn link_to(&self, upstream: &str) -> Option<Proxy> {
        if self.builder.proxied {
            Some(Proxy::start(upstream).await)
        } else {
            None
        }
    }

    /// Starts a replica again, at the same address, and waits until it answers.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub async fn restart_replica(&mut self, index: usize) {
        self.replicas[index].start();
        self.replicas[index].ready().await;
    }

    /// Waits until every replica answers.
    ///
    /// # Panics
    ///
    /// When one does not.
    pub async fn ready(&mut self) {
        for replica in &mut self.replicas {
            replica.ready().await;
        }
    }

    /// The directory that everything lies in: below it the logs, one file `<part>.log` for all processes of a part.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Leaves the directory behind, for people to look at.
    pub fn keep(&mut self) -> &Path {
        self.dir.disable_cleanup(true);
        self.dir.path()
    }

    /// The directory that data may be read from.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The directory that models are written under.
    #[must_use]
    pub fn artifact_root(&self) -> PathBuf {
        self.dir.path().join("artifacts")
    }

    /// The living processes that this stack's own have started, and those themselves.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        processes::with_variable(MARK, &self.mark)
    }

    /// A client of the first replica.
    ///
    /// # Panics
    ///
    /// Never: the address is one.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url()).expect("an address")
    }

    /// The first replica's URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.replicas[0].url()
    }

    /// The URL of every replica.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.replicas.iter().map(Replica::url).collect()
    }

    /// Registers the file `name` of the data directory under the id `id`.
    ///
    /// # Panics
    ///
    /// When the service refuses it.
    pub async fn register(&self, id: &str, name: &str) {
        let uri = format!("file://{}", self.data_dir().join(name).display());
        self.register_uri(id, &uri).await;
    }

    /// Registers the table at a URI under the id `id`.
    ///
    /// # Panics
    ///
    /// When the service refuses it.
    pub async fn register_uri(&self, id: &str, uri: &str) {
        let source = v1::DatasetSource {
            dataset_source_id: id.into(),
            uri: uri.into(),
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

/// Waits until the service at `client` answers.
async fn answers(client: &Client, mut is_running: impl FnMut() -> bool) {
    eventually("an answer of the job-service", SOON, || {
        assert!(is_running(), "the job-service ended");
        let mut jobs = client.jobs.clone();
        async move { jobs.list_model_types(v1::ListModelTypesRequest {}).await.ok() }
    })
    .await;
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
