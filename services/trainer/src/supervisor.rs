//! The supervisor: slots, the attempts that run in them, and the job-service's hints to them. It never computes
//! anything itself, so no fit can make the trainer miss a beat.

mod attempt;
mod beats;
mod cgroup;
mod delivery;
mod idleness;
mod log_ring;
mod memory;
mod presence;
mod process;
mod release;
mod roster;
mod verdict;
mod warden;

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::id::{LeaseId, Token};
use messages::{bus::v1::CancelHint, route};
use service_kit::Shutdown;
use storage::{ArtifactPlace, Roots};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use beats::Order;
pub(crate) use cgroup::Delegation;
pub(crate) use memory::available as available_memory;
pub use process::CHILD_COMMAND;
use release::Released;
use roster::End;
pub use roster::Left;
pub(crate) use roster::Roster;

use crate::{
    Result,
    lease::{Claimed, Lease},
    spool::{Kept, Spool},
};

/// For how long a lease is offered back that nothing was begun under.
const HAND_BACK: Duration = Duration::from_secs(60);

/// Runs attempts.
#[derive(Debug)]
pub(crate) struct Supervisor {
    pub(crate) id: Token,
    pub(crate) bus: bus::Bus,
    pub(crate) data_roots: Roots,
    pub(crate) artifact_place: ArtifactPlace,
    /// The resource class whose jobs are taken, and how many at once.
    pub(crate) class: Token,
    pub(crate) slots: usize,
    /// Threads of one attempt.
    pub(crate) threads: usize,
    /// The most memory an attempt may hold, whatever its job allows.
    pub(crate) memory: Option<u64>,
    /// Where the kernel keeps attempts to that, if it can.
    pub(crate) delegation: Option<Delegation>,
    /// How long an attempt may do nothing.
    pub(crate) stuck_after: Duration,
    /// The executable that is started for an attempt: this one.
    pub(crate) program: PathBuf,
    pub(crate) spool: Spool,
    pub(crate) shutdown: Shutdown,
    /// Ends what runs and gives its leases back.
    pub(crate) release: CancellationToken,
    /// Ends every child and every wait.
    pub(crate) kill: CancellationToken,
    pub(crate) roster: Roster,
}

impl Supervisor {
    /// Begins an attempt, which holds its slot until its process is gone.
    pub(crate) fn begin(self: &Arc<Self>, claimed: Claimed, slot: OwnedSemaphorePermit) {
        let (supervisor, lease) = (Arc::clone(self), claimed.lease);
        let orders = mpsc::unbounded_channel();
        self.roster.enter(lease.id, orders.0.clone());
        tracing::info!(job.id = %lease.job, job.attempt = lease.attempt, lease = %lease.id, "attempt begins");
        self.shutdown.spawn(async move {
            let slot = supervisor.roster.occupy(slot);
            let end = attempt::run(&supervisor, &claimed, orders, || drop(slot)).await;
            supervisor.roster.strike(lease.id, end);
        });
    }

    /// Takes up the delivery of a report that an earlier process has kept.
    pub(crate) fn resume(self: &Arc<Self>, kept: Kept) {
        let (supervisor, lease) = (Arc::clone(self), kept.lease);
        let orders = mpsc::unbounded_channel();
        self.roster.enter(lease.id, orders.0.clone());
        tracing::info!(job.id = %lease.job, job.attempt = lease.attempt, lease = %lease.id, "a kept report is delivered");
        self.shutdown.spawn(async move {
            let end = attempt::resume(&supervisor, &kept, orders).await;
            supervisor.roster.strike(lease.id, end);
        });
    }

    /// Gives back a lease that nothing was begun under.
    pub(crate) fn hand_back(self: &Arc<Self>, lease: Lease) {
        let supervisor = Arc::clone(self);
        let (sender, mut orders) = mpsc::unbounded_channel();
        self.roster.enter(lease.id, sender);
        self.shutdown.spawn(async move {
            // By then it has run out, or there is nobody to count.
            let given_back = timeout(HAND_BACK, supervisor.give_back(&lease, None, &mut orders));
            let end = match given_back.await {
                Ok(Released::Settled) => End::Released,
                Ok(Released::Cancelled | Released::Unsettled) | Err(_) => End::Lost,
            };
            supervisor.roster.strike(lease.id, end);
        });
    }

    /// Waits for the end of the trainer, then for that of its attempts but no longer than `grace`, or until it is
    /// told to hurry; what is left then is released.
    pub(crate) async fn drain(&self, grace: Duration) {
        self.shutdown.triggered().await;
        tokio::select! {
            () = self.roster.empty() => {}
            () = sleep(grace) => {}
            () = self.shutdown.hurried() => tracing::info!("the drain is cut short"),
        }
        self.release.cancel();
    }

    /// Passes hints on to the attempts they are about, until the trainer ends.
    pub(crate) async fn follow_hints(self: Arc<Self>) -> Result<()> {
        let mut hints = self.bus.listen::<CancelHint>(route::ctl(&self.id)).await?;
        loop {
            let hint = tokio::select! {
                hint = hints.next() => hint,
                () = self.kill.cancelled() => return Ok(()),
            };
            let Some(hint) = hint else { return Ok(()) };
            let lease = hint.body.lease_id.parse::<LeaseId>();
            if !lease.is_ok_and(|lease| self.roster.order(lease, Order::Cancel)) {
                tracing::debug!(
                    job.id = hint.body.job_id,
                    "a hint about an attempt that is not here"
                );
            }
        }
    }
}
