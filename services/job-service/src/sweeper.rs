//! The sweeper: ends leases nobody extends, moves jobs on whose deadline has passed, and announces again what the
//! queue has lost. Ends of leases and losses are judgements on others, so each waits for proof: of this replica's own
//! steadiness, and of the message being gone. A deadline is a matter of the clock alone. Each has its own loop, so
//! that much to do of one kind makes no tick of another late.

mod announcements;
mod steadiness;

use std::sync::Arc;

use bus::Bus;
use messages::route;
use service_kit::Shutdown;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};

use crate::{app::App, config, error::Error, trouble::Trouble};
use steadiness::Steadiness;

/// What sweeps.
#[derive(Debug, Clone)]
pub(crate) struct Sweeper {
    pub(crate) app: Arc<App>,
    pub(crate) bus: Bus,
    pub(crate) settings: config::Background,
    pub(crate) lease: config::Lease,
    pub(crate) shutdown: Shutdown,
}

impl Sweeper {
    /// Ends expired leases, until the end.
    pub(crate) async fn leases(self) {
        let mut ticks = self.ticks();
        let mut link = self.bus.link();
        link.mark_unchanged();
        let mut steadiness = Steadiness::new(self.lease.ttl, self.settings.sweep_interval);
        let mut trouble = Trouble::new("sweeper of leases");
        while self.next(&mut ticks).await {
            let committed = self.commits().await;
            // A connection that went and came back between two ticks is a break as well.
            let connected = !link.has_changed().unwrap_or(true) && self.is_answered().await;
            link.mark_unchanged();
            if steadiness.observe(Instant::now(), committed && connected) {
                trouble.settle(steadiness.relied_on(self.expire().await));
            }
        }
    }

    /// Moves jobs on whose deadline has passed, until the end.
    pub(crate) async fn deadlines(self) {
        let mut ticks = self.ticks();
        let mut trouble = Trouble::new("sweeper of deadlines");
        while self.next(&mut ticks).await {
            trouble.settle(self.pass_deadlines().await);
        }
    }

    fn ticks(&self) -> Interval {
        let mut ticks = interval(self.settings.sweep_interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    }

    /// Waits for the next tick; false when the end comes first.
    async fn next(&self, ticks: &mut Interval) -> bool {
        tokio::select! {
            _ = ticks.tick() => true,
            () = self.shutdown.triggered() => false,
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
        while !self.shutdown.is_triggered() {
            let ended = self.app.expire_leases(self.settings.batch).await?;
            if ended == 0 {
                break;
            }
            tracing::warn!(leases = ended, "leases expired: their trainers were not heard of");
        }
        Ok(())
    }

    /// T11.
    async fn pass_deadlines(&self) -> Result<(), Error> {
        while !self.shutdown.is_triggered() {
            let moved = self.app.pass_deadlines(self.settings.batch).await?;
            if moved == 0 {
                break;
            }
            tracing::info!(jobs = moved, "deadlines passed");
        }
        Ok(())
    }
}
