//! The trainer: takes jobs from the queue and runs each attempt in a child process of its own. Two programs in one
//! executable, the supervisor that never computes and the child that does nothing else.

mod artifacts;
pub mod child;
mod config;
mod datasets;
mod error;
mod frames;
mod identity;
mod intake;
mod lease;
mod reporter;
mod supervisor;

use std::{
    path::{Path, PathBuf, absolute},
    sync::Arc,
    time::Duration,
};

use service_kit::Shutdown;
use storage::Roots;
use tokio::time::timeout;

pub use config::Config;
pub use error::{Error, Result};
use identity::Identity;
use intake::Intake;
pub use supervisor::CHILD_COMMAND;
use supervisor::Supervisor;

/// How long tasks may take to end once every child is gone.
pub const END_GRACE: Duration = Duration::from_secs(10);

/// Runs a trainer until `shutdown` is triggered. `program` is started for each attempt, with [`CHILD_COMMAND`]. Running attempts may then go on for the configured grace; those that
/// are left are killed, and their leases run out.
///
/// # Errors
/// When it cannot start, and when tasks had to be left behind.
pub async fn run(config: Config, program: PathBuf, shutdown: Shutdown) -> Result<()> {
    let io = |action: &'static str, path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::Io { action, path, source }
    };
    let identity = Identity::open(&config.data_dir)?;
    let artifact_root = absolute(&config.artifact_root).map_err(io("find", &config.artifact_root))?;
    let data_roots = config
        .data_roots
        .iter()
        .map(|root| absolute(root).map_err(io("find", root)));
    let data_roots = Roots::new(data_roots.collect::<Result<Vec<_>>>()?)?;
    let id = identity.id().clone();
    let options = bus::Options {
        url: config.nats.clone(),
        identity: id.clone(),
        name: format!("trainer {id}"),
    };
    let bus = bus::Bus::connect(&options).await?;
    let threads = config.attempt_threads();
    tracing::info!(trainer = %id, slots = config.slots, threads, class = %config.class, "trainer starts");
    let supervisor = Arc::new(Supervisor::new(
        id,
        bus,
        data_roots,
        threads,
        program,
        shutdown.clone(),
    ));
    let hints = shutdown.spawn(Arc::clone(&supervisor).follow_hints());
    let slots = config.slots.get();
    let intake = Intake {
        supervisor: Arc::clone(&supervisor),
        class: config.class,
        slots,
        artifact_root,
    };
    let taken = intake.run().await;
    if timeout(config.drain_grace, supervisor.idle()).await.is_err() {
        tracing::warn!("running attempts are given up: their leases will run out");
    }
    supervisor.kill.cancel();
    let drained = shutdown.drain().await;
    if let Ok(Err(error)) = hints.await {
        tracing::warn!(%error, "hints were not followed");
    }
    taken?;
    if drained { Ok(()) } else { Err(Error::NotDrained) }
}
