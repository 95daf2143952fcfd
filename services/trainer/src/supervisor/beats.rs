//! Heartbeats: the trainer's word that an attempt lives, and the job-service's word on what shall become of it.
//! They are sent only while the child itself gives signs of life. No answer changes nothing: without NATS or the
//! database a lease stands still, and so does nothing here but the word.

use std::time::Duration;

use messages::{
    bus::v1::{BeatReply, BeatStatus},
    route,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

use crate::lease::Lease;

/// The first pause after a report was published, when its commit is soon to be expected, and after a beat without
/// an answer, when those who answer may be about to come back. Each further one is twice as long.
const SOON: Duration = Duration::from_millis(25);
const AGAIN: Duration = Duration::from_millis(200);

/// What the job-service wants of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Stop, and report that you did.
    Cancel,
    /// The terminal report is committed.
    Done,
    /// The lease is lost.
    Fenced,
}

/// The heartbeats of one lease.
#[derive(Debug)]
pub(crate) struct Beats {
    pub(crate) bus: bus::Bus,
    pub(crate) subject: String,
    pub(crate) lease: Lease,
    pub(crate) interval: Duration,
    /// How old the child's last sign of life may be.
    pub(crate) fresh: Duration,
    /// When the child last gave a sign of life; none once it has ended.
    pub(crate) alive: watch::Receiver<Option<Instant>>,
    /// Changes whenever a terminal report was published.
    pub(crate) published: watch::Receiver<u32>,
    pub(crate) orders: mpsc::UnboundedSender<Order>,
}

impl Beats {
    /// Beats for as long as it is polled.
    pub(crate) async fn run(mut self) {
        let mut link = self.bus.link();
        link.mark_unchanged();
        let (mut pause, mut again) = (self.interval, AGAIN);
        let mut due = Instant::now() + pause;
        loop {
            tokio::select! {
                () = sleep_until(due) => {}
                // A published report is soon committed: ask for it, at first often.
                Ok(()) = self.published.changed() => {
                    pause = SOON;
                    due = Instant::now() + pause;
                    continue;
                }
                // The connection is back, or lost: the lease may have stood still for long.
                Ok(()) = link.changed() => {}
            }
            let began = Instant::now();
            let answered = !self.may_beat() || self.beat().await;
            pause = (if answered { pause * 2 } else { again }).min(self.interval);
            again = if answered {
                AGAIN
            } else {
                (again * 2).min(self.interval)
            };
            // Counted from the beginning: a beat that waited in vain for its answer has waited enough.
            due = began + pause;
        }
    }

    fn may_beat(&self) -> bool {
        let Some(sign) = *self.alive.borrow() else {
            return true;
        };
        let silent = sign.elapsed();
        if silent > self.fresh {
            tracing::warn!(job.id = %self.lease.job, ?silent, "no beat: the child gives no sign of life");
        }
        silent <= self.fresh
    }

    /// Beats once. False when nobody could tell.
    async fn beat(&self) -> bool {
        let limit = self
            .interval
            .clamp(Duration::from_millis(500), Duration::from_secs(5));
        let asked = self
            .bus
            .request::<BeatReply>(self.subject.clone(), &self.lease.beat(), limit)
            .await;
        let order = match asked.map(|reply| reply.status()) {
            Ok(BeatStatus::CancelRequested) => Order::Cancel,
            Ok(BeatStatus::Done) => Order::Done,
            Ok(BeatStatus::Fenced) => Order::Fenced,
            Ok(BeatStatus::Ok) => return true,
            Ok(BeatStatus::Unspecified) => return false,
            Err(error) => {
                tracing::debug!(job.id = %self.lease.job, %error, "no answer to a beat");
                return false;
            }
        };
        // Nobody listens any more when the attempt has just ended.
        let _ = self.orders.send(order);
        true
    }

    /// Where a trainer's beats go.
    pub(crate) fn subject(trainer: &domain::id::Token) -> String {
        route::rpc(route::Rpc::Beat, trainer)
    }
}
