//! The supervisor: slots, the attempts that run in them, and the job-service's hints to them. It never computes
//! anything itself, so no fit can make the trainer miss a beat.

mod attempt;
mod beats;
mod log_ring;
mod memory;
mod process;
mod verdict;
mod warden;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::id::{LeaseId, Token};
use messages::{bus::v1::CancelHint, route};
use service_kit::Shutdown;
use storage::Roots;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio_util::sync::CancellationToken;

use beats::Order;
pub use process::CHILD_COMMAND;

use crate::{Result, lease::Claimed};

/// Runs attempts.
#[derive(Debug)]
pub(crate) struct Supervisor {
    pub(crate) id: Token,
    pub(crate) bus: bus::Bus,
    pub(crate) data_roots: Roots,
    /// Threads of one attempt.
    pub(crate) threads: usize,
    /// The executable that is started for an attempt: this one.
    pub(crate) program: PathBuf,
    pub(crate) shutdown: Shutdown,
    /// Ends every child and every wait.
    pub(crate) kill: CancellationToken,
    /// Who gets orders for a lease.
    running: Mutex<HashMap<LeaseId, mpsc::UnboundedSender<Order>>>,
    count: watch::Sender<usize>,
}

impl Supervisor {
    pub(crate) fn new(
        id: Token,
        bus: bus::Bus,
        data_roots: Roots,
        threads: usize,
        program: PathBuf,
        shutdown: Shutdown,
    ) -> Self {
        let (count, _) = watch::channel(0);
        let (kill, running) = (CancellationToken::new(), Mutex::default());
        Self {
            id,
            bus,
            data_roots,
            threads,
            program,
            shutdown,
            kill,
            running,
            count,
        }
    }

    /// Begins an attempt, which holds its slot until its process is gone.
    pub(crate) fn begin(self: &Arc<Self>, claimed: Claimed, slot: OwnedSemaphorePermit) {
        let (supervisor, lease) = (Arc::clone(self), claimed.lease);
        let orders = mpsc::unbounded_channel();
        self.running().insert(lease.id, orders.0.clone());
        self.count.send_modify(|count| *count += 1);
        tracing::info!(job.id = %lease.job, job.attempt = lease.attempt, lease = %lease.id, "attempt begins");
        self.shutdown.spawn(async move {
            attempt::run(&supervisor, &claimed, orders, || drop(slot)).await;
            supervisor.running().remove(&lease.id);
            supervisor.count.send_modify(|count| *count -= 1);
        });
    }

    /// Waits until no attempt is left.
    pub(crate) async fn idle(&self) {
        // The sender lives as long as this does.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
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
            let order_to = hint
                .body
                .lease_id
                .parse()
                .ok()
                .and_then(|lease: LeaseId| self.running().get(&lease).cloned());
            match order_to {
                Some(orders) => _ = orders.send(Order::Cancel),
                None => tracing::debug!(
                    job.id = hint.body.job_id,
                    "a hint about an attempt that is not here"
                ),
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<LeaseId, mpsc::UnboundedSender<Order>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
