//! Giving a lease back, so that another trainer takes the job at once instead of when the lease has run out.

use std::time::Duration;

use messages::{
    bus::v1::{ReleaseReply, TerminalReport},
    route,
};
use tokio::{sync::mpsc, time::sleep};

use super::{Supervisor, beats::Order};
use crate::lease::Lease;

/// How long one answer may take, and the pause before it is asked for again.
const ANSWER: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(200);

/// What became of a lease that was to be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Released {
    /// It is this trainer's no more.
    Settled,
    /// It still is, and the job is to be stopped instead.
    Cancelled,
    /// The trainer ended before there was an answer.
    Unsettled,
}

impl Supervisor {
    /// Asks for a lease to be taken back, with the facts of its process's exit where it had one, until somebody says
    /// that it was or the trainer ends.
    pub(super) async fn give_back(
        &self,
        lease: &Lease,
        facts: Option<TerminalReport>,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) -> Released {
        let asking = async {
            let subject = route::rpc(route::Rpc::Release, &self.id);
            let request = lease.release(facts);
            loop {
                let asked = self
                    .bus
                    .request::<ReleaseReply>(subject.clone(), &request, ANSWER);
                match asked.await {
                    Ok(reply) if reply.settled => return,
                    Ok(_) => {}
                    Err(error) => tracing::debug!(job.id = %lease.job, %error, "no answer to a release"),
                }
                sleep(PAUSE).await;
            }
        };
        let released = tokio::select! {
            () = asking => Released::Settled,
            () = self.kill.cancelled() => Released::Unsettled,
            Some(order) = orders.recv() => match order {
                Order::Cancel => Released::Cancelled,
                Order::Done | Order::Fenced => Released::Settled,
            }
        };
        match released {
            Released::Settled => {
                tracing::info!(job.id = %lease.job, job.attempt = lease.attempt, "attempt released");
            }
            Released::Cancelled => {}
            Released::Unsettled => {
                tracing::warn!(job.id = %lease.job, job.attempt = lease.attempt, "no answer to a release: the lease will run out");
            }
        }
        released
    }
}
