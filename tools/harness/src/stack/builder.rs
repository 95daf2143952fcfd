//! What a stack consists of.

use std::{ffi::OsString, fs, path::Path};

use testkit::{NatsServer, Postgres, Proxy, free_port};

use super::{Database, MARK, Part, Replica, Stack, Trainer};

/// Timings scaled down: a lease of two seconds instead of thirty.
const FAST: [(&str, &str); 9] = [
    ("TRAINYARD_LEASE__TTL", "2s"),
    ("TRAINYARD_LEASE__BEAT_INTERVAL", "400ms"),
    ("TRAINYARD_BACKGROUND__SWEEP_INTERVAL", "300ms"),
    ("TRAINYARD_BACKGROUND__RECHECK_AFTER", "2s"),
    ("TRAINYARD_BACKGROUND__RELAY_LEASE", "1s"),
    ("TRAINYARD_NATS__ACK_WAIT", "2s"),
    ("TRAINYARD_NATS__TOPOLOGY_INTERVAL", "700ms"),
    ("TRAINYARD_WATCH__POLL", "500ms"),
    ("TRAINYARD_WATCH__BOOKMARK", "1s"),
];

/// Says what a stack consists of: by default one replica and one trainer with one slot of two threads.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    database: Database,
    replicas: usize,
    trainers: usize,
    slots: usize,
    threads: usize,
    pub(super) proxied: bool,
    artifact_root: Option<String>,
    further_data_root: Option<String>,
    service_env: Vec<(String, String)>,
    trainer_env: Vec<(String, String)>,
}

impl Builder {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            replicas: 1,
            trainers: 1,
            slots: 1,
            threads: 2,
            proxied: false,
            artifact_root: None,
            further_data_root: None,
            service_env: FAST
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            trainer_env: Vec::new(),
        }
    }

    /// Replicas of the job-service; only one can work on SQLite.
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// Trainers to begin with.
    pub fn trainers(mut self, trainers: usize) -> Self {
        self.trainers = trainers;
        self
    }

    /// Attempts that each trainer runs at once, and threads of each.
    pub fn slots(mut self, slots: usize, threads: usize) -> Self {
        (self.slots, self.threads) = (slots, threads);
        self
    }

    /// Puts a proxy into every way from a trainer or a replica to NATS, and from a replica to PostgreSQL.
    pub fn proxied(mut self) -> Self {
        self.proxied = true;
        self
    }

    /// Keeps models elsewhere than in the stack's directory, such as at `s3://bucket/models`.
    pub fn artifact_root(mut self, root: &str) -> Self {
        self.artifact_root = Some(root.to_owned());
        self
    }

    /// Lets tables be read from one more place, such as `s3://bucket/tables`.
    pub fn data_root(mut self, root: &str) -> Self {
        self.further_data_root = Some(root.to_owned());
        self
    }

    /// Has every process of ours write its log as JSON, one object in a line.
    pub fn json_logs(self) -> Self {
        self.service_env("TRAINYARD_LOG_FORMAT", "json")
            .trainer_env("TRAINYARD_LOG_FORMAT", "json")
    }

    /// Sets an environment variable of every replica, over those that scale its timings down.
    pub fn service_env(mut self, name: &str, value: &str) -> Self {
        self.service_env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets an environment variable of every trainer.
    pub fn trainer_env(mut self, name: &str, value: &str) -> Self {
        self.trainer_env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts everything and waits until every replica answers.
    ///
    /// # Panics
    ///
    /// When something does not come up.
    pub async fn start(self) -> Stack {
        let nats = NatsServer::start().await;
        let postgres = match self.database {
            Database::Sqlite => None,
            Database::Postgres => Some(Postgres::start().await),
        };
        let dir = tempfile::Builder::new()
            .prefix("trainyard-")
            .tempdir()
            .expect("a temporary directory");
        for name in ["data", "artifacts"] {
            fs::create_dir(dir.path().join(name)).expect("a directory");
        }
        let database_url = match &postgres {
            Some(server) => server.database(),
            None => format!("sqlite://{}", dir.path().join("service-0/jobs.db").display()),
        };
        let (replicas, trainers) = (self.replicas, self.trainers);
        let mut stack = Stack {
            replicas: Vec::new(),
            trainers: Vec::new(),
            nats,
            postgres,
            database_url,
            builder: self,
            mark: uuid::Uuid::new_v4().to_string(),
            dir,
        };
        for _ in 0..replicas {
            stack.start_replica().await;
        }
        stack.ready().await;
        for _ in 0..trainers {
            stack.start_trainer().await;
        }
        stack
    }

    /// Starts a replica, its ways as given.
    pub(super) fn replica(
        &self,
        index: usize,
        mark: &str,
        dir: &Path,
        (nats, nats_proxy): (&NatsServer, Option<Proxy>),
        (server, url, database_proxy): (Option<&Postgres>, &str, Option<Proxy>),
    ) -> Replica {
        let address = format!("127.0.0.1:{}", free_port());
        let mut part = Part::new(format!("job-service-{index}"), "job-service", dir);
        part.args(["serve", "--listen", &address]);
        part.args([
            "--nats",
            &through(&nats.url(), &nats.address(), nats_proxy.as_ref()),
        ]);
        if let Some(server) = server {
            part.args([
                "--database",
                &through(url, &server.address(), database_proxy.as_ref()),
            ]);
        }
        let env = self.service_env.clone();
        self.start_part(&mut part, mark, dir, &format!("service-{index}"), env);
        Replica {
            part,
            address,
            nats: nats_proxy,
            database: database_proxy,
        }
    }

    /// Starts a trainer, its way as given.
    pub(super) fn trainer(
        &self,
        index: usize,
        mark: &str,
        dir: &Path,
        nats: &NatsServer,
        proxy: Option<Proxy>,
    ) -> Trainer {
        let name = format!("trainer-{index}");
        let mut part = Part::new(name.clone(), "trainer", dir);
        part.args([
            "run",
            "--nats",
            &through(&nats.url(), &nats.address(), proxy.as_ref()),
        ]);
        part.args(["--slots", &self.slots.to_string()]);
        part.args(["--threads", &self.threads.to_string()]);
        self.start_part(&mut part, mark, dir, &name, self.trainer_env.clone());
        Trainer { part, nats: proxy }
    }

    /// Adds what services and trainers are told alike, and starts the part.
    fn start_part(&self, part: &mut Part, mark: &str, dir: &Path, own: &str, env: Vec<(String, String)>) {
        let own = dir.join(own);
        fs::create_dir_all(&own).expect("a directory");
        let artifact_root = self.artifact_root.as_ref().map(OsString::from);
        for (flag, place) in [
            ("--data-dir", own.into_os_string()),
            (
                "--artifact-root",
                artifact_root.unwrap_or_else(|| dir.join("artifacts").into()),
            ),
            ("--data-root", dir.join("data").into()),
        ] {
            part.args([flag.into(), place]);
        }
        if let Some(root) = &self.further_data_root {
            part.args(["--data-root", root]);
        }
        part.env(MARK, mark);
        for (name, value) in env {
            part.env(&name, &value);
        }
        part.start();
    }
}

/// A server's URL as it is reached through a proxy, if there is one.
fn through(url: &str, address: &str, proxy: Option<&Proxy>) -> String {
    match proxy {
        Some(proxy) => url.replace(address, &proxy.address().to_string()),
        None => url.to_owned(),
    }
}
