//! The sweeper: ends leases nobody extends, and announces again what the queue has lost. Both are judgements on
//! others, so each waits for proof: of this replica's own steadiness, and of the message being gone.

mod steadiness;

use std::{error::Error as StdError, sync::Arc};

use bus::Bus;
use messages::route;
use service_kit::Shutdown;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::{
    app::{App, Undelivered},
    config,
    error::Error,
    trouble::Trouble,
};
use steadiness::Steadiness;

/// What sweeps.
#[derive(Debug)]
pub(crate) struct Sweeper {
    pub(crate) app: Arc<App>,
    pub(crate) bus: Bus,
    pub(crate) settings: config::Background,
    pub(crate) lease: config::Lease,
    pub(crate) shutdown: Shutdown,
}

impl Sweeper {
    /// Sweeps, until the end.
    pub(crate) async fn run(self) {
        let every = self.settings.sweep_interval;
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut link = self.bus.link();
        link.mark_unchanged();
        let mut steadiness = Steadiness::new(self.lease.ttl, every);
        let mut trouble = Trouble::new("sweeper");
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.shutdown.triggered() => return,
            }
            let committed = self.commits().await;
            // A connection that went and came back between two ticks is a break as well.
            let connected = !link.has_changed().unwrap_or(true) && self.is_answered().await;
            link.mark_unchanged();
            let steady = steadiness.observe(Instant::now(), committed && connected);
            let swept = async {
                if steady {
                    self.expire().await?;
                }
                if committed && connected {
                    self.announce_lost().await?;
                }
                Ok::<_, Error>(())
            };
            match swept.await {
                Ok(()) => trouble.over(),
                Err(error) => _ = trouble.met(&error),
            }
        }
    }

    /// Whether the database commits, as promptly as beats need it.
    async fn commits(&self) -> bool {
        matches!(
            timeout(self.lease.ttl / 2, self.app.store.probe()).await,
            Ok(Ok(()))
        )
    }

    /// Whether NATS answers, as promptly as beats need it: a server that hangs looks connected for a while.
    async fn is_answered(&self) -> bool {
        let asked = self.bus.incarnation(route::JOBS_STREAM);
        matches!(timeout(self.lease.ttl / 2, asked).await, Ok(Ok(_)))
    }

    /// T8.
    async fn expire(&self) -> Result<(), Error> {
        loop {
            let ended = self.app.expire_leases(self.settings.batch).await?;
            if ended > 0 {
                tracing::warn!(leases = ended, "leases expired: their trainers were not heard of");
            }
            if (ended as u64) < self.settings.batch || self.shutdown.is_triggered() {
                return Ok(());
            }
        }
    }

    /// T9.
    async fn announce_lost(&self) -> Result<(), Error> {
        for job in self.app.undelivered(self.settings.batch).await? {
            self.look_for(&job).await?;
        }
        Ok(())
    }

    async fn look_for(&self, job: &Undelivered) -> Result<(), Error> {
        let (seq, incarnation) = &job.stored;
        let id = route::dispatch_id(job.job, job.attempt, job.dispatch_no);
        match self.bus.holds(route::JOBS_STREAM, incarnation, *seq, &id).await {
            Ok(true) => self.app.still_stored(job).await,
            Ok(false) => {
                if self.app.announce_again(job).await? {
                    tracing::warn!(
                        job.id = %job.job,
                        job.attempt = job.attempt,
                        "the queue has lost an attempt's message: it is announced again"
                    );
                }
                Ok(())
            }
            // An error proves nothing. The job stays due, and the next sweep looks again.
            Err(error) => {
                tracing::debug!(job.id = %job.job, error = &error as &dyn StdError, "cannot look for a message");
                Ok(())
            }
        }
    }
}
