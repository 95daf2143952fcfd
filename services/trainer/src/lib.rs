//! The trainer: takes jobs from the queue and runs each attempt in a child process of its own. Two programs in one
//! executable, the supervisor that never computes and the child that does nothing else.

mod artifacts;
pub mod child;
mod config;
mod datasets;
mod durable;
mod error;
mod frames;
mod identity;
mod intake;
mod lease;
mod reporter;
mod spool;
mod supervisor;

use std::{
    path::{Path, PathBuf, absolute},
    sync::Arc,
    time::Duration,
};

use service_kit::Shutdown;
use storage::{ArtifactPlace, Roots, roots_of_list};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub use config::Config;
pub use error::{Error, Result};
use identity::Identity;
use intake::Intake;
use spool::Spool;
pub use supervisor::{CHILD_COMMAND, Left};
use supervisor::{Delegation, Roster, Supervisor};

/// How long tasks may take to end once every child is gone.
pub const END_GRACE: Duration = Duration::from_secs(10);
/// How long the job-service may take to take leases back, and reports that are on their way.
const RELEASE_GRACE: Duration = Duration::from_secs(5);

/// Runs a trainer until `shutdown` is triggered, and tells what it could not finish. `program` is started for each
/// attempt, with [`CHILD_COMMAND`]. Running attempts may then go on for the configured grace, or until `shutdown`
/// hurries; those that are left are stopped and their leases given back.
///
/// # Errors
/// When it cannot start, and when tasks had to be left behind.
pub async fn run(config: Config, program: PathBuf, shutdown: Shutdown) -> Result<Left> {
    let identity = Identity::open(&config.data_dir)?;
    let supervisor = Arc::new(supervisor(&config, &identity, program, &shutdown).await?);
    let (slots, threads) = (supervisor.slots, supervisor.threads);
    tracing::info!(trainer = %supervisor.id, slots, threads, class = %supervisor.class, "trainer starts");
    for kept in supervisor.spool.load()? {
        supervisor.resume(kept);
    }
    let hints = shutdown.spawn(Arc::clone(&supervisor).follow_hints());
    shutdown.spawn(Arc::clone(&supervisor).be_present());
    let intake = Intake {
        supervisor: Arc::clone(&supervisor),
    };
    let taking = async {
        let taken = intake.run().await;
        shutdown.trigger();
        taken
    };
    let (taken, ()) = tokio::join!(taking, supervisor.drain(config.drain_grace));
    let _ = timeout(RELEASE_GRACE, supervisor.roster.empty()).await;
    supervisor.kill.cancel();
    let drained = shutdown.drain().await;
    if let Ok(Err(error)) = hints.await {
        tracing::warn!(%error, "hints were not followed");
    }
    taken?;
    if drained {
        Ok(supervisor.roster.left())
    } else {
        Err(Error::NotDrained)
    }
}

async fn supervisor(
    config: &Config,
    identity: &Identity,
    program: PathBuf,
    shutdown: &Shutdown,
) -> Result<Supervisor> {
    let data_roots = roots_of_list(config.data_roots.iter().map(|root| root.to_string_lossy()))
        .into_iter()
        .map(|root| Ok(found(Path::new(&root))?.to_string_lossy().into_owned()))
        .collect::<Result<Vec<String>>>()?;
    let id = identity.id().clone();
    let options = bus::Options {
        url: config.nats.clone(),
        identity: id.clone(),
        name: format!("trainer {id}"),
    };
    Ok(Supervisor {
        id,
        bus: bus::Bus::connect(&options).await?,
        data_roots: Roots::parse(data_roots)?,
        artifact_place: ArtifactPlace::new(&found(&config.artifact_root)?)?,
        class: config.class.clone(),
        slots: config.slots.get(),
        threads: config.attempt_threads(),
        memory: config.attempt_memory(),
        delegation: Delegation::take(),
        stuck_after: config.stuck_after,
        program,
        spool: Spool::open(&config.data_dir)?,
        shutdown: shutdown.clone(),
        release: CancellationToken::new(),
        kill: CancellationToken::new(),
        roster: Roster::default(),
    })
}

/// The absolute form of a path; a URI is whole already.
fn found(root: &Path) -> Result<PathBuf> {
    if root.to_string_lossy().contains("://") {
        return Ok(root.to_path_buf());
    }
    absolute(root).map_err(|source| Error::Io {
        action: "find",
        path: root.to_path_buf(),
        source,
    })
}
