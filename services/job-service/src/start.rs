//! What must be in place before anything is served: the lock, the artifact root, the database. Whatever is
//! missing ends the process with a reason, but for a database that is away: replicas are restarted during its outages
//! too, and wait for it.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domain::job::Policy;
use service_kit::Shutdown;
use storage::{ArtifactPlace, ArtifactRoot, Roots, roots_of_list};
use tokio::{sync::mpsc, time::sleep};

use crate::{
    app::{App, Hint, Quota, Settings, Store},
    config::{self, Config},
    error,
};

/// Hints that wait to be passed on; more are dropped.
const HINTS: usize = 4096;
/// How long to wait before a database that is away is asked again.
const RETRY: Duration = Duration::from_millis(500);

/// Why job-service does not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] config::Invalid),
    /// Another job-service works on the same SQLite file.
    #[error("another job-service is using {path:?}: one process at a time works on an SQLite database")]
    DataDirInUse {
        /// The data directory.
        path: PathBuf,
    },
    /// The data directory cannot be used.
    #[error("cannot {action} {path:?}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The artifact root or a data root cannot be used.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// The build holds no catalogue of models and nodes.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// The database cannot be used.
    #[error("cannot open the database")]
    Database(#[source] error::Error),
    /// The URL of NATS cannot be used.
    #[error(transparent)]
    Bus(#[from] bus::Error),
    /// gRPC cannot be served.
    #[error("cannot serve gRPC")]
    Serve(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A part that must live as long as the process does has ended before it.
    #[error("{0} ended unexpectedly")]
    Died(&'static str),
    /// Something was still running at the end.
    #[error("tasks were still running after the grace period and were left behind")]
    NotDrained,
}

/// The use cases with everything they need, the hints they will give, and the lock that goes with them.
pub(crate) struct Started {
    pub(crate) app: Arc<App>,
    pub(crate) hints: mpsc::Receiver<Hint>,
    pub(crate) lock: Option<File>,
}

/// Puts everything in place.
///
/// # Errors
/// Whatever is missing; a database that is away only if it still is when `shutdown` is triggered.
pub(crate) async fn start(config: &Config, shutdown: &Shutdown) -> Result<Started, Error> {
    config.check()?;
    let (store, lock) = await_store(config, shutdown).await?;
    let artifact_root = artifact_root(config).await?;
    let settings = Settings {
        lease_ttl: config.lease.ttl,
        beat_interval: config.lease.beat_interval,
        recheck_after: config.background.recheck_after,
        policy: Policy::default(),
        resource_classes: config.classes()?.into_iter().collect(),
        data_roots: Roots::parse(roots_of_list(
            config
                .storage
                .data_roots
                .iter()
                .map(|root| root.to_string_lossy()),
        ))?,
        artifact_root,
        retention: config.retention.clone().into(),
        queued_jobs: config.limits.queued_jobs,
    };
    let (give, hints) = mpsc::channel(HINTS);
    let app = Arc::new(App {
        store,
        catalog: catalog::load()?,
        settings,
        quota: Quota::default(),
        hints: give,
    });
    Ok(Started { app, hints, lock })
}

/// Opens the artifact root, on a thread that may wait for it.
async fn artifact_root(config: &Config) -> Result<ArtifactRoot, Error> {
    let place = ArtifactPlace::new(&config.storage.artifact_root)?;
    let opened = tokio::task::spawn_blocking(move || place.create_or_read_marker()).await;
    Ok(opened.map_err(|_| Error::Died("the opening of the artifact root"))??)
}

/// The same as [`open_store`], tried again while the database is away.
async fn await_store(config: &Config, shutdown: &Shutdown) -> Result<(Store, Option<File>), Error> {
    // A file that cannot be opened stays so until somebody sees to it.
    let may_return = !config.database_url().starts_with("sqlite:");
    let mut told = false;
    loop {
        match open_store(config).await {
            Err(Error::Database(error @ error::Error::Unavailable(_))) if may_return => {
                if !std::mem::replace(&mut told, true) {
                    let cause = std::error::Error::source(&error);
                    tracing::warn!(cause, "the database is away: waiting for it");
                }
                tokio::select! {
                    () = sleep(RETRY) => {}
                    () = shutdown.triggered() => return Err(Error::Database(error)),
                }
            }
            opened => return opened,
        }
    }
}

/// Opens the database and brings its tables up to date. A SQLite file is locked for this process.
///
/// # Errors
/// [`Error::DataDirInUse`], [`Error::Io`], [`Error::Database`].
pub(crate) async fn open_store(config: &Config) -> Result<(Store, Option<File>), Error> {
    let url = config.database_url();
    let lock = if url.starts_with("sqlite:") {
        Some(lock(&config.storage.data_dir)?)
    } else {
        None
    };
    let store = Store::open(&url).await.map_err(Error::Database)?;
    Ok((store, lock))
}

fn lock(data_dir: &Path) -> Result<File, Error> {
    let io = |action, path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::Io { action, path, source }
    };
    fs::create_dir_all(data_dir).map_err(io("create", data_dir))?;
    let path = data_dir.join("job-service.lock");
    let file = File::create(&path).map_err(io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::DataDirInUse {
            path: data_dir.to_path_buf(),
        }),
        Err(TryLockError::Error(source)) => Err(io("lock", &path)(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_belongs_to_one_process_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("deep");
        let first = lock(&data_dir).unwrap();
        assert!(matches!(lock(&data_dir), Err(Error::DataDirInUse { .. })));
        drop(first);
        lock(&data_dir).unwrap();
    }
}
