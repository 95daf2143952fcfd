//! Heartbeats: the trainer's word that an attempt lives, and the job-service's word on what shall become of it.
//! They are sent only while the child itself gives signs of life.

use std::time::Duration;

use messages::{
    bus::v1::{BeatReply, BeatStatus},
    route,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};

use crate::lease::{Lease, Terms};

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
    pub(crate) terms: Terms,
    /// When the child last gave a sign of life; none once it has ended.
    pub(crate) alive: watch::Receiver<Option<Instant>>,
    /// Changes whenever a terminal report was published.
    pub(crate) published: watch::Receiver<u32>,
    pub(crate) orders: mpsc::UnboundedSender<Order>,
}

impl Beats {
    /// Beats for as long as it is polled.
    pub(crate) async fn run(mut self) {
        let mut pause = self.terms.beat_interval;
        loop {
            tokio::select! {
                () = sleep(pause) => {}
                // A published report is soon committed: ask for it, at first often.
                changed = self.published.changed() => {
                    pause = if changed.is_ok() { Duration::from_millis(25) } else { self.terms.beat_interval };
                    continue;
                }
            }
            pause = (pause * 2).min(self.terms.beat_interval);
            if self.may_beat() {
                self.beat().await;
            }
        }
    }

    fn may_beat(&self) -> bool {
        let Some(sign) = *self.alive.borrow() else {
            return true;
        };
        let silent = sign.elapsed();
        if silent > self.terms.fresh() {
            tracing::warn!(job.id = %self.lease.job, ?silent, "no beat: the child gives no sign of life");
        }
        silent <= self.terms.fresh()
    }

    async fn beat(&self) {
        let limit = self
            .terms
            .beat_interval
            .clamp(Duration::from_millis(500), Duration::from_secs(5));
        let asked = self
            .bus
            .request::<BeatReply>(self.subject.clone(), &self.lease.beat(), limit)
            .await;
        let order = match asked.map(|reply| reply.status()) {
            Ok(BeatStatus::CancelRequested) => Order::Cancel,
            Ok(BeatStatus::Done) => Order::Done,
            Ok(BeatStatus::Fenced) => Order::Fenced,
            Ok(BeatStatus::Ok | BeatStatus::Unspecified) => return,
            Err(error) => {
                tracing::debug!(job.id = %self.lease.job, %error, "no answer to a beat");
                return;
            }
        };
        // Nobody listens any more when the attempt has just ended.
        let _ = self.orders.send(order);
    }

    /// Where a trainer's beats go.
    pub(crate) fn subject(trainer: &domain::id::Token) -> String {
        route::rpc(route::Rpc::Beat, trainer)
    }
}
